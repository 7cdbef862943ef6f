package pybridgetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const instancesApp = `
import asyncio, contextvars, gc, inspect, sys, threading, weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable
from collections.abc import Iterator
from spikard import GoError, Provide, Spikard
app = Spikard()

class Plain:
    def __init__(self, needed): raise RuntimeError("never called")
    def name(self, prefix: str = "-") -> str: ...
class Slotted:
    __slots__ = ("a",)
    def name(self, prefix: str = "-") -> str: ...
    def __setattr__(self, name, value): raise AttributeError("frozen")
class Abstract(ABC):
    @property
    @abstractmethod
    def unanswered(self): ...
    @abstractmethod
    def name(self, prefix: str = "-") -> str: ...
@runtime_checkable
class Proto(Protocol):
    def name(self, prefix: str = "-") -> str: ...
T = TypeVar("T")
class Gen(Generic[T]):
    def name(self, prefix: str = "-") -> str: ...
class Number(int):
    def name(self, prefix: str = "-") -> str: ...
class Inherits(Plain):
    pass
@dataclass
class Data:
    x: int
    def name(self) -> str: ...

@app.get("/named")
def named(a: Plain, b: Slotted, c: Abstract, d: Proto, e: Gen, f: Number, g: Inherits): ...
@app.post("/data")
def data(d: Data): ...

@app.get("/two")
def two(a: str, b: str):
    return [a.name(), b.name(), a.name(prefix="+"), a is b, type(a) is type(b), repr(a)]

@app.get("/checks")
def checks(a: str):
    cls = type(a).__mro__[1]
    return [isinstance(a, globals()[cls.__name__]), a.name(), type(a).__module__,
            str(inspect.signature(type(a).name)), str(inspect.signature(a.name)), type(a).name.__qualname__]

seen = []
@app.get("/store")
def store(a: str):
    seen.append(a)
    return a.name()
@app.get("/same")
def same(a: str):
    return [seen[-1] is a, seen[-1] == a]
@app.get("/late")
def late():
    out = []
    def use():
        try:
            out.append(seen[-1].name())
        except GoError as exc:
            out.append(str(exc))
    use()
    t = threading.Thread(target=use)
    t.start()
    t.join()
    return out

@app.get("/count")
def count():
    gc.collect()
    gc.collect()
    return len(gc.get_objects())

# Where the context of the request is to be had.
class Ctx:
    def value(self) -> str: ...
    async def avalue(self) -> str: ...
@app.get("/named-ctx")
def named_ctx(a: Ctx): ...

class Gen1: pass
def make_gen(c: str = "") -> Iterator[Gen1]:
    yield Gen1()
app.provide(Gen1, Provide(make_gen))

@app.get("/ctx-sync")
def ctx_sync(a: str): return a.value()
@app.get("/ctx-inline")
async def ctx_inline(a: str): return a.value()
@app.get("/ctx-loop")
async def ctx_loop(a: str):
    before = a.value()
    await asyncio.sleep(0)
    return before + a.value()
async def suspends() -> int:
    await asyncio.sleep(0)
    return 1
@app.get("/ctx-in-thread")
def ctx_in_thread(a: str, n: int = Provide(suspends)): return a.value()
@app.get("/ctx-to-thread")
async def ctx_to_thread(a: str): return await asyncio.to_thread(a.value)
@app.get("/ctx-executor")
async def ctx_executor(a: str):
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(None, context.run, a.value)
@app.get("/ctx-task")
async def ctx_task(a: str):
    async def inner():
        await asyncio.sleep(0)
        return a.value()
    return await asyncio.create_task(inner())
@app.get("/ctx-await")
async def ctx_await(a: str): return await a.avalue()

gate, after = None, []
@app.get("/ctx-after")
async def ctx_after(a: str):
    global gate
    gate = asyncio.Event()
    async def background():
        await gate.wait()
        for use in (a.value, a.avalue):
            try:
                value = use()
                after.append(await value if inspect.isawaitable(value) else value)
            except GoError as exc:
                after.append(str(exc))
    asyncio.get_running_loop().create_task(background())
    await asyncio.sleep(0)
@app.get("/ctx-open")
async def ctx_open():
    await asyncio.sleep(0)
    gate.set()
@app.get("/ctx-after-got")
def ctx_after_got(): return after
`

// numbered is Go's half of a call whose values are these.
type numbered []any

func (n numbered) Value(i int) any { return n[i] }

