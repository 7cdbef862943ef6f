package pybridgetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const awaitApp = `
import asyncio
from spikard import Provide, Spikard
app = Spikard()
trail = []

class Delayed:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "delayed"

class Announced:
    """Tells when it is awaited."""
    def __init__(self, inner, gate):
        self.inner = inner
        self.gate = gate
    def __await__(self):
        self.gate.open()
        return (yield from self.inner.__await__())

class Service:
    def __init__(self):
        self.delayed = Delayed()
    async def _one(self, v):
        await asyncio.sleep(0)
        return v
    async def _fail(self, exc):
        await asyncio.sleep(0)
        raise exc
    async def _forever(self, gate, mark):
        try:
            if gate is not None:
                gate.open()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            trail.append(mark)
    async def start(self, kind, gate=None):
        return [self._start(kind, gate)]
    def _start(self, kind, gate):
        loop = asyncio.get_running_loop()
        match kind:
            case "coroutine":
                return self._one(kind)
            case "task":
                return loop.create_task(self._one(kind))
            case "future":
                future = loop.create_future()
                loop.call_soon(future.set_result, kind)
                return future
            case "foreign":
                return asyncio.new_event_loop().create_future()
            case "fails":
                return self._fail(LookupError("böse"))
            case "exits":
                return self._fail(SystemExit(3))
            case "cancelled":
                future = loop.create_future()
                future.cancel()
                return future
            case "waits":
                return self._forever(gate, "waits")
            case "waiting task":
                return Announced(loop.create_task(self._forever(None, "task")), gate)
            case "shielded":
                self.inner = loop.create_task(self._forever(None, "shielded"))
                return Announced(asyncio.shield(self.inner), gate)
    async def _end_inner(self):
        self.inner.cancel()
        await asyncio.wait([self.inner])
    def end_inner(self):
        return [self._end_inner()]

service = Service()
app.provide(Service, Provide(lambda: service))

class Gate:
    def open(self): ...
    def ask(self): ...

@app.get("/ask-async")
async def ask_async(v: str):
    await asyncio.sleep(0)
    return v.ask()
@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
@app.get("/needs")
def needs(s: Service, g: Gate): ...
`

// awaiting is a running app whose service makes awaitables.
type awaiting struct {
	*running
	service pybridge.Object
}

func (s *suite) awaiting(t *testing.T) (*awaiting, func()) {
	t.Helper()
	r := s.load(t, awaitApp)
	service, result := r.service()
	return &awaiting{r, service}, result.Release
}

// held is an awaitable as Go holds it: the only item of a list that a method gives,
// since a call awaits a coroutine by itself.
func (a *awaiting) held(method string, args ...any) pybridge.Object {
	a.t.Helper()
	list, err := a.service.Call(a.t.Context(), method, args...)
	if err != nil {
		a.t.Fatal(err)
	}
	defer list.Release()
	var kept pybridge.Object
	for item, err := range pybridge.Iter(a.t.Context(), list) {
		if err == nil {
			kept, err = item.Keep(a.t.Context())
		}
		if err != nil {
			a.t.Fatal(err)
		}
	}
	return kept
}

