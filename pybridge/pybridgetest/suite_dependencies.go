package pybridgetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// generatorsApp has two providers that yield, one for the other, and a handler.
// DEF, AWAIT and HANDLER are filled in, so that the same is tried in each of the
// ways in which a program runs.
const generatorsApp = `
import asyncio, contextvars, logging
from collections.abc import AsyncIterator, Iterator, Mapping
from spikard import HTTPException, Provide, Response, Spikard
app = Spikard()
log = logging.getLogger("test").info
var = contextvars.ContextVar("var", default="unset")

class Outer:
    is_open = True
class Inner:
    def __init__(self, outer):
        self.outer = outer
class Row(Mapping):
    def __init__(self, outer): self.outer = outer
    def __iter__(self): return iter(["open"])
    def __len__(self): return 1
    def __getitem__(self, name): return self.outer.is_open

def make_outer() -> Iterator[Outer]:
    log("open outer")
    outer = Outer()
    try:
        yield outer
    except BaseException as exc:
        log(f"outer saw {type(exc).__name__}")
        raise
    finally:
        outer.is_open = False
        log("close outer")

DEF make_inner(outer: Outer, mode: str) -> ITERATOR[Inner]:
    log("open inner")
    AWAIT
    var.set("set by inner")
    if mode == "early":
        raise ValueError("early")
    if mode == "never":
        return
    try:
        yield Inner(outer)
    except BaseException as exc:
        log(f"inner saw {type(exc).__name__}")
        if mode == "swallows":
            return
        if mode == "changes":
            raise OSError("changed") from None
        if mode == "stops":
            yield Inner(outer)
        raise
    finally:
        AWAIT
        log("close inner")
    if mode == "late":
        raise ValueError("late")
    if mode == "late problem":
        raise HTTPException(409, "late")
    if mode == "late exit":
        raise SystemExit(3)
    if mode == "twice":
        yield Inner(outer)

app.provide(Outer, Provide(make_outer))
app.provide(Inner, Provide(make_inner))
EXTRA

FAILURES = {
    "raises": lambda: LookupError("handler"), "problem": lambda: HTTPException(403, "no"),
    "exits": lambda: SystemExit("exit"), "interrupts": KeyboardInterrupt,
    "swallows": lambda: LookupError("handler"), "changes": lambda: LookupError("handler"),
    "stops": lambda: LookupError("handler"),
}

@app.get("/")
HANDLER index(inner: Inner, mode: str):
    log("handler")
    if mode in FAILURES:
        raise FAILURES[mode]()
    if mode == "not JSON":
        return {"row": object()}
    return {"row": Row(inner.outer), "var": var.get()}
`

// flavor is a way in which a program with generators runs.
type flavor struct {
	name                          string
	def, iterator, await, handler string
	extra                         string
}

func (f flavor) source() string {
	return strings.NewReplacer("DEF", f.def, "ITERATOR", f.iterator, "AWAIT", f.await, "HANDLER", f.handler,
		"EXTRA", f.extra).Replace(generatorsApp)
}

var flavors = []flavor{
	{name: "function", def: "def", iterator: "Iterator", await: "pass", handler: "def"},
	{name: "coroutine", def: "def", iterator: "Iterator", await: "pass", handler: "async def"},
	{name: "asynchronous", def: "async def", iterator: "AsyncIterator", await: "pass", handler: "async def"},
	{
		name: "hooked", def: "async def", iterator: "AsyncIterator", await: "pass", handler: "def",
		extra: "@app.on_response\ndef stamp(response: Response): pass",
	},
	{
		name: "suspending", def: "async def", iterator: "AsyncIterator", await: "await asyncio.sleep(0)",
		handler: "async def",
	},
	{
		name: "on the loop", def: "def", iterator: "Iterator", await: "pass", handler: "async def",
		extra: "@app.pre_handler\nasync def hook(): await asyncio.sleep(0)",
	},
	{
		name: "in a thread", def: "def", iterator: "Iterator", await: "pass", handler: "def",
		extra: "@app.pre_handler\nasync def hook(): await asyncio.sleep(0)",
	},
}

// generated is what becomes of a request to generatorsApp.
type generated struct {
	outcome pybridge.Outcome
	text    string // the body, the exception or the detail
	trail   string
}

const (
	trailOpen  = "open outer,open inner,handler,"
	trailClose = "close inner,close outer"
	rows       = `{"row":{"open":true},"var":"set by inner"}`
)

// sawBoth is the trail of a failure of the handler.
func sawBoth(exception string) string {
	return trailOpen + "inner saw " + exception + ",close inner,outer saw " + exception + ",close outer"
}

