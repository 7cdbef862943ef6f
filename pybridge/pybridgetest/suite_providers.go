package pybridgetest

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const providersApp = `
import asyncio, time
from collections.abc import AsyncIterator, Iterator
from spikard import HTTPException, Provide, Response, Spikard
app = Spikard()
trail = []

def log(x):
    trail.append(x)

class A: pass
class B: pass
class C: pass
class D: pass
class V: pass
class T: pass
class K:
    def __init__(self, a: A, v: V):
        self.a, self.v = a, v

def make_a() -> Iterator[A]:
    log("open a")
    try:
        yield A()
    except BaseException as exc:
        log(f"a saw {type(exc).__name__}")
        raise
    finally:
        log("close a")

async def make_b(a: A) -> AsyncIterator[B]:
    log("open b")
    try:
        yield B()
    except BaseException as exc:
        log(f"b saw {type(exc).__name__}")
        raise
    finally:
        log("close b")

async def make_c(b: B):
    await asyncio.sleep(0)
    log("make c")
    return C()

async def make_d() -> AsyncIterator[D]:
    await asyncio.sleep(0)
    log("open d")
    yield D()
    await asyncio.sleep(0)
    log("close d")

app.provide(A, Provide(make_a))
app.provide(B, Provide(make_b))
app.provide(C, Provide(make_c))
app.provide(D, Provide(make_d))
app.provide(V, V())
app.provide(T, Provide(T, use_cache=False))
app.provide(K)

@app.get("/sync")
def sync(a: A):
    log("handler")
    return type(a).__name__

@app.get("/inline")
async def inline(b: B, a: A):
    log("handler")
    return type(b).__name__

@app.get("/all")
async def all_kinds(c: C, d: D, a: A, v: V, k: K):
    log("handler")
    assert k.a is a and k.v is v
    return type(c).__name__

@app.get("/sync-in-thread")
def sync_in_thread(c: C):
    time.sleep(0.001)
    return type(c).__name__

@app.get("/transient")
def transient(a: T, b: T, v: V):
    return a is not b

@app.get("/fails")
async def fails(c: C, d: D):
    log("handler")
    raise LookupError("x")

@app.get("/refuses")
def refuses(a: A):
    raise HTTPException(403, "no")

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`

func (r *running) trail(want ...string) {
	r.t.Helper()
	got := string(r.call("/trail", nil).Body)
	if text := `["` + strings.Join(want, `","`) + `"]`; got != text {
		r.t.Errorf("trail:\n got %s\nwant %s", got, text)
	}
}

func testProviders(t *testing.T, s *suite) {
	r := s.load(t, providersApp)
	r.answers("/sync", nil, `"A"`)
	r.trail("open a", "handler", "close a")
	r.answers("/inline", nil, `"B"`)
	r.trail("open a", "open b", "handler", "close b", "close a")
	r.answers("/all", nil, `"C"`)
	r.trail("open a", "open b", "make c", "open d", "handler", "close d", "close b", "close a")
	r.answers("/sync-in-thread", nil, `"C"`)
	r.trail("open a", "open b", "make c", "close b", "close a")
	r.answers("/transient", nil, `true`)
	_ = r.raises("/fails", nil, "LookupError")
	r.trail("open a", "open b", "make c", "open d", "handler",
		"b saw LookupError", "close b", "a saw LookupError", "close a")
	if got := r.call("/refuses", nil); got.Outcome != pybridge.Problem || got.Status != 403 {
		t.Errorf("got %+v", got)
	}
	r.trail("open a", "a saw HTTPException", "close a")
}

func testProviderFailures(t *testing.T, s *suite) {
	r := s.load(t, `
from collections.abc import AsyncIterator, Iterator
from spikard import Provide, Spikard
app = Spikard()
trail = []
class Outer: pass

def outer() -> Iterator[Outer]:
    try:
        yield Outer()
    except BaseException as exc:
        trail.append(f"outer saw {exc}")
        raise
app.provide(Outer, Provide(outer))

def late(o: Outer) -> Iterator[int]:
    yield 1
    raise ValueError("late")

def twice(o: Outer) -> Iterator[int]:
    yield 1
    yield 2

async def async_twice(o: Outer) -> AsyncIterator[int]:
    yield 1
    yield 2

def never(o: Outer) -> Iterator[int]:
    if False:
        yield 1

async def async_never(o: Outer) -> AsyncIterator[int]:
    if False:
        yield 1

def swallows(o: Outer) -> Iterator[int]:
    try:
        yield 1
    except BaseException:
        pass

def changes(o: Outer) -> Iterator[int]:
    try:
        yield 1
    except LookupError:
        raise OSError("changed") from None

def early(o: Outer) -> Iterator[int]:
    raise ValueError("early")
    yield

def add(name, factory, fails=False):
    def handler(x):
        if fails:
            raise LookupError("handler")
        return "never seen" if name != "fine" else x
    handler.__annotations__ = {"x": int}
    handler.__defaults__ = (Provide(factory),)
    app.get("/" + name)(handler)

add("late", late)
add("twice", twice)
add("async-twice", async_twice)
add("never", never)
add("async-never", async_never)
add("swallows", swallows, fails=True)
add("changes", changes, fails=True)
add("early", early)

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`)
	for _, c := range []struct{ path, exception, message string }{
		{"/late", "ValueError", "late"},
		{"/twice", "RuntimeError", "provider twice yielded more than once"},
		{"/async-twice", "RuntimeError", "provider async_twice yielded more than once"},
		{"/never", "RuntimeError", "provider never ended without a yield"},
		{"/async-never", "RuntimeError", "provider async_never ended without a yield"},
		{"/swallows", "LookupError", "handler"},
		{"/changes", "OSError", "changed"},
		{"/early", "ValueError", "early"},
	} {
		if exc := r.raises(c.path, nil, c.exception); exc.Message != c.message {
			t.Errorf("%s: message %q, want %q", c.path, exc.Message, c.message)
		}
		r.trail("outer saw " + c.message)
	}
}
