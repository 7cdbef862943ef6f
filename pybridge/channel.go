package pybridge

import (
	"context"
	"fmt"
)

// Channel is how a call talks with its client while it runs: it sends an answer
// in parts, it reads a body in parts, or it holds a session over a WebSocket.
//
// # Concurrency
//
// Its methods may be called from any goroutine. Open is called once, ahead of every
// Send. Those of a session may be sent by several goroutines at once, the parts of an
// answer come one by one. Receive is not called while done is still to be called. All
// of it is over when the engine's Call returns.
type Channel interface {
	// Open begins the answer: an answer in parts has its status and header from
	// head, which it may keep. For a session, the status is 101: head.Header may
	// name a Sec-WebSocket-Protocol. An error says that nothing was begun.
	Open(ctx context.Context, head Head) error
	// Send sends one message. It returns when the message is on its way, so
	// that whoever produces them waits as long as the client doesn't read. data
	// is valid during the call. In a session that is over it fails with a
	// [*SessionClosedError].
	Send(ctx context.Context, kind MessageKind, data []byte) error
	// Receive has done called, once, with the next message: before Receive returns
	// if it is there, else from another goroutine. It must not block, nor may
	// done. The function it gives takes the question back, so that a message
	// that comes later is there for the next Receive; done is called in any case,
	// with the error of a context that was cancelled.
	Receive(done func(Message, error)) (cancel func())
}

// Member is the Channel of a session, which can be in groups.
type Member interface {
	Channel
	// Join has the session get what is sent to a group, until Leave or its end.
	Join(group string)
	Leave(group string)
}

// Broadcaster is a [Host] that has groups of sessions.
type Broadcaster interface {
	// Broadcast sends a message to the sessions of a group but one, which may be nil.
	// It doesn't wait for them: it tells how many will get the message. data is
	// valid during the call.
	Broadcast(group string, kind MessageKind, data []byte, except Channel) int
}

// Head begins an answer in parts.
type Head struct {
	Status      int          `json:"status"`
	ContentType string       `json:"content_type"`
	Header      []HeaderLine `json:"header"`
}

// Message is one message of a session, or one part of a body.
type Message struct {
	Kind MessageKind
	// Data is the receiver's. With MessageValue it is one wire value.
	Data []byte
	// Code and Reason are those of a MessageClose.
	Code   int
	Reason string
}

// MessageKind says what a message is. The numbers are those of
// _runtime_channel.py.
type MessageKind uint8

// The kinds of messages.
const (
	// MessagePart is a part of a body.
	MessagePart MessageKind = iota
	// MessageText is a WebSocket's text message: valid UTF-8.
	MessageText
	// MessageBinary is a WebSocket's binary message.
	MessageBinary
	// MessageValue is a text message that Go has read as JSON, and checked.
	MessageValue
	// MessageClose ends a session. As data it is a status code, big endian, and
	// the reason, as in a close frame (RFC 6455, section 5.5.1).
	MessageClose
	// MessageEnd ends a body. As data it is a JSON object of trailer fields, or
	// nothing.
	MessageEnd
)

// SessionClosedError is what Send fails with when a session is over.
type SessionClosedError struct {
	// Code is a close code of RFC 6455, section 7.4.
	Code   int
	Reason string
}

func (e *SessionClosedError) Error() string {
	return fmt.Sprintf("the session is over: %d %s", e.Code, e.Reason)
}