func (numbered) Build(context.Context, int, []pybridge.Object, *wire.Writer) error {
	return errors.New("there is nothing to build")
}

func (numbered) Close(context.Context, int, error) error {
	return errors.New("there is nothing to close")
}

func instance(export, number int) value {
	return func(w *wire.Writer) { w.GoInstance(export, number) }
}

// open makes a call whose result is still to be released.
func (r *running) open(ctx context.Context, path string, values given, scope pybridge.GoScope) pybridge.Result {
	r.t.Helper()
	p := r.plan(path)
	result, err := p.callable.Call(ctx, p.input(values), pybridge.CallInfo{Go: scope})
	if err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	return result
}

// answersWith is answers for a call with a Go half.
func (r *running) answersWith(ctx context.Context, path string, values given, scope pybridge.GoScope, want string) {
	r.t.Helper()
	result := r.open(ctx, path, values, scope)
	defer result.Release()
	if got := string(result.Body); result.Outcome != pybridge.Answered || got != want {
		r.t.Errorf("%s: got %s, want %s; %v\n%s", path, got, want, result.Exception, traceback(result))
	}
}

// naming is a Go type whose values are strings.
func naming(r *running, class string) int {
	return r.export(class, methods{
		"name": func(_ context.Context, self any, args []byte, out *wire.Writer) error {
			out.Str(self.(string) + string(args))
			return nil
		},
	})
}

func testGoInstances(t *testing.T, s *suite) {
	r := s.load(t, instancesApp)
	ctx := t.Context()
	plain := naming(r, "Plain")
	two := given{"a": instance(plain, 0), "b": instance(plain, 1)}
	r.answersWith(ctx, "/two", two, numbered{"one", "two"},
		`["one[\"-\"]","two[\"-\"]","one[\"+\"]",false,true,"<Plain from Go>"]`)
	for _, class := range []string{"Slotted", "Abstract", "Proto", "Gen", "Inherits"} {
		export := naming(r, class)
		r.answersWith(ctx, "/checks", given{"a": instance(export, 0)}, numbered{class}, fmt.Sprintf(
			`[true,"%s[\"-\"]","app","(self, prefix: str = '-') -> str","(prefix: str = '-') -> str","%s.name"]`, class, class))
	}
	for class, want := range map[string]string{"Number": "TypeError", "Data": "TypeError"} {
		_, err := r.app.Export(pybridge.Exported{Class: r.app.Manifest().Types["__type__app."+class].Index})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("export of %s: %v", class, err)
		}
	}
	p := r.plan("/store")
	result, err := p.callable.Call(ctx, p.input(given{"a": instance(plain, 0)}), pybridge.CallInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Exception == nil || !strings.Contains(result.Exception.Message, "a Go value of a call that has none") {
		t.Errorf("an instance without a Go half: %v", result.Exception)
	}
	result.Release()
}

func testGoKept(t *testing.T, s *suite) {
	r := s.load(t, instancesApp)
	export := naming(r, "Slotted")
	var handles []uint64
	for _, name := range []string{"one", "two"} {
		handle, err := r.app.Keep(export, name)
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, handle)
	}
	one, two := given{"a": goValue(handles[0])}, given{"a": goValue(handles[1])}
	r.answers("/store", one, `"one[\"-\"]"`)
	r.answers("/same", one, `[true,true]`)
	r.answers("/same", two, `[false,false]`)
	r.answers("/store", two, `"two[\"-\"]"`)
	r.answers("/same", two, `[true,true]`)
	if _, err := r.app.Keep(99, "x"); err == nil {
		t.Error("a value of a type that was never exported was kept")
	}
}

// What a handler has kept of a request is of no use after it, on any thread, and
// to no later request.
func testGoTickets(t *testing.T, s *suite) {
	r := s.load(t, instancesApp)
	plain := naming(r, "Plain")
	const over = `"the Go value belongs to a request that is over"`
	held := r.open(t.Context(), "/store", given{"a": instance(plain, 0)}, numbered{"held"})
	r.answers("/late", nil, `["held[\"-\"]","held[\"-\"]"]`)
	held.Release()
	r.answers("/late", nil, "["+over+","+over+"]")
	r.answersWith(t.Context(), "/late", nil, numbered{"another's"}, "["+over+","+over+"]")
}

