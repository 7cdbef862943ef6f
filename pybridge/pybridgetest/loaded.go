package pybridgetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// loaded is an app between Load and Close.
type loaded struct {
	engine *Engine
	app    *App

	mu         sync.Mutex
	closed     bool
	singletons map[int]any
	closers    []func(error) error
	exported   []pybridge.Exported
	kept       []*Proxy
}

func (l *loaded) Manifest() *pybridge.Manifest { return &l.app.manifest }

// Compile checks the numbers of a program, as a real engine does.
func (l *loaded) Compile(p pybridge.Program) (pybridge.Callable, error) {
	known := len(p.Inputs)
	steps := append([]pybridge.Step{}, p.Steps...)
	if p.Handler != nil {
		steps = append(steps, *p.Handler)
	}
	for i, s := range steps {
		if err := l.check(s, known+i); err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	for _, s := range p.OnResponse {
		if err := l.check(s, known+len(p.Steps)); err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	return &program{Program: p, app: l}, nil
}

func (l *loaded) check(s pybridge.Step, known int) error {
	if s.Callable < 0 || s.Callable >= len(l.app.funcs) {
		return fmt.Errorf("there is no callable %d", s.Callable)
	}
	if got, want := len(s.Args), len(l.app.funcs[s.Callable].Params); got != want {
		return fmt.Errorf("%s is given %d arguments and has %d parameters", l.app.funcs[s.Callable].Name, got, want)
	}
	for _, arg := range s.Args {
		if arg >= known || arg < pybridge.ResponseArg {
			return fmt.Errorf("%s: value %d is not there yet", l.app.funcs[s.Callable].Name, arg)
		}
	}
	return nil
}

func (l *loaded) Export(e pybridge.Exported) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exported = append(l.exported, e)
	return len(l.exported) - 1, nil
}

func (l *loaded) Keep(export int, value any) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, &Proxy{app: l, export: l.exported[export], value: value})
	return uint64(len(l.kept) - 1), nil
}

func (l *loaded) Close(context.Context) error {
	l.mu.Lock()
	closers := l.closers
	l.closed, l.closers = true, nil
	l.mu.Unlock()
	l.engine.mu.Lock()
	l.engine.open--
	l.engine.mu.Unlock()
	return closeAll(closers, nil)
}

func (l *loaded) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// closeAll runs clean-ups in reverse order; the first that fails is the
// failure of those after it.
func closeAll(closers []func(error) error, failure error) error {
	for i := len(closers) - 1; i >= 0; i-- {
		if err := closers[i](failure); err != nil {
			failure = err
		}
	}
	return failure
}

// Proxy is a Go value as Python code sees it.
type Proxy struct {
	app    *loaded
	export pybridge.Exported
	value  any
}

// Call calls a method by its Python name.
func (p *Proxy) Call(ctx context.Context, method string, args ...any) (any, error) {
	number := -1
	for _, class := range p.app.app.manifest.Types {
		if class.Index != p.export.Class {
			continue
		}
		for i, m := range class.Methods {
			if m.Name == method {
				number = i
			}
		}
	}
	if number < 0 {
		return nil, fmt.Errorf("AttributeError: %s", method)
	}
	if args == nil {
		args = []any{}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	var out wire.Writer
	if err := p.export.Methods[number](ctx, p.value, text, &out); err != nil {
		return nil, err
	}
	value, _, err := wire.Decode(out.Bytes())
	return value, err
}

// object is a value that Go holds.
type object struct {
	value any
	app   *loaded
}

func (o *object) Handle() uint64                       { return 0 }
func (o *object) JSON(context.Context) ([]byte, error) { return json.Marshal(o.value) }
func (o *object) TypeKey() string                      { return fmt.Sprintf("__type__%T", o.value) }
func (o *object) Release()                             {}

func (o *object) Attr(context.Context, string) (pybridge.Object, error) {
	return nil, errors.ErrUnsupported
}

func (o *object) Call(context.Context, string, ...any) (pybridge.Object, error) {
	return nil, errors.ErrUnsupported
}

func (o *object) Keep(context.Context) (pybridge.Object, error) { return o, nil }