func testAwait(t *testing.T, s *suite) {
	r, release := s.awaiting(t)
	defer release()
	ctx := t.Context()
	for _, kind := range []string{"task", "future"} {
		held := r.held("start", kind)
		if got, err := pybridge.AwaitAs[string](ctx, held); err != nil || got != kind {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
		// What has a result gives it again.
		if got, err := pybridge.AwaitAs[string](ctx, held); err != nil || got != kind {
			t.Errorf("%s again: %q, %v", kind, got, err)
		}
		held.Release()
	}
	delayed, err := r.service.Attr(ctx, "delayed")
	if err != nil {
		t.Fatal(err)
	}
	defer delayed.Release()
	if got, err := pybridge.AwaitAs[string](ctx, delayed); err != nil || got != "delayed" {
		t.Errorf("an object with __await__: %q, %v", got, err)
	}
	for kind, want := range map[string]string{
		"fails": "LookupError: böse", "exits": "SystemExit: 3", "cancelled": "asyncio.exceptions.CancelledError",
	} {
		held := r.held("start", kind)
		_, err := pybridge.Await(ctx, held)
		if exc := isException(t, err, strings.Split(want, ":")[0]); exc.Error() != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
		held.Release()
	}
	foreign := r.held("start", "foreign")
	defer foreign.Release()
	_, err = pybridge.Await(ctx, foreign)
	_ = isException(t, err, "RuntimeError")
	_, err = pybridge.Await(ctx, r.service)
	if exc := isException(t, err, "TypeError"); !strings.Contains(exc.Message, "app.Service' object can't be awaited") {
		t.Errorf("what can't be awaited: %v", exc)
	}
	held := r.held("start", "coroutine")
	defer held.Release()
	if got, err := pybridge.AwaitAs[string](ctx, held); err != nil || got != "coroutine" {
		t.Errorf("a coroutine: %q, %v", got, err)
	}
	_, err = pybridge.Await(ctx, held)
	if exc := isException(t, err, "RuntimeError"); !strings.Contains(exc.Message, "already awaited") {
		t.Errorf("a coroutine for the second time: %v", exc)
	}
}

// The end of the context cancels what is awaited, and is what the caller learns.
func testAwaitCancel(t *testing.T, s *suite) {
	r, release := s.awaiting(t)
	defer release()
	opened := make(chan context.CancelFunc, 1)
	open := func(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
		(<-opened)()
		out.Null()
		return nil
	}
	gate := r.gate(open, open)
	object := r.object(gate)
	defer object.Release()
	for _, c := range []struct{ kind, trail string }{
		{"waits", "waits"},
		{"waiting task", "task"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		opened <- cancel
		held := r.held("start", c.kind, object)
		if _, err := pybridge.Await(ctx, held); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", c.kind, err)
		}
		held.Release()
		r.trail(c.trail)
		cancel()
	}
	// What is shielded goes on.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opened <- cancel
	held := r.held("start", "shielded", object)
	if _, err := pybridge.Await(ctx, held); !errors.Is(err, context.Canceled) {
		t.Errorf("shielded: %v", err)
	}
	held.Release()
	r.answers("/trail", nil, `[]`)
	end := r.held("end_inner")
	if _, err := pybridge.Await(t.Context(), end); err != nil {
		t.Error(err)
	}
	end.Release()
	r.trail("shielded")
	// A context that has ended reaches nothing.
	untouched := r.held("start", "coroutine")
	defer untouched.Release()
	if _, err := pybridge.Await(ctx, untouched); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	if got, err := pybridge.AwaitAs[string](t.Context(), untouched); err != nil || got != "coroutine" {
		t.Errorf("after that: %q, %v", got, err)
	}
}

// What the loop waits for can't wait for the loop; the awaitable is as it was.
func testAwaitInsideLoop(t *testing.T, s *suite) {
	r, release := s.awaiting(t)
	defer release()
	held := r.held("start", "coroutine")
	defer held.Release()
	var inside error
	ask := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		_, inside = pybridge.Await(ctx, held)
		out.Null()
		return nil
	}
	r.answers("/ask-async", given{"v": r.gate(ask, ask)}, `null`)
	if inside == nil || !strings.Contains(inside.Error(), "its event loop waits for that method") {
		t.Errorf("inside the loop: %v", inside)
	}
	if got, err := pybridge.AwaitAs[string](t.Context(), held); err != nil || got != "coroutine" {
		t.Errorf("after that: %q, %v", got, err)
	}
}

// An app without asynchronous code says so.
func testAwaitWithoutLoop(t *testing.T, s *suite) {
	r := s.load(t, `
from spikard import Provide, Spikard
app = Spikard()
class Service:
    def held(self):
        async def one():
            return 1
        async def items():
            yield 1
        coroutine = one()
        coroutine.close()
        return [coroutine, items()]
service = Service()
app.provide(Service, Provide(lambda: service))
@app.get("/needs")
def needs(s: Service): ...
`)
	service, result := r.service()
	defer result.Release()
	list, err := service.Call(t.Context(), "held")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Release()
	n := 0
	for item, err := range pybridge.Iter(t.Context(), list) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			_, err = pybridge.Await(t.Context(), item)
		} else {
			_, err = collect(t.Context(), item)
		}
		if err == nil || !strings.Contains(err.Error(), "the app has no event loop") {
			t.Errorf("item %d: %v", n, err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d items", n)
	}
}
