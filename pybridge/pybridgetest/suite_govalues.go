package pybridgetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const goValuesApp = `
import asyncio, threading
from spikard import GoError, Spikard
app = Spikard()

class Store:
    def __init__(self, needed): raise RuntimeError("never called")
    def get(self, id: int, kind: str = "book", *, tags: list[str] | None = None) -> dict: ...
    def fail(self): ...
    def panic(self): ...
    def again(self, path: str): ...
    def wait(self): ...

kept = []

@app.get("/get")
def get(v: str):
    assert isinstance(v, Store), type(v)
    return [v.get(1), v.get(id=2, kind="é", tags=["a"]), repr(v)]

@app.get("/errors")
def errors(v: str):
    out = []
    for method in (v.fail, v.panic):
        try:
            method()
        except GoError as exc:
            out.append(str(exc))
    try:
        v.get()
    except TypeError as exc:
        out.append(str(exc))
    try:
        v.get(object())
    except TypeError as exc:
        out.append("JSON" in str(exc))
    return out

@app.get("/uncaught")
def uncaught(v: str):
    v.fail()

@app.get("/thread")
def thread(v: str):
    out = []
    threads = [threading.Thread(target=lambda: out.append(v.get(n)["id"])) for n in range(4)]
    for n, t in enumerate(threads):
        t.start()
    for t in threads:
        t.join()
    return len(out)

@app.get("/again")
def again(v: str, path: str):
    return v.again(path)

@app.get("/inner")
def inner(v: str = ""):
    return "inner"

@app.get("/inner-async")
async def inner_async():
    return "inner async"

@app.get("/again-async")
async def again_async(v: str, path: str):
    try:
        return v.again(path)
    except GoError as exc:
        return str(exc)

@app.get("/again-suspending")
async def again_suspending(v: str, path: str):
    await asyncio.sleep(0)
    try:
        return v.again(path)
    except GoError as exc:
        return str(exc)

@app.get("/keep")
def keep(v: str):
    kept.append(v)
    def late():
        for _ in range(2):
            try:
                v.wait()
            except RuntimeError as exc:
                print_to.append(str(exc))
    threading.Thread(target=late, daemon=True).start()

import builtins
print_to = builtins.__dict__.setdefault("spikard_suite_late", [])
`

type contextKey struct{}

