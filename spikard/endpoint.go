package spikard

import (
	"errors"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// pythonEndpoint answers the requests of a Python handler.
type pythonEndpoint struct {
	name      string
	wall      *wall
	pathNames []string
	intake    intake
	binder    *bind.Binder
	program   *compiled
	check     *bind.Answer // nil: answers go out as they are
}

// serve is a whole request: the body, the binding in Go, what Go builds, then
// one call that runs the hooks, the providers and the handler, Go's clean-ups,
// and the answer.
func (e *pythonEndpoint) serve(x *exchange) {
	body, raw, problem := e.intake.read(x)
	x.wire.Reset()
	if problem == nil {
		problem = e.binder.Bind(x, body, &x.wire)
	}
	if problem != nil {
		e.wall.problem(x, problem)
		return
	}
	values, err := e.program.open(x)
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	defer x.result.Release() // also of a result whose check panics
	err = e.run(x, values, raw)
	failure := err
	if failure == nil {
		failure = failureOf(&x.result)
	}
	if cleanup := values.Close(failure); cleanup != nil {
		e.wall.unclean(x, e.name, err, cleanup)
		return
	}
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	e.wall.result(x, e.name)
}

// run is the call. Without an error its result is the exchange's.
func (e *pythonEndpoint) run(x *exchange, values *di.Scope, raw []byte) error {
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
	x.result, err = c.callable.Call(x.Context(), x.wire.Bytes(), pybridge.CallInfo{
		RequestID: x.RequestID(), Go: c.goHalf(values),
	})
	return err
}

// failureOf is why a call failed; nil if it didn't. Clean-ups are told.
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
