//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/spikard/api"
)

// app is a loaded app.
type app struct {
	interpreter *interpreter
	id          uintptr
	place       *place
	logger      *slog.Logger
	manifest    *pybridge.Manifest
	shim        shim.App
	loop        *loop // nil: the app has no asynchronous code

	users users // calls and results under way

	mu       sync.Mutex
	programs []shim.Program
	exported []pybridge.Exported
	kept     []keptValue

	closing sync.Mutex // one Close at a time
	freed   bool
}

var _ pybridge.App = (*app)(nil)

type loadRequest struct {
	Dir       string `json:"dir"`
	Module    string `json:"module"`
	Attribute string `json:"attribute"`
}

// load imports an app into the interpreter, which is up.
func load(target string, p *place, logger *slog.Logger) (pybridge.App, error) {
	a := &app{interpreter: &process, place: p, logger: logger}
	a.id = process.apps.add(a)
	request, err := json.Marshal(loadRequest{Dir: p.dir, Module: p.module, Attribute: p.attribute})
	if err != nil {
		panic(err) // strings have a JSON form
	}
	var manifest []byte
	exc := a.inside(func(f shim.Frame) bool {
		var ok bool
		a.shim, ok = shim.Load(a.id, string(request), f)
		manifest = append(manifest, f.Body()...)
		return ok
	})
	if exc != nil {
		process.apps.remove(a.id)
		p.discard()
		return nil, a.loadError(target, exc)
	}
	a.manifest, err = readManifest(manifest, p)
	if err == nil && hasAsync(a.manifest) {
		a.loop, err = newLoop(a)
	}
	if err != nil {
		a.free()
		return nil, &pybridge.LoadError{Target: target, Err: err}
	}
	return a, nil
}

func (a *app) loadError(target string, exc *pybridge.Exception) error {
	failed := &pybridge.LoadError{Target: target, Exception: exc, Hint: a.hint(exc)}
	if exc.File != "" && !a.isMissing(exc) {
		failed.Source = a.place.source(exc.File, exc.Line)
	}
	return failed
}

func (a *app) hint(exc *pybridge.Exception) string {
	if exc.Type == "ModuleNotFoundError" {
		if a.isMissing(exc) {
			return fmt.Sprintf("there is no %s.py in %s", a.place.module, a.place.dir)
		}
		i := a.interpreter.info()
		return fmt.Sprintf("install it for the python in use, %s (chosen by %s)", i.Executable, i.Origin)
	}
	return ""
}

// isMissing tells that it is the app's own module that was not found.
func (a *app) isMissing(exc *pybridge.Exception) bool {
	return exc.Type == "ModuleNotFoundError" && exc.Message == fmt.Sprintf("No module named '%s'", a.place.module)
}

func readManifest(text []byte, p *place) (*pybridge.Manifest, error) {
	m := new(pybridge.Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("read the app's manifest: %w", err)
	}
	if m.Version != pybridge.ManifestVersion {
		return nil, fmt.Errorf("the python package spikard in use writes manifest version %d, this program reads %d",
			m.Version, pybridge.ManifestVersion)
	}
	for i := range m.Callables {
		relocate(&m.Callables[i].Source, p)
	}
	for i := range m.Routes {
		relocate(&m.Routes[i].Source, p)
	}
	for i := range m.Providers {
		relocate(&m.Providers[i].Source, p)
	}
	for i := range m.Hooks {
		relocate(&m.Hooks[i].Source, p)
	}
	for i := range m.Faults {
		relocate(&m.Faults[i].Source, p)
	}
	for key, class := range m.Types {
		relocate(&class.Source, p)
		for i := range class.Methods {
			relocate(&class.Methods[i].Source, p)
		}
		m.Types[key] = class
	}
	return m, nil
}

func relocate(s *api.Source, p *place) { *s = p.source(s.File, s.Line) }

func hasAsync(m *pybridge.Manifest) bool {
	for i := range m.Callables {
		switch m.Callables[i].Kind {
		case pybridge.KindCoroutine, pybridge.KindAsyncGenerator:
			return true
		}
	}
	return false
}

// Manifest is what the app registered.
func (a *app) Manifest() *pybridge.Manifest { return a.manifest }

// inside runs a function of the shim that enters; what it reports as failed
// gives the exception.
func (a *app) inside(f func(shim.Frame) bool) *pybridge.Exception {
	c := a.interpreter.calls.get()
	defer a.interpreter.calls.put(c)
	b := &a.interpreter.baton
	c.app, c.ctx = a, context.Background()
	c.frame.SetTurn(b.enter())
	ok := f(c.frame)
	b.leave(c.frame.Turn())
	if ok {
		return nil
	}
	exc := failure(c.frame)
	a.place.plainException(exc)
	return exc
}

// keptValue is a Go value that Python may use until the app is closed.
type keptValue struct {
	export int
	value  any
}

// Export makes a Go type known.
func (a *app) Export(e pybridge.Exported) (int, error) {
	if !a.users.enter() {
		return 0, pybridge.ErrClosed
	}
	defer a.users.leave()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.exported = append(a.exported, e)
	return len(a.exported) - 1, nil
}

// Keep makes a Go value known.
func (a *app) Keep(export int, value any) (uint64, error) {
	if !a.users.enter() {
		return 0, pybridge.ErrClosed
	}
	defer a.users.leave()
	a.mu.Lock()
	defer a.mu.Unlock()
	handle := int64(-1)
	exc := a.inside(func(f shim.Frame) bool {
		handle = a.shim.Export(a.exported[export].Class, f)
		return handle >= 0
	})
	if exc != nil {
		return 0, fmt.Errorf("export a go value: %w", exc)
	}
	a.kept = append(a.kept, keptValue{export: export, value: value})
	return uint64(handle), nil
}

// Close waits for the calls under way, ends the loop and frees the app. When
// ctx ends first, tasks that can be left are dropped where they are. What
// can't be left, a call or a task that is still inside Python, keeps its app:
// then Close frees nothing, and may be called again.
func (a *app) Close(ctx context.Context) error {
	a.closing.Lock()
	defer a.closing.Unlock()
	if a.freed {
		return nil
	}
	if n := a.users.close(ctx); n > 0 {
		return fmt.Errorf("close python app: %d calls or their results are still in use: %w", n, ctx.Err())
	}
	var err error
	if a.loop != nil {
		if err = a.loop.close(ctx); errors.Is(err, errStuck) {
			return err
		}
	}
	a.free()
	a.freed = true
	return err
}

func (a *app) free() {
	b := &a.interpreter.baton
	turn := b.enter()
	for _, p := range a.programs {
		p.Free()
	}
	a.shim.Free()
	b.leave(turn)
	a.interpreter.apps.remove(a.id)
	a.place.discard()
}