func testGoContext(t *testing.T, s *suite) {
	r := s.load(t, instancesApp)
	told := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		name, _ := ctx.Value(contextKey{}).(string)
		out.Str(name)
		return nil
	}
	export := r.export("Ctx", methods{"value": told, "avalue": told})
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), contextKey{}, "here")
	for _, value := range []value{goValue(handle), instance(export, 0)} {
		for path, want := range map[string]string{
			"/ctx-sync": `"here"`, "/ctx-inline": `"here"`, "/ctx-loop": `"herehere"`, "/ctx-in-thread": `"here"`,
			"/ctx-to-thread": `"here"`, "/ctx-executor": `"here"`, "/ctx-task": `"here"`, "/ctx-await": `"here"`,
		} {
			r.answersWith(ctx, path, given{"a": value}, numbered{nil}, want)
		}
	}
	// A kept value outlives the request, whose context does not.
	r.answersWith(ctx, "/ctx-after", given{"a": goValue(handle)}, nil, `null`)
	r.answersWith(ctx, "/ctx-open", nil, nil, `null`)
	r.eventually("/ctx-after-got", `["",""]`)
	const over = `"the Go value belongs to a request that is over"`
	r.answersWith(ctx, "/ctx-after", given{"a": instance(export, 0)}, numbered{nil}, `null`)
	r.answersWith(ctx, "/ctx-open", nil, nil, `null`)
	r.eventually("/ctx-after-got", `["","",`+over+`,`+over+`]`)
}

const goErrorsApp = `
import asyncio, gc
from spikard import GoError, Provide, Spikard
app = Spikard()

class Store:
    def fail(self): ...
    async def afail(self): ...
    def broken(self): ...
@app.get("/named")
def named(a: Store): ...

@app.get("/sync")
def sync(a: str): a.fail()
@app.get("/inline")
async def inline(a: str): a.fail()
@app.get("/loop")
async def loop(a: str):
    await asyncio.sleep(0)
    a.fail()
@app.get("/to-thread")
async def to_thread(a: str): await asyncio.to_thread(a.fail)
@app.get("/await")
async def awaits(a: str): await a.afail()
@app.get("/gather")
async def gather(a: str): await asyncio.gather(a.afail(), asyncio.sleep(0))
@app.get("/again")
def again(a: str):
    try:
        a.fail()
    except GoError as exc:
        kept = exc
    raise kept
@app.get("/subclass")
def sub(a: str):
    try:
        a.fail()
    except GoError:
        raise
@app.get("/from")
def chained(a: str):
    try:
        a.fail()
    except GoError as exc:
        raise LookupError("x") from exc
@app.get("/own")
def own(a: str):
    try:
        a.fail()
    except GoError as exc:
        raise GoError("my own") from exc
@app.get("/caught")
async def caught(a: str):
    for use in range(3):
        try:
            a.fail()
        except GoError as exc:
            import copy, pickle
            assert str(pickle.loads(pickle.dumps(exc))) == str(exc) == str(copy.copy(exc))
        try:
            await a.afail()
        except GoError:
            pass
    try:
        a.broken()
    except GoError as exc:
        assert str(exc) == "cut \ufffd off", str(exc)
@app.get("/collect")
def collect():
    gc.collect()
`

// trackedError is one whose collection can be seen.
type trackedError struct{ text *string }

func (e *trackedError) Error() string { return *e.text }

// tracked counts the errors that are still alive.
type tracked struct{ alive atomic.Int64 }

func (c *tracked) fail(context.Context, any, []byte, *wire.Writer) error {
	text := "no such böök"
	err := &trackedError{text: &text}
	c.alive.Add(1)
	runtime.AddCleanup(err, func(int) { c.alive.Add(-1) }, 0)
	return fmt.Errorf("look up: %w", err)
}

// broken gives an error whose text is no UTF-8.
func broken(context.Context, any, []byte, *wire.Writer) error { return errors.New("cut \xc3 off") }

// gone waits for the errors to be collected: Python has let go of them.
func (c *tracked) gone(r *running) {
	t := r.t
	t.Helper()
	for end := time.Now().Add(patience); c.alive.Load() > 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d Go errors are still held", c.alive.Load())
		}
		r.answers("/collect", nil, `null`)
		runtime.GC()
	}
}

