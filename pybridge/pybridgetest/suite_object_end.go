package pybridgetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const objectEndApp = `
import asyncio
from collections.abc import AsyncIterator, Iterator
from spikard import GoError, HTTPException, Provide, Spikard
app = Spikard()
trail = []

def saw(name, exc):
    trail.append(f"{name} saw {type(exc).__name__} {exc}")

class Sync: pass
class Async: pass
class Suspends: pass
class Raises: pass
class Changes: pass
class Refuses: pass
class Swallows: pass
class Plain: pass

def sync() -> Iterator[Sync]:
    try:
        yield Sync()
    except BaseException as exc:
        saw("sync", exc)
        raise
    finally:
        trail.append("close sync")

async def asynchronous(s: Sync) -> AsyncIterator[Async]:
    try:
        yield Async()
    except BaseException as exc:
        saw("async", exc)
        raise
    finally:
        trail.append("close async")

async def suspends(s: Sync) -> AsyncIterator[Suspends]:
    try:
        await asyncio.sleep(0)
        yield Suspends()
    except BaseException as exc:
        saw("suspends", exc)
        raise
    finally:
        await asyncio.sleep(0)
        trail.append("close suspends")

def raises(s: Sync) -> Iterator[Raises]:
    yield Raises()
    raise ValueError("at the end")

async def changes(s: Sync) -> AsyncIterator[Changes]:
    try:
        yield Changes()
    except GoError as exc:
        await asyncio.sleep(0)
        raise OSError("changed") from exc

def refuses(s: Sync) -> Iterator[Refuses]:
    yield Refuses()
    raise HTTPException(409, "too late")

def swallows(s: Sync) -> Iterator[Swallows]:
    try:
        yield Swallows()
    except GoError as exc:
        saw("swallows", exc)

for cls, factory in [(Sync, sync), (Async, asynchronous), (Suspends, suspends), (Raises, raises),
                     (Changes, changes), (Refuses, refuses), (Swallows, swallows), (Plain, Plain)]:
    app.provide(cls, Provide(factory))

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`

// Clean-up runs in the context that the values were made in.
func testObjectEndContext(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio, sys
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from spikard import Provide, Spikard
app = Spikard()
trail = []
current = ContextVar("current", default="nothing")

class Sync: pass
class Suspends: pass

def sync() -> Iterator[Sync]:
    token = current.set("sync")
    yield Sync()
    trail.append(current.get())
    current.reset(token)
    trail.append(current.get())

async def suspends() -> AsyncIterator[Suspends]:
    token = current.set("suspends")
    await asyncio.sleep(0)
    yield Suspends()
    await asyncio.sleep(0)
    if sys.version_info < (3, 11):  # where a task can't be given its context
        trail.extend(["suspends", "nothing"])
        return
    trail.append(current.get())
    current.reset(token)
    trail.append(current.get())

app.provide(Sync, Provide(sync))
app.provide(Suspends, Provide(suspends))

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`)
	for class, name := range map[string]string{"Sync": "sync", "Suspends": "suspends"} {
		b := newBuilder(r.app.Manifest())
		result := r.values(r.compile(b, b.outputs("__type__app."+class)), 1)
		if err := result.End(nil); err != nil {
			t.Errorf("%s: %v", class, err)
		}
		result.Release()
		r.trail(name, "nothing")
	}
}

var errUse = errors.New("üse failed")

// How the clean-up of values that Go holds goes.
func testObjectEnd(t *testing.T, s *suite) {
	r := s.load(t, objectEndApp)
	for _, c := range []struct {
		class, exception string // what End gives
		failure          error
		trail            []string
	}{
		{class: "Plain", failure: errUse},
		{class: "Sync", trail: []string{"close sync"}},
		{class: "Sync", failure: errUse, trail: []string{"sync saw GoError üse failed", "close sync"}},
		{class: "Async", trail: []string{"close async", "close sync"}},
		{class: "Async", failure: errUse, trail: []string{
			"async saw GoError üse failed", "close async", "sync saw GoError üse failed", "close sync",
		}},
		{class: "Suspends", trail: []string{"close suspends", "close sync"}},
		{class: "Suspends", failure: errUse, trail: []string{
			"suspends saw GoError üse failed", "close suspends", "sync saw GoError üse failed", "close sync",
		}},
		{
			class: "Raises", exception: "ValueError: at the end",
			trail: []string{"sync saw ValueError at the end", "close sync"},
		},
		{
			class: "Raises", failure: errUse,
			trail: []string{"sync saw GoError üse failed", "close sync"},
		},
		{class: "Changes", trail: []string{"close sync"}},
		{
			class: "Changes", failure: errUse, exception: "OSError: changed",
			trail: []string{"sync saw OSError changed", "close sync"},
		},
		{
			class: "Refuses", exception: "spikard._exceptions.HTTPException: 409: too late",
			trail: []string{"sync saw HTTPException 409: too late", "close sync"},
		},
		{class: "Swallows", failure: errUse, trail: []string{
			"swallows saw GoError üse failed", "sync saw GoError üse failed", "close sync",
		}},
	} {
		t.Run(c.class, func(t *testing.T) {
			b := newBuilder(r.app.Manifest())
			p := r.compile(b, b.outputs("__type__app."+c.class))
			result := r.values(p, 1)
			err := result.End(c.failure)
			got := ""
			if err != nil {
				got = isAnException(t, err).Error()
			}
			if got != c.exception {
				t.Errorf("End gave %q, want %q", got, c.exception)
			}
			if err := result.End(errUse); err != nil {
				t.Errorf("a second End: %v", err)
			}
			_, err = result.Objects[0].JSON(t.Context())
			isReleased(t, err)
			result.Release()
			checkTrail(t, r, c.trail)
		})
	}
	if _, ok := r.log.find("clean-up of providers failed"); ok {
		t.Error("what End gave was logged as well")
	}
	answered, err := r.plan("/trail").callable.Call(t.Context(), nil, pybridge.CallInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if err := answered.End(errUse); err != nil || string(answered.Body) != `[]` {
		t.Errorf("End of an answer: %v, %s", err, answered.Body)
	}
	answered.Release()
}

func checkTrail(t *testing.T, r *running, want []string) {
	t.Helper()
	text := `[]`
	if len(want) > 0 {
		text = `["` + strings.Join(want, `","`) + `"]`
	}
	if got := string(r.call("/trail", nil).Body); got != text {
		t.Errorf("trail:\n got %s\nwant %s", got, text)
	}
}

func isAnException(t *testing.T, err error) *pybridge.Exception {
	t.Helper()
	var exc *pybridge.Exception
	if !errors.As(err, &exc) {
		t.Fatalf("End gave %v, which is no exception", err)
	}
	return exc
}
