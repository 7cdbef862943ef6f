package spikard

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// maker makes the value of one Python provider outside of a handler's program: a
// singleton, or what somebody asks for outside of requests.
type maker struct {
	callable pybridge.Callable
	role     *role
}

// makers has them by what they run.
type makers struct {
	mu   sync.Mutex
	made map[roleKey]*maker
}

var errNoRequest = errors.New("it asks for the request, and there is none")

// maker compiles the program of a provider, once.
func (a *pythonApp) maker(p *di.Provider) (*maker, error) {
	callable := p.Foreign.(foreign).callable
	key := roleKey{callable, kindOf(p)}
	a.makers.mu.Lock()
	defer a.makers.mu.Unlock()
	if m := a.makers.made[key]; m != nil {
		return m, nil
	}
	r := a.roles[key]
	m := &maker{role: r}
	program := pybridge.Program{Name: "provider " + p.Name, Outputs: []int{len(r.args)}, OnLoop: true}
	step := pybridge.Step{Kind: pybridge.StepProvide, Callable: callable}
	for i, arg := range r.args {
		if arg.kind == fromRequest {
			return nil, errNoRequest
		}
		program.Inputs = append(program.Inputs, pybridge.Input{Callable: callable, Param: i})
		step.Args = append(step.Args, i)
	}
	program.Steps = []pybridge.Step{step}
	var err error
	if m.callable, err = a.app.Compile(program); err != nil {
		return nil, err
	}
	a.makers.made[key] = m
	return m, nil
}

// kindOf is the part that a provider plays.
func kindOf(p *di.Provider) roleKind {
	if p.Lifetime == di.Singleton {
		return roleSingleton
	}
	return roleProvider
}

// makeValue makes the value of a Python provider: it is how the registry comes to
// those. deps are Go values and Python objects.
func (a *pythonApp) makeValue(ctx context.Context, p *di.Provider, deps []any) (any, func(error) error, error) {
	m, err := a.maker(p)
	if err != nil {
		return nil, nil, err
	}
	var w wire.Writer
	lent, err := a.writeNeeds(p, m, deps, &w)
	if err != nil {
		return nil, nil, err
	}
	result, err := m.callable.Call(ctx, w.Bytes(), pybridge.CallInfo{Go: lent})
	if err != nil {
		return nil, nil, err
	}
	if result.Outcome != pybridge.Values {
		defer result.Release()
		return nil, nil, raised(failureOf(&result))
	}
	end := func(failure error) error {
		defer result.Release()
		return raised(result.End(failure))
	}
	return result.Objects[0], end, nil
}

// writeNeeds writes the arguments of a provider.
func (a *pythonApp) writeNeeds(p *di.Provider, m *maker, deps []any, w *wire.Writer) (pybridge.GoScope, error) {
	lent := lentValues(deps)
	used := false
	for i, arg := range m.role.args {
		if arg.kind != fromNeed || deps[arg.need] == nil {
			w.Absent()
			continue
		}
		key := p.Needs[arg.need].Key
		over, err := a.borderOfValue(deps[arg.need], key, pybridge.Input{Callable: p.Foreign.(foreign).callable, Param: i})
		if err != nil {
			return nil, err
		}
		if p.Lifetime == di.Singleton || a.isSingleton(key, deps[arg.need]) {
			err = over.kept(deps[arg.need], w)
		} else {
			used = true
			err = over.live(deps[arg.need], arg.need, w)
		}
		if err != nil {
			return nil, err
		}
	}
	if !used {
		return nil, nil
	}
	return lent, nil
}

// borderOfValue is borderOf for a value that is there.
func (a *pythonApp) borderOfValue(value any, key di.Key, in pybridge.Input) (*border, error) {
	if _, ok := value.(pybridge.Object); ok {
		return &border{app: a, key: key, foreign: true, export: none}, nil
	}
	return a.border(reflect.TypeOf(value), key, di.Source{}, key, in)
}

func (a *pythonApp) isSingleton(key di.Key, value any) bool {
	kept, ok := a.registry.Value(key)
	return ok && reflect.ValueOf(kept).Comparable() && reflect.ValueOf(value).Comparable() && kept == value
}

// lentValues are Go values that Python knows by their numbers for the life of a
// call.
type lentValues []any

// Value gives one.
func (l lentValues) Value(n int) any { return l[n] }

// Build isn't called: such a program has no segments.
func (l lentValues) Build(context.Context, int, []pybridge.Object, *wire.Writer) error {
	return errors.ErrUnsupported
}

// Close isn't called either.
func (l lentValues) Close(context.Context, int, error) error { return errors.ErrUnsupported }

// raised shows an exception with its place and its traceback: outside of a
// request no log line does.
func raised(err error) error {
	var exception *pybridge.Exception
	if !errors.As(err, &exception) {
		return err
	}
	return &raisedError{exception}
}

// raisedError is an exception told in full.
type raisedError struct{ *pybridge.Exception }

func (e *raisedError) Error() string {
	text := e.Exception.Error()
	if e.File != "" {
		text += fmt.Sprintf(" (%s:%d)", e.File, e.Line)
	}
	if e.Traceback != "" {
		text += "\n" + e.Traceback
	}
	return text
}

func (e *raisedError) Unwrap() error { return e.Exception }
