package pybridgetest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// togetherApp has coroutine providers that end only if the others have begun.
const togetherApp = `
import asyncio, contextvars, logging
from collections.abc import Iterator
from spikard import Provide, Request, Response, Spikard
app = Spikard()
log = logging.getLogger("test").info
var_a = contextvars.ContextVar("var_a", default="unset")
var_b = contextvars.ContextVar("var_b", default="unset")
begun = {}
STOPS = {"raises": LookupError("a"), "exits": SystemExit("a"), "cancels": asyncio.CancelledError()}

class Outer: pass
class A: pass
class B: pass
class C: pass

def make_outer() -> Iterator[Outer]:
    begun.update(a=asyncio.Event(), b=asyncio.Event())
    try:
        yield Outer()
    except BaseException as exc:
        log(f"outer saw {type(exc).__name__}")
        raise
    finally:
        log("close outer")

async def make_a(outer: Outer, mode: str):
    var_a.set("by a")
    begun["a"].set()
    await begun["b"].wait()
    if mode in STOPS:
        raise type(STOPS[mode])(*STOPS[mode].args)
    log("make a")
    return A()

async def make_b(outer: Outer, mode: str):
    var_b.set("by b")
    begun["b"].set()
    await begun["a"].wait()
    if mode == "fine":
        log("make b")
        return B()
    try:
        if mode == "waits":
            waiting.append(1)
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        log("b was cancelled")
        if mode != "swallows":
            raise
    return B()

async def make_c(a: A, mode: str):
    await asyncio.sleep(0)
    if mode == "waits":
        await asyncio.sleep(1000)
    log("make c")
    return C()

waiting = []
app.provide(Outer, Provide(make_outer))
app.provide(A, Provide(make_a))
app.provide(B, Provide(make_b))
app.provide(C, Provide(make_c))

@app.get("/")
async def index(c: C, b: B, a: A, mode: str):
    log("handler")
    return [type(x).__name__ for x in (a, b, c)] + [var_a.get(), var_b.get()]

@app.get("/in-thread")
def in_thread(a: A, b: B, mode: str):
    return [var_a.get(), var_b.get()]

@app.get("/waiting")
def get_waiting():
    return len(waiting)
`

// needsContext skips what Python 3.10 can't do: give a task its context.
func (r *running) needsContext() {
	r.t.Helper()
	if r.pythonIs("3.10") {
		r.t.Skip("python 3.10 runs coroutine providers one after another")
	}
}

func (r *running) pythonIs(version string) bool {
	return strings.HasPrefix(r.engine.Info().Version, version+".")
}

// Coroutine providers that don't need one another run at once, and as if they
// had not: in one context, and to the end of all of them.
func testDependTogether(t *testing.T, s *suite) {
	r := s.load(t, togetherApp)
	r.needsContext()
	r.answers("/", given{"mode": str("fine")}, `["A","B","C","by a","by b"]`)
	got := r.log.trail()
	slices.Sort(got[:2]) // either may be first
	if text := strings.Join(got, ","); text != "make a,make b,make c,handler,close outer" {
		t.Errorf("trail %s", text)
	}
	r.answers("/in-thread", given{"mode": str("fine")}, `["by a","by b"]`)
	r.log.trail()
	for mode, want := range map[string]string{
		"raises": "LookupError", "exits": "SystemExit", "cancels": "asyncio.exceptions.CancelledError",
	} {
		_ = r.raises("/", given{"mode": str(mode)}, want)
		short := want[strings.LastIndexByte(want, '.')+1:]
		want := "b was cancelled,outer saw " + short + ",close outer"
		if text := strings.Join(r.log.trail(), ","); text != want {
			t.Errorf("%s: trail %s, want %s", mode, text, want)
		}
	}
}

// A request that is cancelled while its providers are built cancels them all,
// and cleans up when they have ended.
func testDependCancel(t *testing.T, s *suite) {
	r := s.load(t, togetherApp)
	r.needsContext()
	r.plan("/")
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan pybridge.Result, 1)
	go func() { results <- r.callWith(ctx, "/", given{"mode": str("waits")}) }()
	r.eventually("/waiting", `1`)
	cancel()
	got := <-results
	if got.Outcome != pybridge.Raised || got.Exception.Type != "asyncio.exceptions.CancelledError" {
		t.Errorf("got %+v", got)
	}
	text := strings.Join(r.log.trail(), ",")
	if want := "make a,b was cancelled,outer saw CancelledError,close outer"; text != want {
		t.Errorf("trail %s, want %s", text, want)
	}
}

// A hook keeps what is behind it from beginning.
func testDependBarrier(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio, logging
from spikard import Provide, Response, Spikard
app = Spikard()
log = logging.getLogger("test").info
class User: pass
class Data: pass

async def make_user():
    await asyncio.sleep(0)
    log("user")
    return User()

async def make_data():
    log("data")
    await asyncio.sleep(0)
    return Data()

app.provide(User, Provide(make_user))
app.provide(Data, Provide(make_data))

@app.pre_handler
async def authorize(user: User, refuse: bool):
    await asyncio.sleep(0)
    log("hook")
    if refuse:
        return Response("refused", status_code=401)

@app.get("/")
async def index(data: Data, user: User):
    return "seen"
`)
	boolean := func(v bool) given { return given{"refuse": value(func(w *wire.Writer) { w.Bool(v) })} }
	r.answers("/", boolean(false), `"seen"`)
	if text := strings.Join(r.log.trail(), ","); text != "user,hook,data" {
		t.Errorf("trail %s", text)
	}
	if got := r.call("/", boolean(true)); got.Status != 401 {
		t.Errorf("got %+v", got)
	}
	if text := strings.Join(r.log.trail(), ","); text != "user,hook" {
		t.Errorf("trail %s: what is behind the hook was begun", text)
	}
}
