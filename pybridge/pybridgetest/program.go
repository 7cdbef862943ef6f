package pybridgetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// program interprets a pybridge.Program.
type program struct {
	pybridge.Program
	app *loaded
}

// run is one call of a program.
type run struct {
	p       *program
	ctx     context.Context
	values  []any
	closers []func(error) error
}

// Call runs the program.
func (p *program) Call(ctx context.Context, in []byte, _ pybridge.CallInfo) (pybridge.Result, error) {
	if p.app.isClosed() {
		return pybridge.Result{}, pybridge.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return pybridge.Result{}, err
	}
	r := &run{p: p, ctx: ctx}
	if err := r.decode(in); err != nil {
		return pybridge.Result{}, fmt.Errorf("program %s: %w", p.Name, err)
	}
	answer, err := r.steps()
	var overload *pybridge.OverloadError
	if errors.As(err, &overload) {
		return pybridge.Result{}, overload
	}
	if p.Handler == nil && err == nil && answer == nil {
		return r.outputs(), nil
	}
	err = closeAll(r.closers, err)
	if err != nil {
		return failure(err), nil
	}
	return answered(answer), nil
}

// decode reads the inputs and refuses bytes that are left over.
func (r *run) decode(in []byte) error {
	for range r.p.Inputs {
		value, rest, err := wire.Decode(in)
		if err != nil {
			return err
		}
		in = rest
		r.values = append(r.values, r.p.app.seen(value))
	}
	if len(in) > 0 {
		return fmt.Errorf("%d bytes of input are left over", len(in))
	}
	return nil
}

// seen makes of a decoded value what Python code would see.
func (l *loaded) seen(value any) any {
	switch v := value.(type) {
	case wire.Handle:
		if v.Op == wire.GoValue {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.kept[v.ID]
		}
	case wire.ConvertValue:
		return l.seen(v.Value)
	case wire.RequestValue:
		return newRequest(v.Values)
	}
	return value
}

func newRequest(v [9]any) *Request {
	r := &Request{}
	for i, to := range []*string{&r.Method, &r.Path, &r.Query, nil, &r.Client, &r.Scheme, &r.Host} {
		if to != nil {
			*to, _ = v[i].(string)
		}
	}
	headers, _ := v[3].([]any)
	for _, h := range headers {
		text, _ := h.(string)
		r.Headers = append(r.Headers, text)
	}
	r.PathParams, _ = v[7].(map[string]any)
	r.Body, _ = v[8].([]byte)
	return r
}

// steps runs the steps, the handler and the on_response hooks. A nil answer
// means that there is no handler.
func (r *run) steps() (*Response, error) {
	var answer *Response
	for _, s := range r.p.Steps {
		value, err := r.provide(s)
		if err != nil {
			return nil, err
		}
		r.values = append(r.values, value)
		if response, ok := value.(*Response); ok && s.Kind == pybridge.StepHook {
			answer = response
			break
		}
	}
	if answer == nil {
		if r.p.Handler == nil {
			return nil, nil
		}
		value, err := r.call(*r.p.Handler, nil)
		if err == nil {
			answer, err = r.response(value)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, s := range r.p.OnResponse {
		value, err := r.call(s, answer)
		if err != nil {
			return nil, err
		}
		if changed, ok := value.(*Response); ok {
			answer = changed
		}
	}
	return answer, nil
}

// provide runs a step and keeps singletons.
func (r *run) provide(s pybridge.Step) (any, error) {
	l := r.p.app
	if s.Singleton {
		l.mu.Lock()
		value, made := l.singletons[s.Callable]
		l.mu.Unlock()
		if made {
			return value, nil
		}
	}
	value, err := r.call(s, nil)
	if err != nil {
		return nil, err
	}
	yield, isYield := value.(Yield)
	if isYield {
		value = yield.Value
	}
	if s.Singleton {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.singletons[s.Callable] = value
		if isYield {
			l.closers = append(l.closers, yield.Close)
		}
	} else if isYield {
		r.closers = append(r.closers, yield.Close)
	}
	return value, nil
}

func (r *run) call(s pybridge.Step, answer *Response) (any, error) {
	f := &r.p.app.app.funcs[s.Callable]
	args := make([]any, len(s.Args))
	for i, n := range s.Args {
		if n == pybridge.ResponseArg {
			args[i] = answer
			continue
		}
		args[i] = r.values[n]
		if _, absent := args[i].(wire.AbsentValue); absent {
			args[i] = f.Defaults[f.Params[i].Name]
		}
	}
	return f.Run(r.ctx, args)
}

func (r *run) response(value any) (*Response, error) {
	if response, ok := value.(*Response); ok {
		return response, nil
	}
	body, err := json.Marshal(value)
	if err != nil {
		return nil, &pybridge.Exception{Type: "builtins.TypeError", Message: err.Error(), Path: "$"}
	}
	status := r.p.StatusCode
	if status == 0 {
		status = http.StatusOK
	}
	return &Response{Status: status, ContentType: "application/json", Body: body}, nil
}

// outputs ends a program without a handler: its providers end with Release.
func (r *run) outputs() pybridge.Result {
	out := pybridge.Result{Outcome: pybridge.Values}
	for _, n := range r.p.Outputs {
		out.Objects = append(out.Objects, &object{value: r.values[n], app: r.p.app})
	}
	out.OnRelease(func() { _ = closeAll(r.closers, nil) })
	return out
}

func answered(a *Response) pybridge.Result {
	return pybridge.Result{
		Outcome: pybridge.Answered, Status: a.Status, ContentType: a.ContentType, Header: a.Header, Body: a.Body,
	}
}

func failure(err error) pybridge.Result {
	var problem *HTTPException
	var refusal *RefusedError
	var raised *pybridge.Exception
	switch {
	case errors.As(err, &problem):
		return pybridge.Result{
			Outcome: pybridge.Problem, Status: problem.Status, Detail: problem.Detail, Header: problem.Header,
		}
	case errors.As(err, &refusal):
		return pybridge.Result{Outcome: pybridge.Invalid, Body: []byte(refusal.Errors)}
	case errors.As(err, &raised):
		return pybridge.Result{Outcome: pybridge.Raised, Exception: raised}
	}
	return pybridge.Result{Outcome: pybridge.Raised, Exception: &pybridge.Exception{
		Type: "builtins.RuntimeError", Message: err.Error(), Traceback: "Traceback: " + err.Error(), File: "app.py", Line: 1,
	}}
}
