package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// frameKind is an opcode of RFC 6455, section 5.2.
type frameKind byte

const (
	textFrame   frameKind = 1
	binaryFrame frameKind = 2
	closeFrame  frameKind = 8
	pingFrame   frameKind = 9
	pongFrame   frameKind = 10
)

var frameKinds = map[string]frameKind{
	"": textFrame, "text": textFrame, "binary": binaryFrame, "close": closeFrame, "ping": pingFrame, "pong": pongFrame,
}

// socket is a WebSocket's client that sends frames as they are asked for: a library's
// would answer pings and choose their content by itself.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
	// protocol is the one that the server has chosen.
	protocol string
	// begun is what has come of a message of the kind.
	kind  frameKind
	begun []byte
}

const handshake = "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"

// dialSocket opens one, and offers the protocols, if there are any. It lasts as long
// as the context's deadline at most.
func dialSocket(ctx context.Context, addr, path string, protocols ...string) (_ *socket, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close())
		}
	}()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	s := &socket{conn: conn, in: bufio.NewReader(conn)}
	err = s.shakeHands(addr, path, protocols)
	return s, err
}

func (s *socket) shakeHands(addr, path string, protocols []string) error {
	offer := ""
	if len(protocols) > 0 {
		offer = "Sec-WebSocket-Protocol: " + strings.Join(protocols, ", ") + "\r\n"
	}
	if _, err := fmt.Fprintf(s.conn, handshake, path, addr, offer); err != nil {
		return err
	}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return err
	}
	resp.Body.Close() // there is none
	// RFC 6455, section 1.3, has this answer to that key.
	if accept := resp.Header.Get("Sec-Websocket-Accept"); resp.StatusCode != http.StatusSwitchingProtocols || accept != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		return fmt.Errorf("the handshake: %s, accept %q", resp.Status, accept)
	}
	s.protocol = resp.Header.Get("Sec-Websocket-Protocol")
	return nil
}

// send sends one frame, masked with zeros.
func (s *socket) send(kind frameKind, payload []byte) error {
	head := []byte{0x80 | byte(kind)}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	head = append(head, 0, 0, 0, 0)
	_, err := s.conn.Write(append(head, payload...))
	return err
}

// receive gives the next message, or the next control frame that comes ahead of its
// end.
func (s *socket) receive() (frameKind, []byte, error) {
	for {
		kind, last, payload, err := s.frame()
		if err != nil {
			return 0, nil, err
		}
		if kind >= closeFrame {
			return kind, payload, nil
		}
		if kind != 0 { // 0 goes on with the message (RFC 6455, section 5.4)
			s.kind, s.begun = kind, nil
		}
		s.begun = append(s.begun, payload...)
		if last {
			return s.kind, s.begun, nil
		}
	}
}

// largestFrame is more than any case sends.
const largestFrame = 64 << 20

// frame reads one.
func (s *socket) frame() (kind frameKind, last bool, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return 0, false, nil, err
	}
	size, err := s.size(head[1])
	switch {
	case err != nil:
		return 0, false, nil, err
	case head[1]&0x80 != 0 || head[0]&0x70 != 0:
		return 0, false, nil, fmt.Errorf("a frame begins with %#x: a server masks nothing and has no extensions here", head)
	case size > largestFrame:
		return 0, false, nil, fmt.Errorf("a frame of %d bytes", size)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(s.in, payload)
	return frameKind(head[0] & 0x0f), head[0]&0x80 != 0, payload, err
}

// size reads the length of a frame, which begins in the second byte of its head.
func (s *socket) size(second byte) (uint64, error) {
	wide := map[byte]int{126: 2, 127: 8}[second&0x7f]
	if wide == 0 {
		return uint64(second & 0x7f), nil
	}
	var n [8]byte
	_, err := io.ReadFull(s.in, n[8-wide:])
	return binary.BigEndian.Uint64(n[:]), err
}