// The error that a Go method gave is found again in the exception that ended the
// call, on whichever thread it was raised, and is freed with it.
func testGoErrors(t *testing.T, s *suite) {
	r := s.load(t, goErrorsApp)
	errs := &tracked{}
	export := r.export("Store", methods{"fail": errs.fail, "afail": errs.fail, "broken": broken})
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []value{goValue(handle), instance(export, 0)} {
		for _, path := range []string{"/sync", "/inline", "/loop", "/to-thread", "/await", "/gather", "/again", "/subclass"} {
			result := r.open(t.Context(), path, given{"a": v}, numbered{nil})
			var found *trackedError
			if exc := result.Exception; exc == nil || !errors.As(exc, &found) || exc.Message != "look up: no such böök" ||
				exc.Type != "spikard._exceptions.GoError" {
				t.Errorf("%s: %v", path, exc)
			}
			result.Release()
		}
		for _, path := range []string{"/from", "/own"} {
			result := r.open(t.Context(), path, given{"a": v}, numbered{nil})
			if exc := result.Exception; exc == nil || exc.Err != nil {
				t.Errorf("%s: %v with %v", path, exc, exc.Unwrap())
			}
			result.Release()
		}
		r.answersWith(t.Context(), "/caught", given{"a": v}, numbered{nil}, `null`)
	}
	errs.gone(r)
}

const goRefusedApp = `
import asyncio
from dataclasses import dataclass
from spikard import Spikard
app = Spikard()
@dataclass
class Data:
    x: int
    def __post_init__(self): raise ValueError("not this one")
@app.post("/named")
def named(d: Data): ...
@app.get("/sync")
def sync(v: str): return v
@app.get("/loop")
async def loop(v: str):
    await asyncio.sleep(0)
    return v
`

// unfitScope builds a value that the app's class refuses.
type unfitScope struct {
	numbered
	class  int
	closed []string
}

func (s *unfitScope) Build(_ context.Context, _ int, _ []pybridge.Object, out *wire.Writer) error {
	out.Object(s.class, 1)
	out.Int(1)
	return nil
}

func (s *unfitScope) Close(_ context.Context, _ int, failure error) error {
	s.closed = append(s.closed, fmt.Sprint(failure))
	return nil
}

// What Go has built is cleaned up where Python can't make a value of it.
func testGoRefused(t *testing.T, s *suite) {
	r := s.load(t, goRefusedApp)
	for _, route := range r.app.Manifest().Routes {
		if route.Path == "/named" {
			continue
		}
		c, err := r.app.Compile(pybridge.Program{
			Steps:   []pybridge.Step{{Kind: pybridge.StepGo, Results: 1}},
			Handler: &pybridge.Step{Kind: pybridge.StepHandler, Callable: route.Callable, Args: []int{0}},
		})
		if err != nil {
			t.Fatal(err)
		}
		scope := &unfitScope{class: r.app.Manifest().Types["__type__app.Data"].Index}
		result, err := c.Call(t.Context(), nil, pybridge.CallInfo{Go: scope})
		if err != nil {
			t.Fatal(err)
		}
		if exc := result.Exception; exc == nil || exc.Type != "ValueError" {
			t.Errorf("%s: %+v", route.Path, result)
		}
		if len(scope.closed) != 1 || scope.closed[0] != "ValueError: not this one" {
			t.Errorf("%s: closed with %q", route.Path, scope.closed)
		}
		result.Release()
	}
}

// Instances, errors, and apps with exported types leave nothing behind.
func testGoReferences(t *testing.T, s *suite) {
	counter := s.load(t, instancesApp)
	engine := s.start(t)
	dir := writeFiles(t, files{"app.py": goErrorsApp})
	errs := &tracked{}
	cycle := func(n int) {
		for range n {
			app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: dir, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			r := &running{t: t, app: app, programs: map[string]*plan{}}
			export := r.export("Store", methods{"fail": errs.fail, "afail": errs.fail, "broken": broken})
			if _, err := app.Keep(export, "kept"); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				for _, path := range []string{"/sync", "/await", "/own", "/caught"} {
					result := r.open(t.Context(), path, given{"a": instance(export, 0)}, numbered{nil})
					result.Release()
				}
			}
			if err := app.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	cycle(20)
	objects := counter.objectCount()
	cycle(40)
	if after := counter.objectCount(); after > objects+50 {
		t.Errorf("%d objects before, %d after 40 apps", objects, after)
	}
	r := s.load(t, goErrorsApp)
	errs.gone(r)
}

func (r *running) objectCount() int {
	r.t.Helper()
	n, err := strconv.Atoi(string(r.call("/count", nil).Body))
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}
