package pybridgetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/internal/places"
)

// loaded is an app between Load and Close.
type loaded struct {
	engine  *Engine
	app     *App
	host    pybridge.Host
	objects objects
	pool    places.Pool // who waits is counted there

	background background

	mu       sync.Mutex
	closed   bool
	exported []pybridge.Exported
	kept     []*Proxy
}

func (l *loaded) Manifest() *pybridge.Manifest { return &l.app.manifest }

// Compile checks the numbers of a program, as a real engine does.
func (l *loaded) Compile(p pybridge.Program) (pybridge.Callable, error) {
	known := len(p.Inputs)
	for _, s := range p.Steps {
		if err := l.check(s, known); err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
		known += results(s)
	}
	last := slices.Concat(p.OnResponse, p.OnError, p.ErrorHandlers)
	if p.Handler != nil {
		last = append(last, *p.Handler)
	}
	for _, s := range last {
		if err := l.check(s, known); err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	for _, n := range p.Outputs {
		if n < 0 || n >= known {
			return nil, fmt.Errorf("program %s: output %d: there is no such value", p.Name, n)
		}
	}
	out := &program{Program: p, app: l}
	if p.Threads > 0 {
		out.places = places.Own(&l.pool, p.Threads, p.Queue)
	}
	return out, nil
}

// results is how many values a step makes.
func results(s pybridge.Step) int {
	switch s.Kind {
	case pybridge.StepGo:
		return s.Results
	case pybridge.StepGate:
		return 0
	}
	return 1
}

func (l *loaded) check(s pybridge.Step, known int) error {
	name := fmt.Sprintf("segment %d of Go", s.Callable)
	if s.Kind != pybridge.StepGo && s.Kind != pybridge.StepGate {
		if s.Callable < 0 || s.Callable >= len(l.app.funcs) {
			return fmt.Errorf("there is no callable %d", s.Callable)
		}
		name = l.app.funcs[s.Callable].Name
		if got, want := len(s.Args), len(l.app.funcs[s.Callable].Params); got != want {
			return fmt.Errorf("%s is given %d arguments and has %d parameters", name, got, want)
		}
	}
	for _, arg := range s.Args {
		if arg >= known || arg < pybridge.ErrorArg {
			return fmt.Errorf("%s: value %d is not there yet", name, arg)
		}
	}
	return nil
}

func (l *loaded) Export(e pybridge.Exported) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, pybridge.ErrClosed
	}
	l.exported = append(l.exported, e)
	return len(l.exported) - 1, nil
}

func (l *loaded) Keep(export int, value any) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, pybridge.ErrClosed
	}
	l.kept = append(l.kept, &Proxy{app: l, export: l.exported[export], kept: value})
	return uint64(len(l.kept) - 1), nil
}

func (l *loaded) Close(context.Context) error {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	if first {
		l.engine.mu.Lock()
		l.engine.open--
		l.engine.mu.Unlock()
	}
	return nil
}

func (l *loaded) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}
