//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// object is a value of a program without a handler. The frame of the call
// that made it owns the reference.
type object struct {
	app        *app
	address    uint64
	call       *call
	generation uint64
}

var errReleased = errors.New("the result that this python object came with was released")

var _ pybridge.Object = object{}

func (c *call) objects(meta []byte) []pybridge.Object {
	out := make([]pybridge.Object, len(meta)/8)
	for i := range out {
		out[i] = object{
			app: c.app, address: binary.NativeEndian.Uint64(meta[8*i:]),
			call: c, generation: c.generation.Load(),
		}
	}
	return out
}

// closeHeld ends the providers of a program without a handler and drops its
// values.
func (c *call) closeHeld() {
	a, p := c.app, c.program
	switch {
	case p.suspends && c.frame.Status() == 1:
		a.loop.run(context.Background(), c)
	case p.async:
		a.loop.lock.Lock()
		c.crossToClose()
		a.loop.lock.Unlock()
		if c.frame.Wake() {
			a.loop.wake()
		}
	default:
		c.crossToClose()
	}
	if pybridge.Outcome(c.frame.Outcome()) != pybridge.Answered {
		exc := failure(c.frame)
		a.place.plainException(exc)
		a.logger.Error("clean-up of providers failed", "program", p.name,
			"error", exc.Error(), "traceback", exc.Traceback)
	}
}

func (c *call) crossToClose() {
	b := &c.app.interpreter.baton
	c.frame.SetTurn(b.enter())
	c.frame.CloseHeld()
	b.leave(c.frame.Turn())
}

// Handle is the object's address.
func (o object) Handle() uint64 { return o.address }

// JSON writes the object as an answer would.
func (o object) JSON(context.Context) ([]byte, error) {
	return o.text(func(f shim.Frame) { o.app.shim.ObjectJSON(o.address, f) })
}

// TypeKey is the key of the object's class; empty if it can't be told.
func (o object) TypeKey() string {
	text, err := o.text(func(f shim.Frame) { o.app.shim.ObjectKey(o.address, f) })
	if err != nil {
		return ""
	}
	return string(text)
}

func (o object) text(read func(shim.Frame)) ([]byte, error) {
	if !o.app.users.enter() {
		return nil, pybridge.ErrClosed
	}
	defer o.app.users.leave()
	if o.call.generation.Load() != o.generation {
		return nil, errReleased
	}
	var out []byte
	exc := o.app.inside(func(f shim.Frame) bool {
		read(f)
		out = append(out, f.Body()...)
		return pybridge.Outcome(f.Outcome()) == pybridge.Answered
	})
	if exc != nil {
		return nil, exc
	}
	return out, nil
}

// Release does nothing: the Result owns the reference.
func (o object) Release() {}

// Attr is not there yet.
func (o object) Attr(context.Context, string) (pybridge.Object, error) {
	return nil, errors.ErrUnsupported
}

// Call is not there yet.
func (o object) Call(context.Context, string, ...any) (pybridge.Object, error) {
	return nil, errors.ErrUnsupported
}

// Keep is not there yet.
func (o object) Keep(context.Context) (pybridge.Object, error) { return nil, errors.ErrUnsupported }
