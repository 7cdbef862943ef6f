package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Raw is a case that isn't HTTP: a session that is to be played, or a schema of
// messages with examples.
type Raw struct {
	Handler  RawHandler     `json:"handler"`
	Session  RawSession     `json:"session"`
	Expected RawExpected    `json:"expected"`
	Schema   map[string]any `json:"schema"`
	Examples []any          `json:"examples"`
}

// hasRaw says whether the case is a session or a schema of messages.
func (c *Case) hasRaw() bool {
	switch c.Proto {
	case "websocket", "websockets", "sse":
		return len(c.RawText) > 0
	}
	return false
}

// RawHandler is what serves a session.
type RawHandler struct {
	Route         string         `json:"route"`
	Behavior      string         `json:"behavior"`
	MessageSchema map[string]any `json:"message_schema"`
}

// RawSession is what goes over its connection.
type RawSession struct {
	Messages  []RawMessage `json:"messages"`
	CloseCode int          `json:"close_code"`
	Abnormal  bool         `json:"abnormal_close"`
}

// RawMessage is one frame.
type RawMessage struct {
	Direction   string `json:"direction"`
	FrameType   string `json:"frame_type"`
	Payload     any    `json:"payload"`
	RawText     string `json:"raw_text"`
	Base64      string `json:"payload_base64"`
	CloseCode   int    `json:"close_code"`
	CloseReason string `json:"close_reason"`
}

// RawExpected is what the app has to have seen.
type RawExpected struct {
	ConnectCount    *int `json:"connect_count"`
	DisconnectCount *int `json:"disconnect_count"`
}

// seenPath tells what the app has seen of its sessions.
const seenPath = "/seen"

// behaviors are the handlers of sessions, by the names that cases give them.
var behaviors = map[string]string{
	"echo":            "async def handle(message):\n    return message\n",
	"binary_echo":     "async def handle(message: bytes):\n    return message\n",
	"track_lifecycle": "async def handle(message):\n    return None\n",
	"no_response":     "async def handle(message):\n    return None\n",
	"subscribe_ack":   "async def handle(message):\n    return {\"type\": \"subscribed\", \"channel\": message[\"channel\"], \"status\": \"ok\"}\n",
}

// sessionApp writes the app of a session.
func sessionApp(c *Case) (string, error) {
	h := c.Raw.Handler
	handler, ok := behaviors[h.Behavior]
	if !ok {
		return "", fmt.Errorf("no handler behaves as %q yet", h.Behavior)
	}
	keywords := ", on_connect=connected, on_disconnect=disconnected"
	if len(h.MessageSchema) > 0 {
		keywords += ", message_schema=" + pythonLiteral(h.MessageSchema)
	}
	return "from spikard import Spikard\n\napp = Spikard()\nseen = {\"connect\": 0, \"disconnect\": 0}\n\n\n" +
		"async def connected():\n    seen[\"connect\"] += 1\n\n\nasync def disconnected():\n    seen[\"disconnect\"] += 1\n\n\n" +
		fmt.Sprintf("@app.get(%s)\ndef tell():\n    return seen\n\n\n@app.websocket(%s%s)\n%s",
			pythonString(seenPath), pythonString(h.Route), keywords, handler), nil
}

// playSession plays a session exactly, ends it as it says, and sees that the app has
// been told.
func playSession(ctx context.Context, c *Case, addr string) error {
	s, err := dialSocket(ctx, addr, c.Raw.Handler.Route)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	closed := false
	for i, m := range c.Raw.Session.Messages {
		if err := m.play(s); err != nil {
			return fmt.Errorf("message %d: %w", i+1, err)
		}
		closed = closed || m.FrameType == "close"
	}
	if err := c.Raw.Session.end(s, closed); err != nil {
		return err
	}
	return c.Raw.seen(ctx, addr)
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
	if m.Direction == "send" {
		return s.send(kind, payload)
	}
	got, data, err := s.receive()
	if err != nil {
		return err
	}
	if got != kind || !sameMessage(kind, payload, data) {
		return fmt.Errorf("frame %d %q, want %d %q", got, data, kind, payload)
	}
	return nil
}

func (m RawMessage) payload() ([]byte, error) {
	switch {
	case m.FrameType == "close":
		return append(binary.BigEndian.AppendUint16(nil, uint16(m.CloseCode)), m.CloseReason...), nil
	case m.Base64 != "":
		return base64.StdEncoding.DecodeString(m.Base64)
	case m.RawText != "":
		return []byte(m.RawText), nil
	case m.Payload != nil:
		return json.Marshal(m.Payload)
	}
	return nil, nil
}

// sameMessage compares text that is JSON by its value.
func sameMessage(kind frameKind, want, got []byte) bool {
	if bytes.Equal(want, got) {
		return true
	}
	a, errA := decodeJSON(want)
	b, errB := decodeJSON(got)
	return kind == textFrame && errA == nil && errB == nil && differ(a, b, "") == ""
}

// end ends the session: by the client's close frame, which the server has to answer
// with the same code, or by none at all.
func (r RawSession) end(s *socket, closed bool) error {
	if r.Abnormal {
		return s.conn.Close()
	}
	if !closed {
		if err := s.send(closeFrame, binary.BigEndian.AppendUint16(nil, uint16(r.CloseCode))); err != nil {
			return err
		}
	}
	kind, data, err := s.receive()
	if err != nil || kind != closeFrame || len(data) < 2 || int(binary.BigEndian.Uint16(data)) != r.CloseCode {
		return fmt.Errorf("the end: frame %d %q, %w; want the close code %d", kind, data, errors.Join(err), r.CloseCode)
	}
	if _, err := s.in.ReadByte(); err != io.EOF {
		return fmt.Errorf("the connection goes on behind its close frame: %w", err)
	}
	return nil
}

// seen waits until the app has seen as many beginnings and ends as there were.
func (r *Raw) seen(ctx context.Context, addr string) error {
	wantConnect, wantDisconnect := 1, 1
	if r.Expected.ConnectCount != nil {
		wantConnect = *r.Expected.ConnectCount
	}
	if r.Expected.DisconnectCount != nil {
		wantDisconnect = *r.Expected.DisconnectCount
	}
	var seen struct{ Connect, Disconnect int }
	for deadline := time.Now().Add(settleLimit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		got, err := send(ctx, addr, Request{Method: "GET", Target: seenPath})
		if err != nil {
			return err
		}
		if err := json.Unmarshal(got.body, &seen); err != nil {
			return err
		}
		if seen.Connect == wantConnect && seen.Disconnect == wantDisconnect {
			return nil
		}
	}
	return fmt.Errorf("the app has seen %d beginnings and %d ends, want %d and %d", seen.Connect, seen.Disconnect, wantConnect, wantDisconnect)
}
