package spikard

import (
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

// serve is a whole request: the body, the binding in Go, then one call that
// runs the hooks, the providers and the handler, and the answer.
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
	x.wire.Encoded(e.program.constants)
	if e.program.request {
		x.pathNames = e.pathNames
		x.writeRequest(raw)
	}
	var err error
	x.result, err = e.program.callable.Call(x.Context(), x.wire.Bytes(), pybridge.CallInfo{RequestID: x.RequestID()})
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	defer x.result.Release()
	if err := e.answers(&x.result); err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	e.wall.result(x, e.name)
}
