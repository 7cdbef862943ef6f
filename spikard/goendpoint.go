package spikard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// goEndpoint answers the requests of a Go handler.
type goEndpoint struct {
	*goHandler
	wall     *wall
	values   []reflect.Value // the fx values
	binder   *bind.StructBinder
	injected []injected
	python   *compiled // nil without dependencies from Python

	pathNames []string
	intake    intake
}

func (e *goEndpoint) serve(x *exchange) {
	body, raw, problem := e.intake.read(x)
	var input reflect.Value
	if problem == nil && e.input != nil {
		input = reflect.New(e.input).Elem()
		problem = e.binder.Bind(x, body, input)
	}
	if problem != nil {
		e.wall.problem(x, problem)
		return
	}
	if e.python != nil {
		defer func() { x.result.Release() }()
		x.wire.Reset()
		x.wire.Encoded(e.python.constants)
		if e.python.request {
			x.pathNames = e.pathNames
			x.writeRequest(raw)
		}
		var err error
		x.result, err = e.python.callable.Call(x.Context(), x.wire.Bytes(), pybridge.CallInfo{RequestID: x.RequestID()})
		if err == nil && x.result.Outcome != pybridge.Values {
			e.wall.result(x, e.name)
			return
		}
		if err != nil {
			e.wall.fail(x, e.name, err)
			return
		}
	}
	if err := e.inject(x, input); err != nil {
		e.wall.fail(x, e.name, err)
		return
	}
	value, err := e.call(x, input)
	if err == nil {
		err = e.answer(x, value)
	}
	if err != nil {
		e.wall.fail(x, e.name, err)
	}
}

// inject fills the fields that hold dependencies.
func (e *goEndpoint) inject(x *exchange, input reflect.Value) error {
	for i := range e.injected {
		f := &e.injected[i]
		switch {
		case f.output < 0:
			input.FieldByIndex(f.index).Set(f.constant)
		case f.typ == objectType:
			input.FieldByIndex(f.index).Set(reflect.ValueOf(x.result.Objects[f.output]))
		default:
			text, err := x.result.Objects[f.output].JSON(x.Context())
			if err == nil {
				err = json.Unmarshal(text, input.FieldByIndex(f.index).Addr().Interface())
			}
			if err != nil {
				return fmt.Errorf("field %s, injected %s: %w", f.name, f.key, err)
			}
		}
	}
	return nil
}

func (e *goEndpoint) call(x *exchange, input reflect.Value) (any, error) {
	args := make([]reflect.Value, 0, 2+len(e.values))
	if e.context {
		args = append(args, reflect.ValueOf(x.Context()))
	}
	if e.input != nil {
		args = append(args, input)
	}
	results := e.fn.Call(append(args, e.values...))
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

// answer sends what a handler gave.
func (e *goEndpoint) answer(x *exchange, value any) error {
	reply := Reply{Status: http.StatusOK}
	switch v := value.(type) {
	case Reply:
		reply = v
	case *Reply:
		if v != nil {
			reply = *v
		}
	default:
		return x.answerJSON(http.StatusOK, value)
	}
	if reply.Status == 0 {
		reply.Status = http.StatusOK
	}
	if !validStatus(reply.Status) {
		return fmt.Errorf("status %d is no final HTTP status", reply.Status)
	}
	for name, lines := range reply.Header {
		for _, line := range lines {
			x.AddHeader(name, line)
		}
	}
	switch body := reply.Body.(type) {
	case nil:
		return x.Respond(reply.Status, "", nil)
	case []byte:
		contentType := reply.Header.Get("Content-Type")
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		return x.Respond(reply.Status, contentType, body)
	default:
		return x.answerJSON(reply.Status, body)
	}
}

func (x *exchange) answerJSON(status int, value any) error {
	text, err := encodeJSON(value)
	if err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return x.Respond(status, jsonType, text)
}

// compileGo makes the endpoint of a Go route.
func (r *running) compileGo(route *goRoute, fields []injected, home *pythonApp, pathNames []string) (endpoint, error) {
	e := &goEndpoint{goHandler: route.handler, wall: r.wall, values: route.deps, injected: fields, pathNames: pathNames, intake: r.intake()}
	if e.input != nil {
		var err error
		if e.binder, err = bind.CompileStruct(e.input, pathNames); err != nil {
			return nil, err
		}
		e.binder.SetLimits(r.limits())
		e.intake.takes(e.binder)
	}
	if home == nil {
		return e.serve, nil
	}
	spec := programSpec{name: e.name, outputs: goNeeds(route, fields)}
	var err error
	if e.python, err = home.program(spec); err != nil {
		return nil, err
	}
	e.intake.bytes = e.python.request
	return e.serve, nil
}