// store is the Go value, in the order of the class' methods.
func (r *running) store(entered chan<- struct{}, release <-chan struct{}) uint64 {
	r.t.Helper()
	byName := methods{
		"get": func(_ context.Context, _ any, args []byte, out *wire.Writer) error {
			out.Dict(2)
			out.Str("id")
			out.Str(string(args))
			out.Str("big")
			out.BigInt("123456789012345678901")
			return nil
		},
		"fail":  func(context.Context, any, []byte, *wire.Writer) error { return errors.New("no such böök") },
		"panic": func(context.Context, any, []byte, *wire.Writer) error { panic("in go") },
		"again": func(ctx context.Context, _ any, args []byte, out *wire.Writer) error {
			if ctx.Value(contextKey{}) == nil && strings.Contains(string(args), "inner\"") {
				return errors.New("the request's context did not arrive")
			}
			p := r.plan(strings.Trim(string(args), `[]"`))
			result, err := p.callable.Call(ctx, p.input(nil), pybridge.CallInfo{})
			if err != nil {
				return err
			}
			defer result.Release()
			out.Str(string(result.Body))
			return nil
		},
		"wait": func(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
			entered <- struct{}{}
			<-release
			out.Null()
			return nil
		},
	}
	handle, err := r.app.Keep(r.export("Store", byName), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return handle
}

// methods are those of a Go type by their names in Python.
type methods map[string]pybridge.GoMethod

// export exports a Go type as a class of the app's.
func (r *running) export(name string, byName methods) int {
	r.t.Helper()
	class := r.app.Manifest().Types["__type__app."+name]
	value := pybridge.Exported{Class: class.Index}
	for _, m := range class.Methods {
		if byName[m.Name] == nil {
			r.t.Fatalf("the test has no method %s", m.Name)
		}
		value.Methods = append(value.Methods, byName[m.Name])
	}
	export, err := r.app.Export(value)
	if err != nil {
		r.t.Fatal(err)
	}
	return export
}

// storeClass has the class described: it is known to the manifest because a
// handler names it.
const storeClass = `
@app.get("/named")
def named(store: Store):
    return None
`

func goValue(handle uint64) value {
	return func(w *wire.Writer) { w.GoValue(handle) }
}

func testGoValues(t *testing.T, s *suite) {
	r := s.load(t, goValuesApp+storeClass)
	v := goValue(r.store(nil, nil))
	r.answers("/get", given{"v": v}, `[{"id":"[1,\"book\",null]","big":123456789012345678901},`+
		`{"id":"[2,\"é\",[\"a\"]]","big":123456789012345678901},"<Store from Go>"]`)
	r.answers("/errors", given{"v": v}, `["no such böök","panic in go code: in go",`+
		`"missing a required argument: 'id'",true]`)
	if _, ok := r.log.find("go code called from python panicked"); !ok {
		t.Errorf("a panic was not logged: %v", r.log.messages())
	}
	exc := r.raises("/uncaught", given{"v": v}, "spikard._exceptions.GoError")
	if exc.Message != "no such böök" || !strings.HasSuffix(exc.File, "app.py") {
		t.Errorf("got %v at %s", exc, exc.File)
	}
	r.answers("/thread", given{"v": v}, `4`)
	r.plan("/inner")
	ctx := context.WithValue(t.Context(), contextKey{}, "here")
	got := r.callWith(ctx, "/again", given{"v": v, "path": str("/inner")})
	if string(got.Body) != `"\"inner\""` {
		t.Errorf("python from go from python: %s, %v", got.Body, got.Exception)
	}
}

// Asynchronous code that a Go method would have to wait for can't run while
// its loop waits for the method: that is an error and not a deadlock.
func testGoValuesFromAsync(t *testing.T, s *suite) {
	r := s.load(t, goValuesApp+storeClass)
	v := goValue(r.store(nil, nil))
	for _, path := range []string{"/inner", "/inner-async", "/again-suspending"} {
		r.plan(path)
	}
	ctx := context.WithValue(t.Context(), contextKey{}, "here")
	for _, from := range []string{"/again", "/again-async"} {
		got := r.callWith(ctx, from, given{"v": v, "path": str("/inner")})
		if string(got.Body) != `"\"inner\""` {
			t.Errorf("%s: %s, %v", from, got.Body, got.Exception)
		}
	}
	got := r.callWith(ctx, "/again", given{"v": v, "path": str("/inner-async")})
	if string(got.Body) != `"\"inner async\""` {
		t.Errorf("%s, %v", got.Body, got.Exception)
	}
	for _, from := range []string{"/again-async", "/again-suspending"} {
		for _, to := range []string{"/inner-async", "/again-suspending"} {
			got := r.callWith(ctx, from, given{"v": v, "path": str(to)})
			if !strings.Contains(string(got.Body), "asynchronous python code can't be called") {
				t.Errorf("%s to %s: %s, %v", from, to, got.Body, got.Exception)
			}
		}
	}
}

// A thread that Python started may be in a Go method when its app is closed,
// and may call another one after that.
func testGoValueAfterClose(t *testing.T, s *suite) {
	other := s.load(t, `
import builtins
from spikard import Spikard
app = Spikard()
@app.get("/late")
def late():
    return getattr(builtins, "spikard_suite_late", [])
@app.get("/clear")
def clear():
    del builtins.spikard_suite_late
`)
	r := s.load(t, goValuesApp+storeClass)
	entered, release := make(chan struct{}), make(chan struct{})
	r.answers("/keep", given{"v": goValue(r.store(entered, release))}, `null`)
	<-entered
	r.close()
	close(release)
	other.eventually("/late", `["the app was closed during a method of a Go value",`+
		`"a method of a Go value was called after its app was closed"]`)
	other.answers("/clear", nil, `null`)
}
