//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// iteration is a pybridge.Iterator. One call serves all its steps, so that what
// Python asks of Go in one of them, and awaits in a later one, still belongs to it.
type iteration struct {
	call *call
	// runtime is the runtime's own object for it.
	runtime object
	over    bool // there is nothing left to close
	closed  bool
}

// Iter begins an iteration.
func (o object) Iter(ctx context.Context) (pybridge.Iterator, error) {
	runtime, err := o.derive(ctx, o.work(shim.WorkIterate))
	if err != nil {
		return nil, err
	}
	c := o.app.interpreter.calls.get()
	c.app, c.ctx, c.program = o.app, ctx, noProgram
	c.issue(nil)
	return &iteration{call: c, runtime: runtime.(object)}, nil
}

// Next takes a step.
func (i *iteration) Next() (pybridge.Object, error) {
	if i.over || i.closed {
		return nil, io.EOF
	}
	c := i.call
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	if err := i.step(c.ctx, shim.WorkNext); err != nil {
		i.over = i.over || pythonEnded(c.ctx, err)
		return nil, err
	}
	item := c.frame.Meta()
	if len(item) == 0 {
		i.over = true
		return nil, io.EOF
	}
	return c.object(binary.NativeEndian.Uint64(item)), nil
}

// pythonEnded tells that a step's error is what the iterator has ended with, and
// not why it was not asked.
func pythonEnded(ctx context.Context, err error) bool {
	var exc *pybridge.Exception
	return errors.As(err, &exc) || errors.Is(err, ctx.Err())
}

// step has the runtime do something, and takes back the item of the step before.
func (i *iteration) step(ctx context.Context, work shim.ObjectWork) error {
	a := i.call.app
	if !a.users.enter() {
		return pybridge.ErrClosed
	}
	defer a.users.leave()
	return i.call.use(ctx, i.runtime, i.runtime.work(work))
}

// Close ends the iteration. Its clean-up comes to its end, whatever the context.
func (i *iteration) Close() {
	if i.closed {
		return
	}
	i.closed = true
	c := i.call
	if !i.over {
		if err := i.step(context.WithoutCancel(c.ctx), shim.WorkEnd); err != nil && !errors.Is(err, pybridge.ErrClosed) {
			i.complain(err)
		}
	}
	i.runtime.Release()
	c.app.interpreter.tickets.void(c.ticket)
	c.app.interpreter.calls.put(c)
}

func (i *iteration) complain(err error) {
	traceback := ""
	var exc *pybridge.Exception
	if errors.As(err, &exc) {
		traceback = exc.Traceback
	}
	i.call.app.logger.Error("closing a python iterator failed", "error", err.Error(), "traceback", traceback)
}
