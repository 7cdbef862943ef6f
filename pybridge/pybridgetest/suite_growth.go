package pybridgetest

import (
	"encoding/json"
	"log/slog"
	"runtime"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const referencesApp = `
import asyncio, datetime, enum, gc, sys, threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from uuid import UUID
from spikard import Body, HTTPException, Provide, Request, Response, Spikard
app = Spikard()

class Color(enum.Enum):
    RED = "red"
class Sentinel:
    when = datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc)
sentinel, shared = Sentinel(), ["shared"]
@dataclass
class Item:
    name: str
    shared: list[str] = field(default_factory=lambda: shared)
class G: pass
def make_g() -> Iterator[G]:
    yield sentinel
async def make_a(g: G) -> AsyncIterator[str]:
    await asyncio.sleep(0)
    yield sentinel
app.provide(G, Provide(make_g))
app.provide("a", Provide(make_a))
app.provide(Sentinel, sentinel)

@app.get("/plain")
def plain(s: Sentinel, v: int = 0, name: str = "default"):
    return {"v": v, "s": shared, "l": [1.5, None, True, name]}
@app.get("/inline")
async def inline(s: Sentinel, g: G): return shared
@app.get("/suspends")
async def suspends(a: str = Provide(make_a)):
    await asyncio.sleep(0)
    return shared
@dataclass
class Checked:
    name: str
    shared: list[str] = field(default_factory=lambda: shared)
    def __post_init__(self):
        if self.name == "bad": raise ValueError(shared)
@app.post("/item")
def item(item: Item): return item
@app.post("/checked")
def checked(body: list[Checked] = Body()): return "ok"
@app.get("/encoded")
def encoded():
    return [UUID(int=1), {sentinel.when: frozenset([1])}, b"bytes", deque(shared), Color.RED, sentinel.when,
            bytearray(9), memoryview(b"x"), range(2)]
@app.get("/uuid")
def uuid(v: UUID): return v
@app.get("/raises")
def raises(s: Sentinel, g: G): raise ValueError(sentinel)
@app.get("/unencodable")
def unencodable(): return [shared, {"x": sentinel}]
@app.get("/problem")
async def problem(): raise HTTPException(404, "x", headers={"a": "b"})
@app.get("/response")
def response(): return Response(shared, headers={"a": "b"})
@app.get("/request")
def request(request: Request): return [request.json(), request.headers["accept"]]

@app.get("/count")
def count():
    gc.collect()
    # what the count itself and its thread add is the same each time
    return [sys.getrefcount(sentinel), sys.getrefcount(shared), sys.getrefcount(Sentinel), sys.getrefcount(Item),
            sys.getrefcount(Checked), sys.getrefcount(Color.RED), sys.getrefcount(Sentinel.when)]
@app.get("/objects")
def objects():
    gc.collect()
    gc.collect()
    return len(gc.get_objects())
`

// References and objects are counted before and after many calls of each kind.
func testReferences(t *testing.T, s *suite) {
	r := s.load(t, referencesApp)
	const rounds = 10_000 // of each kind
	itemClass := r.app.Manifest().Types["__type__app.Item"].Index
	checkedClass := r.app.Manifest().Types["__type__app.Checked"].Index
	id := r.plan("/uuid").params[0].Type.Converter
	inputs := map[string]given{
		"/plain": {"v": integer(1 << 40)}, "/inline": nil, "/suspends": nil, "/raises": nil, "/unencodable": nil,
		"/problem": nil, "/response": nil, "/request": nil, "/encoded": nil,
		"/checked": {"body": func(w *wire.Writer) {
			w.List(2)
			for _, name := range []string{"good", "bad"} {
				w.Object(checkedClass, 2)
				w.Str(name)
				w.Absent()
			}
		}},
		"/item": {"item": func(w *wire.Writer) { w.Object(itemClass, 2); w.Str("né"); w.Absent() }},
		"/uuid": {"v": func(w *wire.Writer) { w.Convert(id); w.Str("not one") }},
	}
	round := func(n int) {
		for path, values := range inputs {
			p := r.plan(path)
			in := p.input(values)
			for range n {
				result, err := p.callable.Call(t.Context(), in, pybridge.CallInfo{RequestID: "r"})
				if err != nil {
					t.Fatal(err)
				}
				result.Release()
			}
		}
	}
	round(200)
	r.objects()
	counts, objects := string(r.call("/count", nil).Body), r.objects()
	round(rounds)
	if after := string(r.call("/count", nil).Body); after != counts {
		t.Errorf("reference counts %s before, %s after", counts, after)
	}
	if after := r.objects(); after > objects+50 {
		t.Errorf("%d objects before, %d after %d calls", objects, after, rounds*len(inputs))
	}
}

// objects is how many Python's garbage collector knows.
func (r *running) objects() int {
	r.t.Helper()
	var n int
	if err := json.Unmarshal(r.call("/objects", nil).Body, &n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// Apps that come and go leave nothing behind, in Python or in Go.
func testLoadCloseGrowth(t *testing.T, s *suite) {
	counter := s.load(t, referencesApp)
	engine := s.start(t)
	dir := writeFiles(t, files{"app.py": hammerApp})
	log := slog.New(slog.DiscardHandler)
	cycle := func(n int) {
		for range n {
			app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: dir, Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			once := &running{t: t, app: app, programs: map[string]*plan{}}
			once.answers("/sleeps", given{"n": integer(1)}, `1`)
			once.answers("/async-generator", given{"n": integer(1)}, `1`)
			once.answers("/thread", given{"n": integer(1)}, `1`)
			if err := app.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	cycle(60) // fills the caches that are bounded, as those of typing
	objects, goroutines := counter.objects(), runtime.NumGoroutine()
	cycle(140)
	if after := counter.objects(); after > objects+500 {
		t.Errorf("%d objects before, %d after 140 apps", objects, after)
	}
	if after := runtime.NumGoroutine(); after > goroutines+2 {
		t.Errorf("%d goroutines before, %d after 140 apps", goroutines, after)
	}
}
