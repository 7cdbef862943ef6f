package spikard

import (
	"errors"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// pythonEndpoint answers the requests of a Python handler, or those that no
// handler is there for, to which Python's hooks may have something to say.
type pythonEndpoint struct {
	name      string
	wall      *wall
	pathNames []string
	intake    intake
	binder    *bind.Binder
	program   *compiled
	check     *bind.Answer // nil: answers go out as they are
	around    *around      // nil: nothing of Go's
	// missing tells why there is no handler; nil: there is one.
	missing func(x *exchange) *api.Problem
}

// serve is a whole request: the body, the binding in Go, what Go builds, then
// one call that runs the hooks, the providers and the handler, Go's clean-ups,
// and the answer.
func (e *pythonEndpoint) serve(x *exchange) {
	if e.around != nil {
		e.serveAround(x)
		return
	}
	raw, r := e.bind(x)
	if r != nil {
		e.refuse(x, nil, raw, r)
		return
	}
	e.run(x, nil, raw)
}

// serveAround is serve with authentication and Go's hooks.
func (e *pythonEndpoint) serveAround(x *exchange) {
	x.around = e.around
	defer e.wall.closeOnPanic(x, e.name, x.closeEarly)
	r, err := e.around.before(x, e.program)
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	var raw []byte
	if r == nil {
		raw, r = e.bind(x)
	}
	if r == nil {
		r = e.around.run(x, e.around.preHandler, gateBinding)
	}
	if r != nil {
		e.refuse(x, x.early, raw, r)
		return
	}
	e.run(x, x.early, raw)
}

// bind reads the body and binds the request; what can't be is refused.
func (e *pythonEndpoint) bind(x *exchange) ([]byte, *refusal) {
	if e.missing != nil {
		raw, _ := x.readBody(e.intake.bytes)
		return raw, &refusal{gate: gateBinding, problem: e.missing(x)}
	}
	body, raw, problem := e.intake.read(x)
	x.wire.Reset()
	if problem == nil {
		problem = e.binder.Bind(x, body, &x.wire)
	}
	if problem != nil {
		return raw, &refusal{gate: gateBinding, problem: problem}
	}
	return raw, nil
}

// refuse answers a refusal; with values that are open, or nil.
func (e *pythonEndpoint) refuse(x *exchange, values *di.Scope, raw []byte, r *refusal) {
	if e.program == nil || !e.program.ears.hear(r) {
		if values != nil {
			if err := values.Close(r.err()); err != nil {
				e.wall.unclean(x, e.name, nil, err)
				return
			}
		}
		e.wall.refused(x, e.name, r)
		return
	}
	x.wire.Reset()
	for range e.program.bound {
		x.wire.Null() // nobody gets to see them
	}
	x.refusal = r
	e.run(x, values, raw)
}

// run is Go's part of the dependencies, the call, Go's clean-ups and the answer.
// The bound inputs are written; with values, these are open.
func (e *pythonEndpoint) run(x *exchange, values *di.Scope, raw []byte) {
	if values == nil {
		var err error
		if values, err = e.program.open(x); err != nil {
			e.unopened(x, err)
			return
		}
	}
	if x.apart != nil {
		e.start(x, values, raw)
		return
	}
	e.finish(x, values, raw, e.call(x, values, raw))
}

// start is run for a request that may outlive its handler.
func (e *pythonEndpoint) start(x *exchange, values *di.Scope, raw []byte) {
	x.apart.started = true
	if err := e.program.write(x, values, e.pathNames, raw); err != nil {
		x.apart.finish(x, func() { e.finish(x, values, raw, err) })
		return
	}
	e.program.start(x, values, func(err error) {
		x.apart.finish(x, func() {
			x.stream.end()
			e.finish(x, values, raw, err)
		})
	})
}

// finish is what comes behind the call, which has failed with err.
func (e *pythonEndpoint) finish(x *exchange, values *di.Scope, raw []byte, err error) {
	defer x.result.Release() // also of a result whose check panics
	failure := err
	if failure == nil {
		failure = x.failure()
	}
	cleanup := values.Close(failure)
	switch {
	case x.begun():
		e.wall.ended(x, e.name, err, cleanup)
	case cleanup != nil:
		e.wall.unclean(x, e.name, err, cleanup)
	case err != nil:
		e.wall.fail(x, e.name, err)
	default:
		e.answer(x, raw)
	}
}

// unopened answers where the dependencies can't be made. A refusal stays one: they
// may not be made for those who aren't let in.
func (e *pythonEndpoint) unopened(x *exchange, err error) {
	if x.refusal == nil {
		e.wall.fail(x, e.name, err)
		return
	}
	e.wall.logFailure(x, e.name, err)
	e.wall.refused(x, e.name, x.refusal)
}

// answer sends what the call gave.
func (e *pythonEndpoint) answer(x *exchange, raw []byte) {
	if x.result.Outcome != pybridge.Invalid || x.refusal != nil {
		e.wall.result(x, e.name)
		return
	}
	problem, err := invalid(&x.result)
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	// It was refused before the first hook ran.
	x.result.Release()
	e.refuse(x, nil, raw, &refusal{gate: gateBinding, problem: problem})
}

// call is the call. Without an error its result is the exchange's.
func (e *pythonEndpoint) call(x *exchange, values *di.Scope, raw []byte) error {
	defer e.wall.closeOnPanic(x, e.name, values.Close)
	if err := e.program.write(x, values, e.pathNames, raw); err != nil {
		return err
	}
	if err := e.program.call(x, values); err != nil {
		return err
	}
	return e.answers(&x.result)
}

// call runs the program's Python part for a request.
func (c *compiled) call(x *exchange, values *di.Scope) (err error) {
	defer x.stream.end()
	x.result, err = c.callable.Call(x.Context(), x.wire.Bytes(), pybridge.CallInfo{
		RequestID: x.RequestID(), Go: c.goHalf(values), Channel: x.channel,
	})
	return err
}

// start is call for a request that may outlive its handler. done is called with what
// call would give, once.
func (c *compiled) start(x *exchange, values *di.Scope, done func(error)) {
	c.callable.Start(x.Context(), x.wire.Bytes(), pybridge.CallInfo{
		RequestID: x.RequestID(), Go: c.goHalf(values), Channel: x.channel,
	}, func(r pybridge.Result, err error) {
		x.result = r
		done(err)
	})
}

// failure is why a request failed; nil if it didn't. Clean-ups are told.
func (x *exchange) failure() error {
	if x.refusal != nil {
		return x.refusal.err()
	}
	return failureOf(&x.result)
}

// failureOf is why a call failed, or nil.
func failureOf(r *pybridge.Result) error {
	switch r.Outcome {
	case pybridge.Problem:
		return &httpError{status: r.Status, detail: r.Detail}
	case pybridge.Raised:
		return r.Exception
	case pybridge.Invalid:
		return errInvalid
	}
	return nil
}

var errInvalid = errors.New("a value of the request was refused")
