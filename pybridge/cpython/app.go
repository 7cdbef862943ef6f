//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

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
	host        pybridge.Host // nil: Go has nothing for app.scope()
	manifest    *pybridge.Manifest
	shim        shim.App
	loop        *loop // nil: the app has no asynchronous code

	observer atomic.Pointer[pybridge.Observer] // nil: nobody is told

	users      users      // calls and results under way
	operations operations // what Python awaits of Go
	background background // what runs beside requests

	mu       sync.Mutex
	programs []shim.Program
	lanes    []*lane
	exported []pybridge.Exported
	kept     []keptValue

	loaded atomic.Bool // all above is there

	closing sync.Mutex // one Close at a time
	freed   bool
}

var _ pybridge.App = (*app)(nil)

type loadRequest struct {
	Dir       string `json:"dir"`
	Module    string `json:"module"`
	Attribute string `json:"attribute"`
	Host      bool   `json:"host"`
}

// load imports an app into the interpreter, which is up.
func load(spec pybridge.AppSpec, p *place, logger *slog.Logger) (pybridge.App, error) {
	a := &app{interpreter: &process, place: p, logger: logger, host: spec.Host}
	a.id = process.apps.add(a)
	request, err := json.Marshal(loadRequest{
		Dir: p.dir, Module: p.module, Attribute: p.attribute, Host: spec.Host != nil,
	})
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
		return nil, a.loadError(spec.Target, exc)
	}
	a.manifest, err = readManifest(manifest, p)
	if err == nil && a.shim.HasLoop() {
		a.loop, err = newLoop(a)
	}
	if err != nil {
		a.free()
		return nil, &pybridge.LoadError{Target: spec.Target, Err: err}
	}
	a.loaded.Store(true)
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
	for i := range m.Jobs {
		relocate(&m.Jobs[i].Source, p)
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

// Manifest is what the app registered.
func (a *app) Manifest() *pybridge.Manifest { return a.manifest }

// inside runs a function of the shim that enters; what it reports as failed
// gives the exception.
func (a *app) inside(f func(shim.Frame) bool) *pybridge.Exception {
	c := a.interpreter.calls.get()
	defer a.interpreter.calls.put(c)
	b := &a.interpreter.baton
	c.app, c.ctx = a, context.Background()
	c.frame.SetTurn(b.enter(0))
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
	export, err := a.number("export a Go type", func(f shim.Frame) int64 { return a.shim.Export(e.Class, f) })
	if err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.exported = put(a.exported, export, e)
	return export, nil
}

// Keep makes a Go value known.
func (a *app) Keep(export int, value any) (uint64, error) {
	handle, err := a.number("keep a Go value", func(f shim.Frame) int64 { return a.shim.Keep(export, f) })
	if err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = put(a.kept, handle, keptValue{export: export, value: value})
	return uint64(handle), nil
}

// number runs a function of the shim that gives a number, or fails with -1.
func (a *app) number(what string, f func(shim.Frame) int64) (int, error) {
	if !a.users.enter() {
		return 0, pybridge.ErrClosed
	}
	defer a.users.leave()
	number := int64(-1)
	exc := a.inside(func(frame shim.Frame) bool {
		number = f(frame)
		return number >= 0
	})
	if exc != nil {
		return 0, fmt.Errorf("%s: %w", what, exc)
	}
	return int(number), nil
}

// put sets the item with that index. Python gives the numbers, and two
// goroutines may come back from it in either order.
func put[T any](list []T, i int, item T) []T {
	if missing := i + 1 - len(list); missing > 0 {
		list = append(list, make([]T, missing)...)
	}
	list[i] = item
	return list
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
	a.sendAway()
	if n := a.users.close(ctx); n > 0 {
		return fmt.Errorf("close python app: %d calls or their results are still in use: %w", n, ctx.Err())
	}
	var err error
	if a.loop != nil {
		if err = a.loop.close(ctx); errors.Is(err, errStuck) {
			return err
		}
	}
	if n := a.closeOperations(ctx); n > 0 {
		return errors.Join(err, fmt.Errorf("close python app: %d methods of Go values that python code awaited "+
			"are still running, past the end of their context", n))
	}
	a.endScopes()
	a.free()
	a.freed = true
	return err
}

// sendAway refuses the calls that wait for a place, and all that come.
func (a *app) sendAway() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, lane := range a.lanes {
		lane.places.Close(pybridge.ErrClosed)
	}
}

// closeOperations waits for the goroutines that answer Python, a moment even if
// ctx has ended: their contexts are cancelled only now.
func (a *app) closeOperations(ctx context.Context) int {
	if n := a.operations.close(ctx); n == 0 {
		return 0
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stuckGrace)
	defer cancel()
	return a.operations.close(grace)
}

func (a *app) free() {
	b := &a.interpreter.baton
	turn := b.enter(0)
	if a.loop != nil {
		a.loop.forget()
	}
	for _, p := range a.programs {
		p.Free()
	}
	left := a.shim.Free()
	b.leave(turn)
	for _, lane := range a.lanes {
		b.lanes.remove(lane)
	}
	if left > 0 {
		a.logger.Warn("python objects that Go has kept were not released before the app was closed", "objects", left)
	}
	a.interpreter.apps.remove(a.id)
	a.place.discard()
}
