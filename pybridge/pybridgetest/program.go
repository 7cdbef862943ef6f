package pybridgetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/internal/places"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// program interprets a pybridge.Program.
type program struct {
	pybridge.Program
	app    *loaded
	places *places.Places // nil: nothing bounds its calls
}

// run is one call of a program.
type run struct {
	p       *program
	ctx     context.Context
	ticket  *ticket
	values  []any
	closers []func(error) error
	lent    []uint64         // objects of the result
	failed  error            // what was answered by a hook or a handler of errors
	channel pybridge.Channel // nil: the call can't talk with its client
}

// Call runs the program.
func (p *program) Call(ctx context.Context, in []byte, info pybridge.CallInfo) (pybridge.Result, error) {
	if p.app.isClosed() {
		return pybridge.Result{}, pybridge.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return pybridge.Result{}, err
	}
	if p.places != nil {
		if err := p.places.Enter(ctx); err != nil {
			return pybridge.Result{}, err
		}
		defer p.places.Leave()
	}
	ctx = context.WithValue(ctx, channelKey{}, info.Channel)
	r := &run{p: p, ctx: context.WithValue(ctx, loadedKey{}, p.app), ticket: &ticket{scope: info.Go}, channel: info.Channel}
	values, err := p.app.decode(in, len(p.Inputs), r.ticket)
	if err != nil {
		return pybridge.Result{}, fmt.Errorf("program %s: %w", p.Name, err)
	}
	r.values = values
	result, err := r.result()
	if err != nil {
		r.ticket.over.Store(true)
		return pybridge.Result{}, err
	}
	result.OnRelease(r.release)
	return result, nil
}

// Start runs the program on a goroutine of its own.
func (p *program) Start(ctx context.Context, in []byte, info pybridge.CallInfo, done func(pybridge.Result, error)) {
	in = slices.Clone(in)
	go func() { done(p.Call(ctx, in, info)) }()
}

func (r *run) result() (pybridge.Result, error) {
	answer, err := r.steps()
	if r.p.Handler == nil && err == nil && answer == nil {
		return r.outputs(), nil
	}
	if err == nil && answer.Parts != nil {
		err = r.send(answer)
	}
	// What was answered in the place of a failure is still one to the clean-up.
	failed := r.failed
	if failed == nil {
		failed = err
	}
	if end := closeAll(r.closers, failed); end != failed { //nolint:errorlint // one that wraps it is another
		err = end
	}
	r.closers = nil
	var overload *pybridge.OverloadError
	if errors.As(err, &overload) {
		return pybridge.Result{}, overload
	}
	if err != nil {
		return failure(err), nil
	}
	result := answered(answer)
	if answer.Background != nil && result.Outcome == pybridge.Answered {
		result.OnSent(r.p.app.later(answer))
	}
	return result, nil
}

// release ends what End has not.
func (r *run) release() {
	_ = r.end(nil) // a real engine logs it
	r.ticket.over.Store(true)
}

// end is Result.End.
func (r *run) end(failure error) error {
	r.p.app.objects.takeBack(r.lent...)
	closers := r.closers
	r.closers, r.lent = nil, nil
	if failure != nil {
		failure = goError(failure)
	}
	if err := closeAll(closers, failure); err != failure { //nolint:errorlint // one that wraps it is another
		return raised(err)
	}
	return nil
}

// closeAll runs clean-ups in reverse order. The first that fails is the failure
// of those after it; it gives the failure there is at the end.
func closeAll(closers []func(error) error, failure error) error {
	for i := len(closers) - 1; i >= 0; i-- {
		if err := closers[i](failure); err != nil {
			failure = err
		}
	}
	return failure
}

// decode reads n wire values as Python code would see them, and refuses bytes that
// are left over. Go values of a call are found by its ticket.
func (l *loaded) decode(in []byte, n int, t *ticket) ([]any, error) {
	out := make([]any, 0, n)
	for range n {
		value, rest, err := wire.Decode(in)
		if err == nil {
			value, err = l.seen(value, t)
		}
		if err != nil {
			return nil, err
		}
		in = rest
		out = append(out, value)
	}
	if len(in) > 0 {
		return nil, fmt.Errorf("%d bytes are left over after %d wire values", len(in), n)
	}
	return out, nil
}

