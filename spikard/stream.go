package spikard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
)

// stream is how an exchange is answered in parts, and how its body is read in
// parts. It belongs to the exchange.
type stream struct {
	x    *exchange
	body bodyReader

	opened bool
	silent bool // there is a header alone, as for HEAD
	limit  time.Duration
	events *eventStream // nil: no server-sent events
	err    error        // why a part could not be sent
}

var _ pybridge.Channel = (*stream)(nil)

var (
	// errSilent ends an answer whose parts nobody wants: its header is all.
	errSilent = errors.New("the answer has no body: the request is HEAD, or its status allows none")
	errOpened = errors.New("the answer has begun already")
)

func (s *stream) reset() { *s = stream{x: s.x} }

// Open sends the header. From then on the request has no deadline.
func (s *stream) Open(ctx context.Context, head pybridge.Head) error {
	x := s.x
	switch {
	case s.opened:
		return errOpened
	case !validStatus(head.Status):
		return fmt.Errorf("status %d is no final HTTP status", head.Status)
	}
	x.addHeader(head.Header)
	status, contentType, err := x.headAround(head.Status, head.ContentType)
	if err == nil {
		err = middleware.LiftTimeout(x.c.Request.Context())
	}
	if err != nil {
		return err
	}
	header := x.c.Writer.Header()
	for _, line := range head.Header {
		// Whoever knows how much is to come may say so: net/http holds them to it.
		if http.CanonicalHeaderKey(line.Name) == "Content-Length" {
			header["Content-Length"] = []string{line.Value}
		}
	}
	header["Content-Type"] = nil // keeps net/http from guessing one
	if contentType != "" {
		header["Content-Type"] = []string{contentType}
	}
	s.silent = x.Method() == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
	s.opened = true
	s.deadline(x.c.Writer)
	if x.streamed {
		// Or net/http would read the rest of the body for itself (HTTP/1.1).
		_ = http.NewResponseController(x.c.Writer).EnableFullDuplex()
	}
	x.c.Writer.WriteHeader(status)
	x.c.Writer.WriteHeaderNow()
	x.c.Writer.Flush()
	if s.events == nil || s.silent {
		return nil
	}
	return s.events.begin()
}

// deadline bounds the writing of one part, where the configuration has a bound.
func (s *stream) deadline(w http.ResponseWriter) {
	var at time.Time
	if s.limit > 0 {
		at = time.Now().Add(s.limit)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(at) // one that can't has none
}

// Send sends a part, or the trailers.
func (s *stream) Send(ctx context.Context, kind pybridge.MessageKind, data []byte) error {
	switch {
	case !s.opened:
		return errors.New("a part of an answer that has not begun")
	case s.silent:
		s.err = errSilent
		return errSilent
	case kind == pybridge.MessageEnd:
		return s.trail(data)
	case kind != pybridge.MessagePart:
		return fmt.Errorf("message kind %d is none of an answer", kind)
	}
	if s.events != nil {
		s.events.mu.Lock()
		defer s.events.mu.Unlock()
		s.events.active = true
	}
	return s.write(data)
}

// write sends a part, and all of it.
func (s *stream) write(data []byte) error {
	var err error
	if s.events != nil && s.events.conn.Load() != nil {
		err = s.events.write(data)
	} else {
		if s.limit > 0 {
			s.deadline(s.x.c.Writer)
		}
		if _, err = s.x.c.Writer.Write(data); err == nil {
			s.x.c.Writer.Flush()
		}
	}
	if err == nil {
		err = s.x.Context().Err()
	}
	if err != nil {
		s.err = fmt.Errorf("the client has left: %w", err)
	}
	return s.err
}

// trail sets the trailer fields, which net/http sends behind the last part.
func (s *stream) trail(fields []byte) error {
	if len(fields) == 0 {
		return nil
	}
	var trailer map[string]string
	if err := json.Unmarshal(fields, &trailer); err != nil {
		return fmt.Errorf("the trailers of an answer: %w", err)
	}
	for name, value := range trailer {
		if s.events != nil && s.events.conn.Load() != nil {
			break // events have no use for them
		}
		s.x.c.Writer.Header().Set(http.TrailerPrefix+name, value)
	}
	return nil
}

// Receive reads the next part of the request's body.
func (s *stream) Receive(done func(pybridge.Message, error)) func() { return s.body.receive(s.x, done) }

// end waits for what still works for the stream.
func (s *stream) end() {
	s.body.wait()
	if s.events != nil {
		s.events.end()
	}
}

// begun tells whether the client has a part of the answer already.
func (x *exchange) begun() bool { return x.stream.opened || x.session != nil && x.session.opened() }

// headAround has the OnResponse hooks see an answer in parts, as one without a body.
func (x *exchange) headAround(status int, contentType string) (int, string, error) {
	if x.around == nil || len(x.around.onResponse) == 0 {
		return status, contentType, nil
	}
	x.answering = true
	answer := &Answer{Status: status, ContentType: contentType, Header: x.c.Writer.Header()}
	_, err := x.around.respond(x, answer)
	return answer.Status, answer.ContentType, err
}

// ended ends an answer in parts: a failure can't be told to the client any more,
// but that the answer is not whole.
func (w *wall) ended(x *exchange, handler string, err, cleanup error) {
	if err == nil {
		err = x.failure()
	}
	if cleanup != nil {
		w.logFailure(x, handler, &uncleanError{cleanup})
		err = cleanup
	}
	whole := err == nil || x.stream.silent || x.stream.events.stopped()
	if e := x.stream.events; e != nil {
		e.close(whole)
	}
	switch {
	case x.session != nil:
		x.session.finish(w, handler, err)
	case whole:
		x.result.Sent()
	case x.stream.err != nil || x.Context().Err() != nil:
		w.unsent(x, handler, err)
	default:
		if cleanup == nil {
			w.logFailure(x, handler, err)
		}
		panic(http.ErrAbortHandler)
	}
}
