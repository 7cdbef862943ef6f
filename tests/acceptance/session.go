package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
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
	// Subprotocols are those that it speaks. Only the own cases have them.
	Subprotocols []any `json:"subprotocols"`
}

// RawSession is what goes over its connection.
type RawSession struct {
	Messages  []RawMessage `json:"messages"`
	CloseCode int          `json:"close_code"`
	Abnormal  bool         `json:"abnormal_close"`
	// Subprotocols are those that the client offers. Only the own cases have them.
	Subprotocols []string `json:"subprotocols"`
}

// The close codes that are never sent (RFC 6455, section 7.4.1).
const (
	noCode      = 1005 // the close frame had none
	droppedCode = 1006 // there was no close frame
	normalCode  = 1000
)

// dropped says whether the connection ends without a close frame.
func (r RawSession) dropped() bool { return r.Abnormal || r.CloseCode == droppedCode }

// code is the one that the session ends with: that of its close frame, if it has one.
func (r RawSession) code() int {
	for _, m := range r.Messages {
		switch {
		case m.FrameType == "close" && m.CloseCode != 0:
			return m.CloseCode
		case m.FrameType == "close":
			return noCode
		}
	}
	switch {
	case r.dropped():
		return droppedCode
	case r.CloseCode == 0:
		return normalCode
	}
	return r.CloseCode
}

// RawMessage is one frame.
type RawMessage struct {
	Direction   string          `json:"direction"`
	FrameType   string          `json:"frame_type"`
	Payload     json.RawMessage `json:"payload"`
	RawText     string          `json:"raw_text"`
	Base64      string          `json:"payload_base64"`
	CloseCode   int             `json:"close_code"`
	CloseReason string          `json:"close_reason"`
	// Repeat is how many times the payload has what is written of it: 0 is once.
	// Only the own cases have it.
	Repeat int `json:"repeat"`
}

func (m RawMessage) sent() bool { return m.Direction == "send" }

// isData says whether it is a message, and no control frame.
func (m RawMessage) isData() bool {
	return slices.Contains([]string{"", "text", "binary"}, m.FrameType)
}

func (m RawMessage) isBinary() bool { return m.FrameType == "binary" }

// payload is what the frame carries.
func (m RawMessage) payload() ([]byte, error) {
	switch {
	case m.FrameType == "close":
		return closing(m.CloseCode, m.CloseReason), nil
	case m.Base64 != "":
		raw, err := base64.StdEncoding.DecodeString(m.Base64)
		return slices.Repeat(raw, max(m.Repeat, 1)), err
	case m.RawText != "":
		return []byte(strings.Repeat(m.RawText, max(m.Repeat, 1))), nil
	case !m.isData():
		// A control frame carries no JSON: text is sent as it stands, null is nothing.
		var text string
		err := json.Unmarshal(m.orNull(), &text)
		return []byte(text), err
	}
	return m.Payload, nil
}

func (m RawMessage) orNull() []byte {
	if len(m.Payload) == 0 {
		return []byte("null")
	}
	return m.Payload
}

// closing is what a close frame carries: nothing, where it has no code.
func closing(code int, reason string) []byte {
	if code == 0 || code == noCode {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}

// RawExpected is what the app has to have seen.
type RawExpected struct {
	ConnectCount    *int `json:"connect_count"`
	DisconnectCount *int `json:"disconnect_count"`
	// Subprotocol is the one chosen, and Noted what was noted of what is injected.
	// Only the own cases have them.
	Subprotocol string `json:"subprotocol"`
	Noted       []any  `json:"noted"`
}
