//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// object is a Python object by its number in the app's table of those that Go
// holds. The number of one that was released is never another's.
type object struct {
	app    *app
	handle uint64
	lent   bool // by a call, which takes it back
}

var _ pybridge.Object = object{}

var (
	errReleased = errors.New("the python object was released, or the call that it came with has ended; " +
		"Keep gives one that outlives its call")
	errNoLoop = errors.New("there is asynchronous code to run, and the app has no event loop for it: it has one " +
		"if a class with async methods is annotated somewhere, or if any coroutine function is registered")
)

// noProgram stands for the program where there is none.
var noProgram = &program{name: "use of an object"}

// object is one that the call lends.
func (c *call) object(handle uint64) pybridge.Object {
	return object{app: c.app, handle: handle, lent: true}
}

// objects are those whose numbers a program without a handler left.
func (c *call) objects(meta []byte) []pybridge.Object {
	out := make([]pybridge.Object, len(meta)/8)
	for i := range out {
		out[i] = c.object(binary.NativeEndian.Uint64(meta[8*i:]))
	}
	return out
}

// Handle is the object's number.
func (o object) Handle() uint64 { return o.handle }

// JSON writes the object as an answer would.
func (o object) JSON(ctx context.Context) (text []byte, err error) {
	err = o.use(ctx, o.app.shim.ObjectJSON, func(c *call) { text = append(text, c.frame.Body()...) })
	return text, err
}

// TypeKey is the key of the object's class; empty if it can't be told.
func (o object) TypeKey() (key string) {
	// What goes wrong makes no key: there is nobody to tell.
	_ = o.use(context.Background(), o.app.shim.ObjectKey, func(c *call) { key = string(c.frame.Body()) })
	return key
}

// Attr gives an attribute.
func (o object) Attr(ctx context.Context, name string) (pybridge.Object, error) {
	return o.derive(ctx, func(handle uint64, f shim.Frame) bool { return o.app.shim.ObjectAttr(handle, name, f) })
}

// Call calls a method.
func (o object) Call(ctx context.Context, method string, args ...any) (pybridge.Object, error) {
	in, err := o.app.arguments(args)
	if err != nil {
		return nil, fmt.Errorf("call %s of a python object: %w", method, err)
	}
	return o.derive(ctx, func(handle uint64, f shim.Frame) bool {
		return o.app.shim.ObjectCall(handle, method, in, f)
	})
}

// Await gives what the object gives when it is awaited.
func (o object) Await(ctx context.Context) (pybridge.Object, error) {
	return o.derive(ctx, o.work(shim.WorkAwait))
}

// work is a function of the shim for use.
func (o object) work(kind shim.ObjectWork) func(uint64, shim.Frame) bool {
	return func(handle uint64, f shim.Frame) bool { return o.app.shim.ObjectApply(handle, kind, f) }
}

// Keep gives another reference.
func (o object) Keep(ctx context.Context) (pybridge.Object, error) {
	return o.derive(ctx, o.app.shim.ObjectKeep)
}

// Release drops the reference, unless it is the call's. The app drops those that
// are left when it is closed.
func (o object) Release() {
	a := o.app
	if o.lent || !a.users.enter() {
		return
	}
	defer a.users.leave()
	c := a.interpreter.calls.get()
	defer a.interpreter.calls.put(c)
	c.app, c.ctx, c.program = a, context.Background(), noProgram
	c.enter(func() { a.shim.ObjectRelease(o.handle, c.frame) })
}

// derive is use for what gives another object, which is the caller's.
func (o object) derive(ctx context.Context, run func(uint64, shim.Frame) bool) (pybridge.Object, error) {
	var out pybridge.Object
	err := o.use(ctx, run, func(c *call) {
		out = object{app: o.app, handle: binary.NativeEndian.Uint64(c.frame.Meta())}
	})
	return out, err
}

// use runs a function of the shim on the object, and what that leaves for the
// loop, and has the frame read if that went well.
func (o object) use(ctx context.Context, run func(uint64, shim.Frame) bool, read func(*call)) error {
	a := o.app
	if err := ctx.Err(); err != nil {
		return err
	}
	if !a.users.enter() {
		return pybridge.ErrClosed
	}
	defer a.users.leave()
	c := a.interpreter.calls.get()
	defer a.interpreter.calls.put(c)
	c.app, c.ctx, c.program = a, ctx, noProgram
	if err := c.use(ctx, o, run); err != nil {
		return err
	}
	read(c)
	return nil
}

// use is use of an object by a call. The app is in use.
func (c *call) use(ctx context.Context, o object, run func(uint64, shim.Frame) bool) error {
	found := false
	c.enter(func() { found = run(o.handle, c.frame) })
	if !found {
		return errReleased
	}
	if c.frame.HasWork() {
		if err := c.await(ctx); err != nil {
			return err
		}
	}
	if err := c.raised(); err != nil {
		if ctx.Err() != nil && isCancelled(err) {
			return ctx.Err()
		}
		return err
	}
	return nil
}

// isCancelled tells that a coroutine ended because it was cancelled.
func isCancelled(err error) bool {
	var exc *pybridge.Exception
	return errors.As(err, &exc) && exc.Type == "asyncio.exceptions.CancelledError"
}

// enter runs a function of the shim that enters.
func (c *call) enter(run func()) {
	b := &c.app.interpreter.baton
	c.frame.SetTurn(b.enter(0))
	run()
	b.leave(c.frame.Turn())
}

// await runs the work that the frame holds on the loop.
func (c *call) await(ctx context.Context) error {
	l := c.app.loop
	var refused error
	switch {
	case l == nil:
		refused = errNoLoop
	case ctx.Value(insideLoop{}) == l:
		refused = errInsideLoop
	default:
		if c.ticket == 0 {
			c.issue(nil)
			defer c.app.interpreter.tickets.void(c.ticket)
		}
		l.run(ctx, c)
		return nil
	}
	c.enter(c.frame.Forget)
	return refused
}

// raised is the exception that the frame holds, if it holds one.
func (c *call) raised() error {
	switch pybridge.Outcome(c.frame.Outcome()) {
	case pybridge.Answered, pybridge.Values:
		return nil
	}
	exc := failure(c.frame)
	c.app.place.plainException(exc)
	return exc
}

// endHeld is Result.End: it takes the values of a program without a handler back
// and ends its providers.
func (c *call) endHeld(failure error) error {
	if pybridge.Outcome(c.frame.Outcome()) != pybridge.Values {
		return nil // they have ended
	}
	if failure != nil {
		c.frame.SetFailure(failure)
	}
	c.close(c.program.suspends && c.frame.Status() == 1)
	return c.raised()
}

// close runs the clean-up that the frame holds, on the event loop if it may
// suspend.
func (c *call) close(suspends bool) {
	a, p := c.app, c.program
	switch {
	case suspends:
		a.loop.run(context.Background(), c)
	case p.async:
		a.loop.lock.Lock()
		c.enter(c.frame.CloseHeld)
		a.loop.lock.Unlock()
		if c.frame.Wake() {
			a.loop.wake()
		}
	default:
		c.enter(c.frame.CloseHeld)
	}
}

// releaseHeld is endHeld for a result that is released as it is.
func (c *call) releaseHeld() {
	err := c.endHeld(nil)
	if err == nil {
		return // before exc, which costs an allocation
	}
	var exc *pybridge.Exception
	if errors.As(err, &exc) {
		c.app.logger.Error("clean-up of providers failed", "program", c.program.name,
			"error", exc.Error(), "traceback", exc.Traceback)
	}
}