// seen makes of a decoded value what Python code would see.
func (l *loaded) seen(value any, t *ticket) (any, error) {
	switch v := value.(type) {
	case wire.Handle:
		if v.Op == wire.PyObject {
			return l.objects.get(v.ID)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.kept[v.ID], nil
	case wire.InstanceValue:
		if t == nil || t.scope == nil {
			return nil, errors.New("a Go value of the call, and CallInfo.Go is nil")
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return &Proxy{app: l, export: l.exported[v.Export], ticket: t, number: v.Number}, nil
	case wire.ConvertValue:
		return l.seen(v.Value, t)
	case wire.RequestValue:
		return newRequest(v.Values), nil
	}
	return value, nil
}

func newRequest(v [10]any) *Request {
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
	r.State, _ = v[9].(map[string]any)
	return r
}

// steps runs the steps, the handler and the hooks behind it. A nil answer means
// that there is no handler.
func (r *run) steps() (*Response, error) {
	answer, err := r.handled()
	if err != nil {
		if answer, err = r.rescued(err); err != nil {
			return nil, err
		}
	}
	if answer == nil {
		return nil, nil
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
	if answer.failure != nil {
		return nil, answer.failure.with(answer.Header)
	}
	return answer, nil
}

// handled gives the handler's answer, or that of what came before it.
func (r *run) handled() (*Response, error) {
	answer, err := r.provide()
	if err != nil || answer != nil || r.p.Handler == nil {
		return answer, err
	}
	value, err := r.call(*r.p.Handler, nil)
	if err != nil {
		return nil, err
	}
	return r.response(value)
}

// provide runs the providers, hooks and gates. It gives the answer of a hook or of
// a refusal, if there is one.
func (r *run) provide() (*Response, error) {
	for _, s := range r.p.Steps {
		switch s.Kind {
		case pybridge.StepGo:
			if err := r.build(s); err != nil {
				return nil, err
			}
			continue
		case pybridge.StepGate:
			if refusal, ok := r.values[r.p.Refusal-1].([]any); ok && refusal[0].(int64) <= int64(s.Callable) {
				return r.refused(refusal)
			}
			continue
		}
		value, err := r.call(s, nil)
		if err != nil {
			return nil, err
		}
		if response, ok := value.(*Response); ok && s.Kind == pybridge.StepHook {
			return response, nil
		}
		if yield, ok := value.(Yield); ok {
			value = yield.Value
			r.closers = append(r.closers, yield.Close)
		}
		r.values = append(r.values, value)
	}
	return nil, nil
}

// build has Go build a segment; its clean-up takes its turn among the others.
func (r *run) build(s pybridge.Step) error {
	scope := r.ticket.scope
	if scope == nil {
		return errors.New("a step of Go's, and CallInfo.Go is nil")
	}
	var args []any
	for _, n := range s.Args {
		args = append(args, r.values[n])
	}
	objects, lent := r.p.app.lend(args)
	var out wire.Writer
	if err := scope.Build(r.ctx, s.Callable, objects, &out); err != nil {
		r.p.app.objects.takeBack(lent...)
		return goError(err)
	}
	r.closers = append(r.closers, func(failure error) error {
		defer r.p.app.objects.takeBack(lent...)
		if failure != nil {
			failure = raised(failure)
		}
		err := scope.Close(r.ctx, s.Callable, failure)
		if err == nil || errors.Is(failure, err) {
			return nil
		}
		return goError(err)
	})
	values, err := r.p.app.decode(out.Bytes(), s.Results, r.ticket)
	if err != nil {
		return fmt.Errorf("segment %d of Go: %w", s.Callable, err)
	}
	r.values = append(r.values, values...)
	return nil
}

func (r *run) call(s pybridge.Step, subject any) (any, error) {
	f := &r.p.app.app.funcs[s.Callable]
	args := make([]any, len(s.Args))
	for i, n := range s.Args {
		if n < 0 {
			args[i] = subject
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
		return nil, notJSON(err)
	}
	status := r.p.StatusCode
	if status == 0 {
		status = http.StatusOK
	}
	return &Response{Status: status, ContentType: "application/json", Body: body}, nil
}

// outputs is the result of a program without a handler: its providers end with
// it.
func (r *run) outputs() pybridge.Result {
	var values []any
	for _, n := range r.p.Outputs {
		values = append(values, r.values[n])
	}
	out := pybridge.Result{Outcome: pybridge.Values}
	out.Objects, r.lent = r.p.app.lend(values)
	out.OnEnd(r.end)
	return out
}

func answered(a *Response) pybridge.Result {
	r := pybridge.Result{
		Outcome: pybridge.Answered, Status: a.Status, ContentType: a.ContentType, Header: a.Header, Body: a.Body,
	}
	switch {
	case a.Parts != nil:
		r = pybridge.Result{Outcome: pybridge.Streamed}
	case a.File != "":
		r.Outcome, r.Body = pybridge.File, []byte(a.File)
	case a.refusal:
		r = pybridge.Result{Outcome: pybridge.Refused, Header: a.Header}
	}
	return r
}

func failure(err error) pybridge.Result {
	var problem *HTTPException
	var refusal *RefusedError
	var left *leftError
	switch {
	case errors.As(err, &left):
		result := failure(left.error)
		result.Header = left.header
		return result
	case errors.As(err, &problem):
		return pybridge.Result{
			Outcome: pybridge.Problem, Status: problem.Status, Detail: problem.Detail, Header: problem.Header,
		}
	case errors.As(err, &refusal):
		return pybridge.Result{Outcome: pybridge.Invalid, Body: []byte(refusal.Errors)}
	}
	return pybridge.Result{Outcome: pybridge.Raised, Exception: raised(err)}
}

// raised is what a function gave as its error, as an exception.
func raised(err error) *pybridge.Exception {
	var exc *pybridge.Exception
	var problem *HTTPException
	switch {
	case errors.As(err, &exc):
		return exc
	case errors.As(err, &problem):
		return &pybridge.Exception{
			Type: "spikard._exceptions.HTTPException", Message: fmt.Sprintf("%d: %s", problem.Status, problem.Detail),
		}
	}
	return &pybridge.Exception{
		Type: "builtins.RuntimeError", Message: err.Error(), Traceback: "Traceback: " + err.Error(), File: "app.py", Line: 1,
	}
}
