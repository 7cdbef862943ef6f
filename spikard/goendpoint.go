package spikard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// goEndpoint answers the requests of a Go handler.
type goEndpoint struct {
	*goHandler
	wall    *wall
	binder  *bind.StructBinder
	needs   []goNeed
	program *compiled // nil without dependencies

	pathNames []string
	intake    intake
	around    *around // nil: nothing
}

// rendered is an answer ready to be sent.
type rendered struct {
	Reply
	contentType string
	body        []byte
}

func (e *goEndpoint) serve(x *exchange) {
	if e.around != nil {
		e.serveAround(x)
		return
	}
	input, raw, r := e.bind(x)
	if r != nil {
		e.wall.refused(x, e.name, r)
		return
	}
	e.serveBound(x, nil, input, raw)
}

// serveAround is serve with authentication and Go's hooks.
func (e *goEndpoint) serveAround(x *exchange) {
	x.around = e.around
	defer e.wall.closeOnPanic(x, e.name, x.closeEarly)
	r, err := e.around.before(x, e.program)
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	var input reflect.Value
	var raw []byte
	if r == nil {
		input, raw, r = e.bind(x)
	}
	if r == nil {
		r = e.around.run(x, e.around.preHandler, gateBinding)
	}
	if r == nil {
		e.serveBound(x, x.early, input, raw)
		return
	}
	if err := x.closeEarly(r.err()); err != nil {
		e.wall.unclean(x, e.name, nil, err)
		return
	}
	e.wall.refused(x, e.name, r)
}

// bind reads the body and fills the input; what can't be is refused.
func (e *goEndpoint) bind(x *exchange) (input reflect.Value, raw []byte, r *refusal) {
	body, raw, problem := e.intake.read(x)
	if problem == nil && e.input != nil {
		input = reflect.New(e.input).Elem()
		problem = e.binder.Bind(x, body, input)
	}
	if problem != nil {
		return input, raw, &refusal{gate: gateBinding, problem: problem}
	}
	return input, raw, nil
}

// serveBound serves a request whose input is there; with values, these are open.
func (e *goEndpoint) serveBound(x *exchange, values *di.Scope, input reflect.Value, raw []byte) {
	if e.program == nil {
		answer, err := e.answer(x, input, nil)
		e.finish(x, answer, err)
		return
	}
	if values == nil {
		var err error
		if values, err = e.program.open(x); err != nil {
			e.wall.fail(x, e.name, err)
			return
		}
	}
	e.serveWith(x, values, input, raw)
}

// serveWith serves with dependencies: what Go had built first is there, then come
// Python's part of them, what Go builds from that, and the handler.
func (e *goEndpoint) serveWith(x *exchange, values *di.Scope, input reflect.Value, raw []byte) {
	defer func() { x.result.Release() }()
	answer, err, cleanup := e.run(x, values, input, raw)
	switch {
	case cleanup != nil:
		e.wall.unclean(x, e.name, err, cleanup)
	case e.program.callable != nil && x.result.Outcome != pybridge.Values:
		e.wall.result(x, e.name)
	default:
		e.finish(x, answer, err)
	}
}

// run runs all of it, the clean-ups included.
func (e *goEndpoint) run(x *exchange, values *di.Scope, input reflect.Value, raw []byte) (answer rendered, err, cleanup error) {
	mark := values.Len()
	closing := func(failure error) error { return e.close(x, values, mark, failure) }
	defer e.wall.closeOnPanic(x, e.name, closing)
	if err = e.python(x, values, raw); err == nil {
		mark = values.Len()
		err = values.Build(e.program.context(x), e.program.trailing)
	}
	if err == nil {
		answer, err = e.answer(x, input, values)
	}
	return answer, err, closing(err)
}

// python makes Python's part of the dependencies.
func (e *goEndpoint) python(x *exchange, values *di.Scope, raw []byte) error {
	p := e.program
	if p.callable == nil {
		return nil
	}
	x.wire.Reset()
	x.result.Outcome = pybridge.Values // until there is another
	if err := p.write(x, values, e.pathNames, raw); err != nil {
		return err
	}
	if err := p.call(x, values); err != nil {
		x.result.Outcome = pybridge.Values
		return err
	}
	if x.result.Outcome != pybridge.Values {
		return failureOf(&x.result)
	}
	if len(p.trailing) > 0 {
		for i, slot := range p.outputs {
			values.Set(slot, x.result.Objects[i])
		}
	}
	return nil
}

