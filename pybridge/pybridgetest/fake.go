package pybridgetest

import (
	"context"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// Engine is a fake engine: it runs apps that are written in Go and described
// by manifests, by the same programs and wire values as a real one. It shows
// what the Go half of a server does, with no Python anywhere.
//
// # Concurrency
//
// Apps must be added before the engine is started; all else may be called from
// any goroutine.
type Engine struct {
	// StartError, if set, is what Start returns.
	StartError error

	apps map[string]*App

	mu      sync.Mutex
	started int
	open    int
	loaded  []*loaded
}

var _ pybridge.Engine = (*Engine)(nil)

// New gives an engine without apps.
func New() *Engine { return &Engine{apps: map[string]*App{}} }

// App adds an app under the target by which it is loaded, as "app:app".
func (e *Engine) App(target string) *App {
	a := &App{target: target, manifest: pybridge.Manifest{
		Version: pybridge.ManifestVersion, Module: target, Types: map[string]pybridge.Class{},
	}}
	e.apps[target] = a
	return a
}

// Start counts the starts.
func (e *Engine) Start(context.Context) error {
	if e.StartError != nil {
		return e.StartError
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started++
	return nil
}

// Info is that of a fake.
func (e *Engine) Info() pybridge.Info {
	return pybridge.Info{Version: "3.14.0", Executable: "fake", Origin: "pybridgetest"}
}

// Load gives the app of the target.
func (e *Engine) Load(_ context.Context, spec pybridge.AppSpec) (pybridge.App, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started == 0 {
		return nil, pybridge.ErrNotStarted
	}
	a, ok := e.apps[spec.Target]
	if !ok {
		return nil, &pybridge.LoadError{
			Target: spec.Target, Source: api.Source{File: "app.py", Line: 1},
			Exception: &pybridge.Exception{Type: "ModuleNotFoundError", Message: "No module named " + spec.Target},
		}
	}
	if a.LoadError != nil {
		return nil, a.LoadError
	}
	e.open++
	l := &loaded{engine: e, app: a, host: spec.Host}
	e.loaded = append(e.loaded, l)
	return l, nil
}

// Stop counts the stops.
func (e *Engine) Stop(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started--
	return nil
}

// Running is how many starts haven't been stopped, and how many apps are open:
// both are 0 when everything was undone.
func (e *Engine) Running() (engines, apps int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.started, e.open
}

// Held is how many Python objects Go holds: those of results that were not
// released, and those of its own. It is 0 when everything was given back.
func (e *Engine) Held() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, l := range e.loaded {
		n += l.objects.count()
	}
	return n
}
