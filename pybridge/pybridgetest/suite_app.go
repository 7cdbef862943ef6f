package pybridgetest

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// suite makes engines.
type suite struct {
	newEngine func(testing.TB) pybridge.Engine
}

// patience is how long the suite waits for what must come.
const patience = 30 * time.Second

// value writes one wire value.
type value func(*wire.Writer)

// given are inputs by parameter name. Those that aren't named are absent.
type given map[string]value

// files are an app's files by name.
type files map[string]string

// running is a loaded app.
type running struct {
	t      testing.TB
	app    pybridge.App
	engine pybridge.Engine
	log    *logs
	dir    string

	mu       sync.Mutex // calls may be made from several goroutines
	programs map[string]*plan

	refusable bool // the programs have gates
}

// start starts an engine that is stopped with the test.
func (s *suite) start(t testing.TB) pybridge.Engine {
	t.Helper()
	engine := s.newEngine(t)
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// load runs an app from one file.
func (s *suite) load(t testing.TB, source string) *running {
	t.Helper()
	return s.loadFiles(t, s.start(t), files{"app.py": source})
}

func (s *suite) loadFiles(t testing.TB, engine pybridge.Engine, content files) *running {
	t.Helper()
	dir := writeFiles(t, content)
	sink := newLogs()
	app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app:app", Dir: dir, Logger: slog.New(sink)})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range app.Manifest().Faults {
		t.Errorf("%s: %s", fault.Source, fault.Message)
	}
	r := &running{
		t: t, app: app, engine: engine, log: sink, dir: dir,
		programs: map[string]*plan{},
	}
	t.Cleanup(func() { r.close() })
	return r
}

// close ends the app, as every test does for which that is not its subject.
func (r *running) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.app.Close(ctx); err != nil {
		r.t.Error(err)
	}
}

func writeFiles(t testing.TB, content files) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// plan is a compiled program and the names of its inputs.
type plan struct {
	callable pybridge.Callable
	params   []pybridge.Param
}

// input writes the values of a call.
func (p *plan) input(values given) []byte {
	var w wire.Writer
	left := maps.Clone(values)
	for _, param := range p.params {
		write, ok := values[param.Name]
		delete(left, param.Name)
		switch {
		case ok:
			write(&w)
		case param.In == pybridge.InRequest:
			aRequest(&w)
		case param.Name == refusalInput:
			w.Null()
		default:
			w.Absent()
		}
	}
	for name := range left {
		panic("there is no parameter " + name)
	}
	return w.Bytes()
}

// plan compiles a path's handler, once.
func (r *running) plan(path string) *plan {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.programs[path]; p != nil {
		return p
	}
	for _, route := range r.app.Manifest().Routes {
		if route.Path == path {
			b := newBuilder(r.app.Manifest())
			b.refusable = r.refusable
			r.programs[path] = r.compile(b, b.handler(route))
			return r.programs[path]
		}
	}
	r.t.Fatalf("there is no route %s", path)
	return nil
}

// bare compiles a path's handler without hooks.
func (r *running) bare(path string) *plan {
	r.t.Helper()
	for _, route := range r.app.Manifest().Routes {
		if route.Path == path {
			b := newBuilder(r.app.Manifest())
			return r.compile(b, b.bare(route))
		}
	}
	r.t.Fatalf("there is no route %s", path)
	return nil
}

func (r *running) compile(b *builder, p pybridge.Program) *plan {
	r.t.Helper()
	c, err := r.app.Compile(p)
	if err != nil {
		r.t.Fatal(err)
	}
	return &plan{callable: c, params: b.params}
}

// call runs a handler. The result is released with the test.
func (r *running) call(path string, values given) pybridge.Result {
	r.t.Helper()
	return r.callWith(context.Background(), path, values)
}

func (r *running) callWith(ctx context.Context, path string, values given) pybridge.Result {
	r.t.Helper()
	p := r.plan(path)
	result, err := p.callable.Call(ctx, p.input(values), pybridge.CallInfo{RequestID: "id-of" + path})
	if err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	return detach(result)
}

// detach copies what a result holds, and releases it.
func detach(result pybridge.Result) pybridge.Result {
	copied := result
	copied.Body = append([]byte{}, result.Body...)
	result.Release()
	copied.OnRelease(nil)
	copied.OnSent(nil)
	return copied
}

// answers checks that a handler answers with a body.
func (r *running) answers(path string, values given, want string) {
	r.t.Helper()
	result := r.call(path, values)
	if result.Outcome != pybridge.Answered {
		r.t.Errorf("%s: outcome %d, exception %v\n%s", path, result.Outcome, result.Exception, traceback(result))
		return
	}
	if got := string(result.Body); got != want {
		r.t.Errorf("%s: got %s, want %s", path, got, want)
	}
}

// raises checks that a handler raises, and gives what.
func (r *running) raises(path string, values given, wantType string) *pybridge.Exception {
	r.t.Helper()
	result := r.call(path, values)
	if result.Outcome != pybridge.Raised || result.Exception == nil {
		r.t.Fatalf("%s: outcome %d with %s, want a %s", path, result.Outcome, result.Body, wantType)
	}
	if result.Exception.Type != wantType {
		r.t.Errorf("%s: raised %v, want a %s", path, result.Exception, wantType)
	}
	return result.Exception
}

func traceback(result pybridge.Result) string {
	if result.Exception == nil {
		return ""
	}
	return result.Exception.Traceback
}

func aRequest(w *wire.Writer) { requestNamed("é")(w) }

// requestNamed is a request with a header X-Name.
func requestNamed(name string) value {
	return func(w *wire.Writer) { writeRequest(w, name) }
}

func writeRequest(w *wire.Writer, name string) {
	w.Request()
	w.Str("GET")
	w.Str("/a/b")
	w.Str("q=1&q=2")
	w.List(4)
	w.Str("Accept")
	w.Str("*/*")
	w.Str("X-Name")
	w.Str(name)
	w.Str("192.0.2.1:5")
	w.Str("https")
	w.Str("example.org")
	w.Dict(1)
	w.Str("name")
	w.Str("b")
	w.Raw([]byte("{\"a\":[1,null]}"))
	w.Dict(1)
	w.Str("tenant")
	w.Str("acme")
}
