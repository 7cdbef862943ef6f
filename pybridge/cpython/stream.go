//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"errors"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

var errNoChannel = errors.New("the answer is one in parts, and the call has nobody to send them to: " +
	"hooks that run where no route was found, and handlers in Go, can't take one")

// stream sends the answer in parts that the call has left. It ends with the last
// part, when the providers have been cleaned up.
func (c *call) stream() {
	switch {
	case c.channel == nil:
		c.endStream(errNoChannel)
		c.refused = errNoChannel
	case c.frame.Parts() == shim.PartsAsync:
		c.issueOnce()
		c.app.loop.run(c.ctx, c)
	default:
		c.endStream(c.sendParts())
	}
}

// sendParts makes one part after the other and sends each. The goroutine has no
// thread of Python's while it waits for the client.
func (c *call) sendParts() error {
	var head pybridge.Result
	readMeta(c.frame.Meta(), &head, c)
	// What fails ahead of the first part can still be answered.
	more, failed, err := c.nextPart()
	if failed || err != nil {
		return err // or the end raises it
	}
	err = c.channel.Open(c.ctx, pybridge.Head{
		Status: c.frame.Status(), ContentType: head.ContentType, Header: head.Header,
	})
	for err == nil {
		if !more {
			return c.channel.Send(c.ctx, pybridge.MessageEnd, c.frame.Body())
		}
		if err = c.channel.Send(c.ctx, pybridge.MessagePart, c.frame.Body()); err != nil {
			break
		}
		if more, failed, err = c.nextPart(); failed {
			return nil
		}
	}
	return err
}

// nextPart makes the next part: an iterator that is slow is let in without the baton,
// as a handler is.
//
// # Errors
//
// The call was not let in: see places.Places.Enter.
func (c *call) nextPart() (more, failed bool, err error) {
	b, lane := &c.app.interpreter.baton, &c.program.lane
	if !lane.habit.isSlow() {
		c.frame.SetTurn(b.enter(lane.number))
		more, failed = c.frame.NextPart()
		b.leave(c.frame.Turn())
		return more, failed, nil
	}
	if err := c.besides(c.ctx, shim.JobPart); err != nil {
		return false, false, err
	}
	more, failed = c.frame.Part()
	return more, failed, nil
}

// endStream ends the iterator and the providers behind it. failure is why the
// answer was not sent to its end, or nil.
func (c *call) endStream(failure error) {
	if failure != nil {
		c.frame.SetFailure(failure)
	}
	c.close(c.program.suspends || c.frame.Parts() == shim.PartsAsync)
}
