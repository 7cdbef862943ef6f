package spikard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
)

// session is one client's WebSocket (RFC 6455), as the channel of the call that
// serves it.
//
// # Concurrency
//
// One goroutine reads, from Open to the end, so that pings are answered and a client
// that leaves is found out whatever the handler does. It stops reading while the
// handler is behind.
type session struct {
	x      *exchange
	route  *sessionRoute
	cancel context.CancelFunc // of the call

	conn    *websocket.Conn // nil before Open
	raw     net.Conn        // under it
	working sync.WaitGroup  // what finish waits for

	mu      sync.Mutex
	inbox   []pybridge.Message
	size    int           // bytes in the inbox
	room    chan struct{} // holds one token when the reader may look again
	waiting func(pybridge.Message, error)
	asked   int // questions so far
	closed  *pybridge.SessionClosedError
	// stopping says that the server stops.
	stopping bool
	watch    *sessionWatch

	joined     map[string]struct{} // the groups it is in
	posted     []posted            // to be sent by deliverPosted, which runs if posting is set
	postedSize int
	posting    bool

	grace *time.Timer // until a handler is cancelled that doesn't look
}

var _ pybridge.Channel = (*session)(nil)

const (
	// inboxMessages and inboxSize bound what is read ahead of the handler.
	inboxMessages = 16
	inboxSize     = 64 << 10
	// closing is how long a client may take to answer a close frame.
	closing = time.Second
	// leaving is how long a handler may go on that neither receives nor sends when
	// its client has left: what it does may be worth ending.
	leaving = 10 * time.Second
)

func (s *session) opened() bool { return s.conn != nil }

// Open answers the handshake.
func (s *session) Open(_ context.Context, head pybridge.Head) error {
	if s.conn != nil {
		return errOpened
	}
	options := &websocket.AcceptOptions{InsecureSkipVerify: true} // the route has looked at the origin
	var rest []pybridge.HeaderLine
	for _, line := range head.Header {
		if !strings.EqualFold(line.Name, "Sec-WebSocket-Protocol") {
			rest = append(rest, line)
			continue
		}
		if !offers(s.x, line.Value) {
			return fmt.Errorf("the client does not offer the subprotocol %q", line.Value)
		}
		options.Subprotocols = []string{line.Value}
	}
	if s.route.compress {
		options.CompressionMode = websocket.CompressionNoContextTakeover
	}
	s.x.addHeader(rest)
	if _, _, err := s.x.headAround(head.Status, ""); err != nil {
		return err
	}
	if err := middleware.LiftTimeout(s.x.c.Request.Context()); err != nil {
		return err
	}
	// A client that leaves as soon as it has the answer ends the request, if net/http
	// still reads from the connection: the handler is to hear of it like of any other.
	s.x.apart.stay()
	out := &hijacked{ResponseWriter: s.x.c.Writer}
	conn, err := websocket.Accept(out, s.x.c.Request, options)
	if err != nil {
		if s.x.c.Request.Context().Err() != nil {
			s.cancel() // it left before
		}
		return err
	}
	conn.SetReadLimit(s.route.maxMessage)
	s.mu.Lock()
	s.conn, s.raw = conn, out.conn
	s.watch = newSessionWatch(s)
	stopping := s.stopping
	s.mu.Unlock()
	s.x.apart.leave(s.x) // ahead of whoever uses the exchange
	s.working.Go(s.read)
	if stopping {
		s.stop()
	}
	return nil
}

// hijacked keeps the connection that is under a WebSocket.
type hijacked struct {
	gin.ResponseWriter

	conn net.Conn
}

// readBuffer and writeBuffer are the sizes of a session's buffers. net/http's have 4
// KiB each; what doesn't fit passes them by.
const (
	readBuffer  = 256
	writeBuffer = 512
)

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := h.ResponseWriter.Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = conn
	early, err := buffers.Peek(buffers.Reader.Buffered()) // sent before the handshake was answered
	if err != nil {
		return nil, nil, err
	}
	reader := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), max(readBuffer, len(early)))
	if _, err := reader.Peek(len(early)); err != nil { // or it isn't seen as buffered
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(reader, bufio.NewWriterSize(&closeGuard{Writer: conn}, writeBuffer)), nil
}

// Send sends a message, or closes the session.
func (s *session) Send(ctx context.Context, kind pybridge.MessageKind, data []byte) error {
	if s.conn == nil {
		return errors.New("a message of a session that has not begun")
	}
	if closed := s.over(); closed != nil {
		return closed
	}
	what := websocket.MessageText
	switch kind {
	case pybridge.MessageClose:
		if len(data) < 2 {
			return fmt.Errorf("a close message of %d bytes", len(data))
		}
		s.close(int(binary.BigEndian.Uint16(data)), string(data[2:]))
		return nil
	case pybridge.MessageText, pybridge.MessageValue:
	case pybridge.MessageBinary:
		what = websocket.MessageBinary
	default:
		return fmt.Errorf("message kind %d is none of a session", kind)
	}
	err := s.conn.Write(ctx, what, data)
	if err == nil || ctx.Err() != nil {
		return err
	}
	s.end(websocketStatus(err))
	return s.over()
}

// Receive has done called with the next message.
func (s *session) Receive(done func(pybridge.Message, error)) func() {
	s.mu.Lock()
	if len(s.inbox) > 0 {
		m := s.inbox[0]
		s.inbox[0] = pybridge.Message{}
		s.inbox, s.size = s.inbox[1:], s.size-len(m.Data)
		if len(s.inbox) == 0 {
			s.inbox = nil
		}
		s.mu.Unlock()
		select {
		case s.room <- struct{}{}:
		default:
		}
		done(m, nil)
		return func() {}
	}
	if closed := s.closed; closed != nil {
		s.mu.Unlock()
		done(closeMessage(closed), nil)
		return func() {}
	}
	s.waiting = done
	s.asked++
	question := s.asked
	s.mu.Unlock()
	return func() { s.takeBack(question) }
}

// takeBack takes a question back that is not answered yet.
func (s *session) takeBack(question int) {
	s.mu.Lock()
	done := s.waiting
	if s.asked != question {
		done = nil
	}
	if done != nil {
		s.waiting = nil
	}
	s.mu.Unlock()
	if done != nil {
		done(pybridge.Message{}, context.Canceled)
	}
}

func closeMessage(c *pybridge.SessionClosedError) pybridge.Message {
	return pybridge.Message{Kind: pybridge.MessageClose, Code: c.Code, Reason: c.Reason}
}

// over is how the session has ended, or nil. (A nil pointer would be no nil error.)
func (s *session) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed == nil {
		return nil
	}
	return s.closed
}