var generatorModes = map[string]generated{
	"fine":  {pybridge.Answered, rows, trailOpen + trailClose},
	"early": {pybridge.Raised, "ValueError: early", "open outer,open inner,outer saw ValueError,close outer"},
	"never": {
		pybridge.Raised, "RuntimeError: provider make_inner ended without a yield",
		"open outer,open inner,outer saw RuntimeError,close outer",
	},
	"raises":     {pybridge.Raised, "LookupError: handler", sawBoth("LookupError")},
	"problem":    {pybridge.Problem, "no", sawBoth("HTTPException")},
	"exits":      {pybridge.Raised, "SystemExit: exit", sawBoth("SystemExit")},
	"interrupts": {pybridge.Raised, "KeyboardInterrupt", sawBoth("KeyboardInterrupt")},
	"not JSON": {
		pybridge.Raised, "TypeError: builtins.object can't be written as JSON: return a dict, a list or a dataclass at $.row",
		sawBoth("TypeError"),
	},
	"swallows": {pybridge.Raised, "LookupError: handler", sawBoth("LookupError")},
	"changes": {
		pybridge.Raised, "OSError: changed",
		trailOpen + "inner saw LookupError,close inner,outer saw OSError,close outer",
	},
	"stops": {
		pybridge.Raised, "RuntimeError: provider make_inner yielded more than once",
		trailOpen + "inner saw LookupError,close inner,outer saw RuntimeError,close outer",
	},
	"late": {
		pybridge.Raised, "ValueError: late",
		trailOpen + "close inner,outer saw ValueError,close outer",
	},
	"late problem": {
		pybridge.Problem, "late",
		trailOpen + "close inner,outer saw HTTPException,close outer",
	},
	"late exit": {
		pybridge.Raised, "SystemExit: 3",
		trailOpen + "close inner,outer saw SystemExit,close outer",
	},
	"twice": {
		pybridge.Raised, "RuntimeError: provider make_inner yielded more than once",
		trailOpen + "close inner,outer saw RuntimeError,close outer",
	},
}

// testDependGenerators: a failure and its way through the clean-up do not
// depend on how the program runs. The answer is written before the clean-up.
func testDependGenerators(t *testing.T, s *suite) {
	for _, f := range flavors {
		t.Run(f.name, func(t *testing.T) {
			r := s.load(t, f.source())
			for mode, want := range generatorModes {
				got := r.generated(mode)
				if got != want {
					t.Errorf("%s:\n got %+v\nwant %+v", mode, got, want)
				}
			}
		})
	}
}

func (r *running) generated(mode string) generated {
	r.t.Helper()
	return r.became(r.call("/", given{"mode": str(mode)}))
}

func (r *running) became(result pybridge.Result) generated {
	out := generated{outcome: result.Outcome, text: string(result.Body)}
	switch result.Outcome {
	case pybridge.Problem:
		out.text = result.Detail
	case pybridge.Raised:
		out.text = result.Exception.Error()
		if result.Exception.Path != "" {
			out.text += " at " + result.Exception.Path
		}
	}
	out.trail = strings.Join(r.log.trail(), ",")
	return out
}

// trail gives the messages of the app's logger "test", once.
func (l *logs) trail() []string {
	out := l.from("test")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = slices.DeleteFunc(l.records, func(r logged) bool { return r.attrs["logger"] == "test" })
	return out
}

// countObjects is a handler for running.objects.
const countObjects = `
import gc
@app.get("/objects")
def objects():
    gc.collect()
    gc.collect()
    return len(gc.get_objects())
`

// What has been opened is closed by each way of ending, so no reference is
// left.
func testDependReferences(t *testing.T, s *suite) {
	for _, f := range flavors {
		t.Run(f.name, func(t *testing.T) {
			r := s.load(t, f.source()+countObjects+`
@app.get("/left")
def left():
    gc.collect()
    return sum(isinstance(o, (Outer, Inner)) for o in gc.get_objects())
`)
			round := func(n int) {
				for mode := range generatorModes {
					for range n {
						r.call("/", given{"mode": str(mode)})
					}
				}
				r.log.trail()
			}
			round(20)
			before := r.objects()
			round(80)
			// An executor has objects of its own for each thread it starts.
			if after := r.objects(); after > before+50 && f.name != "in a thread" {
				t.Errorf("%d objects before, %d after", before, after)
			}
			r.answers("/left", nil, "0")
		})
	}
}

// A hook may answer in place of Go's handler too, whose values are not made
// then.
func testDependHookAnswers(t *testing.T, s *suite) {
	r := s.load(t, `
import logging
from collections.abc import Iterator
from spikard import Provide, Response, Spikard
app = Spikard()
log = logging.getLogger("test").info

def make_session() -> Iterator[int]:
    yield 1
    log("close session")

async def make_data() -> list:
    log("data")
    return []

app.provide("session", Provide(make_session))
app.provide("data", Provide(make_data))

@app.pre_handler
def authorize(session: int):
    return Response("refused", status_code=401)
`)
	b := newBuilder(r.app.Manifest())
	hook := r.app.Manifest().Hooks[0].Callable
	b.step(pybridge.StepHook, hook)
	p := r.compile(b, b.outputs("data"))
	result, err := p.callable.Call(t.Context(), nil, pybridge.CallInfo{})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Release()
	if result.Outcome != pybridge.Answered || result.Status != 401 || string(result.Body) != `"refused"` {
		t.Errorf("outcome %d, status %d, body %s", result.Outcome, result.Status, result.Body)
	}
	if got := strings.Join(r.log.trail(), ","); got != "close session" {
		t.Errorf("trail %s", got)
	}
}
