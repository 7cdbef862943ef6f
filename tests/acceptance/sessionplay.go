package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// playSession plays a session exactly, ends it as it says, and sees that the app has
// been told. A server whose client is gone without a word has to be good for the next.
func playSession(ctx context.Context, c *Case, addr string) error {
	if err := c.Raw.visit(ctx, addr); err != nil {
		return err
	}
	if err := c.seen(ctx, addr); err != nil || !c.Raw.Session.dropped() {
		return err
	}
	next := *c.Raw
	next.Session = RawSession{Subprotocols: next.Session.Subprotocols}
	if slices.ContainsFunc(c.Raw.Session.Messages[:c.Raw.Session.opening()], func(m RawMessage) bool { return !m.sent() }) {
		return nil // the next one would be greeted as well
	}
	if err := next.visit(ctx, addr); err != nil {
		return fmt.Errorf("a session behind the one that was dropped: %w", err)
	}
	return nil
}

// opening is how many messages come ahead of the client's first.
func (r RawSession) opening() int {
	if i := slices.IndexFunc(r.Messages, RawMessage.sent); i >= 0 {
		return i
	}
	return len(r.Messages)
}

// visit plays the session from its handshake to its end.
func (r *Raw) visit(ctx context.Context, addr string) error {
	s, err := dialSocket(ctx, addr, r.Handler.Route, r.Session.Subprotocols...)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	if s.protocol != r.Expected.Subprotocol {
		return fmt.Errorf("the subprotocol is %q, want %q", s.protocol, r.Expected.Subprotocol)
	}
	for i, m := range r.Session.Messages {
		if err := m.play(s); err != nil {
			return fmt.Errorf("message %d: %w", i+1, err)
		}
		if m.FrameType == "close" {
			return m.answered(s)
		}
	}
	if r.Session.dropped() {
		return s.conn.Close()
	}
	own := RawMessage{Direction: "send", FrameType: "close", CloseCode: r.Session.code()}
	if err := own.play(s); err != nil {
		return err
	}
	return own.answered(s)
}

func (m RawMessage) play(s *socket) error {
	kind, ok := frameKinds[m.FrameType]
	if !ok {
		return fmt.Errorf("no frame is called %q", m.FrameType)
	}
	payload, err := m.payload()
	if err != nil {
		return err
	}
	if m.sent() {
		return s.send(kind, payload)
	}
	got, data, err := s.receive()
	if err != nil {
		return err
	}
	if got != kind || !sameMessage(kind, payload, data) {
		return fmt.Errorf("frame %d of %d bytes %q, want %d of %d bytes %q",
			got, len(data), excerpt(string(data)), kind, len(payload), excerpt(string(payload)))
	}
	return nil
}

// sameMessage compares text that is JSON by its value, and a close frame by its code
// where the case gives no reason.
func sameMessage(kind frameKind, want, got []byte) bool {
	if bytes.Equal(want, got) || kind == closeFrame && len(want) == 2 && bytes.HasPrefix(got, want) {
		return true
	}
	a, errA := decodeJSON(want)
	b, errB := decodeJSON(got)
	return kind == textFrame && errA == nil && errB == nil && differ(a, b, "") == ""
}

// answered sees a close frame answered: the server's by the client, the client's by
// the server, with the same code. Then the server ends the connection.
func (m RawMessage) answered(s *socket) error {
	if !m.sent() {
		if err := s.send(closeFrame, closing(m.CloseCode, "")); err != nil {
			return err
		}
	} else {
		kind, data, err := s.receive()
		if err != nil {
			return fmt.Errorf("the answer to the close frame: %w", err)
		}
		if kind != closeFrame || closeCode(data) != closeCode(closing(m.CloseCode, "")) {
			return fmt.Errorf("frame %d %q answers the close code %d", kind, excerpt(string(data)), m.CloseCode)
		}
	}
	if _, err := s.in.ReadByte(); err != io.EOF {
		return errors.Join(fmt.Errorf("the connection goes on behind its close frames"), err)
	}
	return nil
}

// closeCode is that of a close frame, 0 where it has none.
func closeCode(data []byte) int {
	if len(data) < 2 {
		return 0
	}
	return int(binary.BigEndian.Uint16(data))
}

// sightings are what the app tells of its sessions.
type sightings struct {
	Connect    int   `json:"connect"`
	Disconnect int   `json:"disconnect"`
	Codes      []int `json:"codes"`
	Noted      []any `json:"noted"`
}

// seen waits until the app has seen as much of the session as there was.
func (c *Case) seen(ctx context.Context, addr string) error {
	want := c.toSee()
	var got sightings
	for deadline := time.Now().Add(settleLimit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		answer, err := send(ctx, addr, Request{Method: "GET", Target: seenPath})
		if err != nil {
			return err
		}
		got = sightings{}
		if err := json.Unmarshal(answer.content(), &got); err != nil {
			return fmt.Errorf("%w: %s", err, answer.excerpt())
		}
		if slices.Equal(want.Codes, got.Codes) && want.Connect == got.Connect && want.Disconnect == got.Disconnect &&
			slices.Equal(want.Noted, got.Noted) {
			return nil
		}
	}
	return fmt.Errorf("the app has seen %+v, want %+v", got, want)
}

// toSee is what the app is to have seen: one beginning and one end, if the case says
// nothing else. A handler that takes the socket sees the close code as well.
func (c *Case) toSee() sightings {
	want := sightings{Connect: 1, Disconnect: 1, Noted: c.Raw.Expected.Noted}
	if n := c.Raw.Expected.ConnectCount; n != nil {
		want.Connect = *n
	}
	if n := c.Raw.Expected.DisconnectCount; n != nil {
		want.Disconnect = *n
	}
	if c.App.blocking {
		want.Codes = []int{c.Raw.Session.code()}
	}
	return want
}
