package spikard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// read is the session's reader.
func (s *session) read() {
	for {
		what, data, err := s.conn.Read(context.Background()) // close and finish end it
		if err != nil {
			s.end(websocketStatus(err))
			return
		}
		s.watch.seen()
		if what == websocket.MessageText && !utf8.Valid(data) {
			s.close(int(websocket.StatusInvalidFramePayloadData), "the text is not UTF-8")
			continue // until the client has answered that
		}
		if m, ok := s.message(what, data); ok {
			s.deliver(m)
		}
	}
}

// message is what the handler gets of a message. One that the route refuses is
// answered here.
func (s *session) message(what websocket.MessageType, data []byte) (pybridge.Message, bool) {
	switch {
	case what == websocket.MessageBinary:
		return pybridge.Message{Kind: pybridge.MessageBinary, Data: data}, true
	case s.route.message == nil:
		return pybridge.Message{Kind: pybridge.MessageText, Data: data}, true
	}
	value, problem := s.route.message.bind(s.x, data)
	if problem == nil {
		return pybridge.Message{Kind: pybridge.MessageValue, Data: value}, true
	}
	ctx, cancel := context.WithTimeout(s.x.Context(), s.route.ping)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, refusedMessage(problem)); err != nil {
		s.end(websocketStatus(err))
	}
	return pybridge.Message{}, false
}

// refusedMessage is what a client is told of a message that isn't what it should be.
func refusedMessage(p *api.Problem) []byte {
	told := struct {
		Type    string           `json:"type"`
		Message string           `json:"message"`
		Errors  []api.FieldError `json:"errors,omitempty"`
	}{"error", "Invalid JSON", p.Errors}
	if p.Status == http.StatusUnprocessableEntity {
		told.Message = "Invalid message"
	}
	text, err := json.Marshal(told)
	if err != nil {
		panic("spikard: a problem is not JSON: " + err.Error()) // texts and JSON alone
	}
	return text
}

// deliver hands a message to the handler, or keeps it until that asks, and waits
// while it is too far behind.
func (s *session) deliver(m pybridge.Message) {
	s.mu.Lock()
	if done := s.waiting; done != nil {
		s.waiting = nil
		s.mu.Unlock()
		done(m, nil)
		return
	}
	s.inbox = append(s.inbox, m)
	s.size += len(m.Data)
	for s.closed == nil && (len(s.inbox) >= inboxMessages || s.size >= inboxSize) {
		s.watch.behind.Store(true)
		s.mu.Unlock()
		<-s.room
		s.watch.behind.Store(false)
		s.mu.Lock()
	}
	s.mu.Unlock()
}

// end notes how the session has ended, once, and tells the handler.
func (s *session) end(code int, reason string) {
	s.mu.Lock()
	if s.closed == nil {
		s.closed = &pybridge.SessionClosedError{Code: code, Reason: reason}
		s.grace = time.AfterFunc(leaving, s.cancel)
	}
	closed, done := s.closed, s.waiting
	s.waiting = nil
	s.mu.Unlock()
	select {
	case s.room <- struct{}{}:
	default:
	}
	if done != nil {
		done(closeMessage(closed), nil)
	}
}

// websocketStatus is how a session has ended by an error of the connection.
func websocketStatus(err error) (code int, reason string) {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return int(closed.Code), closed.Reason
	}
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return int(websocket.StatusMessageTooBig), "the message is too big"
	}
	return int(websocket.StatusAbnormalClosure), ""
}