// close ends the dependencies in the reverse order of their making.
func (e *goEndpoint) close(x *exchange, values *di.Scope, mark int, failure error) error {
	errs := []error{values.CloseTo(mark, failure)}
	if e.program.callable != nil && x.result.Outcome == pybridge.Values {
		errs = append(errs, x.result.End(cmp.Or(failure, errs[0])))
	}
	errs = append(errs, values.Close(cmp.Or(failure, errors.Join(errs...))))
	return errors.Join(errs...)
}

// answer calls the handler and renders what it gave.
func (e *goEndpoint) answer(x *exchange, input reflect.Value, values *di.Scope) (rendered, error) {
	args := make([]reflect.Value, 0, 2+len(e.needs))
	if e.context {
		args = append(args, reflect.ValueOf(x.Context()))
	}
	if e.input != nil {
		args = append(args, input)
	}
	for i := range e.needs {
		n := &e.needs[i]
		v, err := n.as(x.Context(), e.value(x, values, e.program.plan.Needs[i]))
		switch {
		case err != nil:
			return rendered{}, err
		case n.field != nil:
			input.FieldByIndex(n.field).Set(v)
		default:
			args = append(args, v)
		}
	}
	value, err := e.call(args)
	if err != nil {
		return rendered{}, err
	}
	return render(value)
}

// value is that of a slot: Python's are in the result. An absent one is nil.
func (e *goEndpoint) value(x *exchange, values *di.Scope, slot int) any {
	if slot < 0 {
		return nil
	}
	if i := slices.Index(e.program.outputs, slot); i >= 0 {
		return x.result.Objects[i]
	}
	return values.Value(slot)
}

func (e *goEndpoint) call(args []reflect.Value) (any, error) {
	results := e.fn.Call(args)
	if e.err {
		if err, _ := results[len(results)-1].Interface().(error); err != nil {
			return nil, err
		}
	}
	if !e.output {
		return Reply{Status: http.StatusNoContent}, nil
	}
	return results[0].Interface(), nil
}

// render turns what a handler gave into the answer.
func render(value any) (out rendered, err error) {
	switch v := value.(type) {
	case Reply:
		out.Reply = v
	case *Reply:
		if v != nil {
			out.Reply = *v
		}
	default:
		out.Reply.Body = jsonBody{value}
	}
	out.Status = cmp.Or(out.Status, http.StatusOK)
	if !validStatus(out.Status) {
		return out, fmt.Errorf("status %d is no final HTTP status", out.Status)
	}
	switch body := out.Reply.Body.(type) {
	case nil:
	case []byte:
		out.body, out.contentType = body, cmp.Or(out.Header.Get("Content-Type"), "application/octet-stream")
	case jsonBody:
		err = out.encode(body.value)
	default:
		err = out.encode(body)
	}
	return out, err
}

// jsonBody is a handler's value as it is: nil and []byte are JSON too.
type jsonBody struct{ value any }

func (r *rendered) encode(value any) (err error) {
	r.contentType = jsonType
	if r.body, err = encodeJSON(value); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return nil
}

// finish sends an answer, or what stands for the error.
func (e *goEndpoint) finish(x *exchange, answer rendered, err error) {
	if err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	e.wall.reply(x, e.name, &answer)
}

// compileGo makes the endpoint of a Go route.
func (r *running) compileGo(route *goRoute, needs []goNeed, around *around, home *pythonApp, pathNames []string) (endpoint, *compiled, error) {
	e := &goEndpoint{
		goHandler: route.handler, wall: r.wall, needs: needs, pathNames: pathNames, intake: r.intake(), around: around,
	}
	if e.input != nil {
		var err error
		if e.binder, err = bind.CompileStruct(e.input, pathNames); err != nil {
			return nil, nil, err
		}
		e.binder.SetLimits(r.limits())
		e.intake.takes(e.binder)
	}
	spec := programSpec{
		name: e.name, around: around.diNeeds(),
		threads: r.config.RouteThreads, queue: r.config.RouteQueue,
	}
	if len(needs)+len(spec.around) == 0 {
		return e.serve, nil, nil
	}
	for i := range needs {
		spec.outputs = append(spec.outputs, needs[i].Need)
	}
	var err error
	if e.program, err = home.program(spec); err != nil {
		return nil, nil, err
	}
	e.intake.bytes = e.program.request
	return e.serve, e.program, errors.Join(append(around.settle(e.program, home.registry), e.check())...)
}

// check compares the types of what Go provides with those asked for.
func (e *goEndpoint) check() error {
	var faults []error
	for i := range e.needs {
		if slot := e.program.plan.Needs[i]; slot >= 0 {
			faults = append(faults, e.needs[i].fits(e.program.plan.Steps[slot].Provider))
		}
	}
	return errors.Join(faults...)
}
