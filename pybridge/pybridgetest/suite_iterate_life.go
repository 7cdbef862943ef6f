package pybridgetest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// gate3 is a Go value with the methods of the class Gate.
func (r *iterating) gate3(open, ask, fetch pybridge.GoMethod) value {
	r.t.Helper()
	export := r.export("Gate", methods{"open": open, "ask": ask, "fetch": fetch})
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return goValue(handle)
}

// A timeout that was entered ahead of a yield ends the generator there, and a task
// group is left by the task that entered it.
func testIterateTimeout(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	if r.pythonIs("3.10") {
		t.Skip("python 3.10 has no asyncio.timeout")
	}
	object := r.of("timeout")
	defer object.Release()
	var got []string
	for item, err := range pybridge.Iter(t.Context(), object) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := pybridge.As[string](t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
		if text == "late" { // the timeout comes while Go has the item
			if _, err := r.source.Call(t.Context(), "passes"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := []string{"entered", "late", "timed out"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	checkTrail(t, r.running, nil)
	// A task group ends its tasks, and passes on in a group what closed it.
	group := r.of("group")
	defer group.Release()
	for _, err := range pybridge.Iter(t.Context(), group) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if n, err := pybridge.Call[int](t.Context(), r.source, "tasks"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
	if _, ok := r.log.find("closing a python iterator failed"); ok {
		t.Errorf("a group that was closed is a failure: %v", r.log.messages())
	}
}

// A cancel scope of anyio's is left by the task that entered it, or anyio raises;
// one that ends in between ends the generator at the yield.
func testIterateCancelScope(t *testing.T, s *suite) {
	r := s.load(t, findPackages+`
import asyncio
from spikard import Provide, Spikard
app = Spikard()
trail = []
if have("anyio"):
    import anyio
class Source:
    async def scopes(self):
        async with anyio.create_task_group() as group:
            for i in range(2):
                with anyio.move_on_after(60):
                    await asyncio.sleep(0)
                    yield i
            with anyio.CancelScope() as scope:
                try:
                    yield 2
                    scope.cancel()
                    yield 3
                    trail.append("went on")
                finally:
                    trail.append("cancelled")
            yield 4
            group.start_soon(anyio.sleep, 60)
            yield 5
    async def passes(self):
        for _ in range(5):
            await asyncio.sleep(0)
source = Source()
app.provide(Source, Provide(lambda: source))
@app.get("/have")
def has(name: str):
    return have(name)
@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
@app.get("/needs")
def needs(s: Source): ...
`)
	if !r.has("anyio") {
		t.Skip("anyio is not installed")
	}
	b := newBuilder(r.app.Manifest())
	result := r.values(r.compile(b, b.outputs("__type__app.Source")), 1)
	defer result.Release()
	source := result.Objects[0]
	object, err := source.Call(t.Context(), "scopes")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Release()
	var got []int
	for n, err := range pybridge.All[int](t.Context(), object) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
		if n == 3 { // the cancellation comes while Go has the item
			if _, err := source.Call(t.Context(), "passes"); err != nil {
				t.Fatal(err)
			}
		}
		if n == 5 {
			break // ends the group with its task
		}
	}
	if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	r.trail("cancelled")
	if _, ok := r.log.find("closing a python iterator failed"); ok {
		t.Errorf("%v", r.log.messages())
	}
}

// What a step asks of Go, and a later one awaits, belongs to the whole iteration.
func testIterateGoAsync(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	ctx := context.WithValue(t.Context(), contextKey{}, "x")
	goOn, n := make(chan struct{}), 0
	fetch := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		if ctx.Value(contextKey{}) == nil {
			t.Error("the context of the iteration did not arrive")
		}
		select {
		case <-goOn:
		case <-ctx.Done():
			return ctx.Err()
		}
		n++
		out.Int(int64(n))
		return nil
	}
	gate := r.object(r.gate3(fetch, fetch, fetch))
	defer gate.Release()
	object := r.of("fetches", gate)
	defer object.Release()
	var got []string
	for item, err := range pybridge.Iter(ctx, object) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := item.JSON(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(text)); len(got) == 1 {
			close(goOn)
		}
	}
	if want := []string{`"begun"`, "1", "2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An item is on loan until the next round.
func testIterateItems(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	ctx := t.Context()
	for _, method := range []string{"things", "athings"} {
		object := r.of(method, 3)
		var before, kept pybridge.Object
		for item, err := range pybridge.Iter(ctx, object) {
			if err != nil {
				t.Fatal(err)
			}
			if before != nil {
				_, err := before.Attr(ctx, "n")
				isReleased(t, err)
			}
			item.Release() // it is the iteration's
			if kept == nil {
				if kept, err = item.Keep(ctx); err != nil {
					t.Fatal(err)
				}
			}
			before = item
			// The generator has let go of the others, and so has Go.
			want := "2"
			if n, _ := pybridge.Attr[int](ctx, item, "n"); n == 0 {
				want = "1"
			}
			r.answers("/alive", nil, want)
		}
		_, err := before.Attr(ctx, "n")
		isReleased(t, err)
		if n, err := pybridge.Attr[int](ctx, kept, "n"); err != nil || n != 0 {
			t.Errorf("%s: the item that was kept: %d, %v", method, n, err)
		}
		kept.Release()
		object.Release()
		r.answers("/alive", nil, "0")
	}
}

// The loop can't be asked by what it waits for; a plain iterable can.
func testIterateInsideLoop(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	plain, asynchronous := r.of("count", 2), r.of("acount", 2)
	defer plain.Release()
	defer asynchronous.Release()
	var got []string
	var errs [2]error
	ask := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		got, errs[0] = collect(ctx, plain)
		_, errs[1] = collect(ctx, asynchronous)
		out.Null()
		return nil
	}
	r.answers("/ask-async", given{"v": r.gate3(ask, ask, ask)}, `null`)
	if len(got) != 2 || errs[0] != nil {
		t.Errorf("a plain generator: %v, %v", got, errs[0])
	}
	if errs[1] == nil || !strings.Contains(errs[1].Error(), "its event loop waits for that method") {
		t.Errorf("an asynchronous generator: %v", errs[1])
	}
	r.trail("begin", "end")
	if got, err := collect(t.Context(), asynchronous); len(got) != 2 || err != nil {
		t.Errorf("after that: %v, %v", got, err)
	}
}

// When the app is closed, what is open ends with it.
func testIterateClose(t *testing.T, s *suite) {
	for _, method := range []string{"logs", "alogs"} {
		r, release := s.iterating(t)
		object := r.of(method)
		i, err := object.Iter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.Next(); err != nil {
			t.Fatal(err)
		}
		release()
		if err := r.app.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, ok := r.log.find(method + " has ended"); !ok {
			t.Errorf("%s goes on", method)
		}
		if _, err := i.Next(); !errors.Is(err, pybridge.ErrClosed) {
			t.Errorf("%s: %v", method, err)
		}
		i.Close()
		i.Close()
		if _, err := i.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s after Close: %v", method, err)
		}
		if _, err := object.Iter(t.Context()); !errors.Is(err, pybridge.ErrClosed) {
			t.Errorf("%s of an app that is closed: %v", method, err)
		}
		object.Release()
	}
}

// Many iterate at once, and leave at random by a break or the end of a context.
func testIterateHammer(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	round := func(n int) {
		var clients sync.WaitGroup
		for client := range 16 {
			clients.Go(func() {
				random := rand.New(rand.NewPCG(uint64(client), 7))
				for range n {
					hammerIterate(t, r, random)
				}
			})
		}
		clients.Wait()
		if _, err := r.source.Call(t.Context(), "passes"); err != nil {
			t.Error(err)
		}
		r.call("/trail", nil)
	}
	round(5)
	objects, goroutines := r.objects(), runtime.NumGoroutine()
	for range 5 {
		round(rounds)
	}
	if after := r.objects(); after > objects+50 {
		t.Errorf("%d objects before, %d after", objects, after)
	}
	if after := runtime.NumGoroutine(); after > goroutines+2 {
		t.Errorf("%d goroutines before, %d after", goroutines, after)
	}
	if n, err := pybridge.Call[int](t.Context(), r.source, "tasks"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
}

func hammerIterate(t *testing.T, r *iterating, random *rand.Rand) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kind := random.IntN(5)
	if kind == 4 {
		hammerAwait(ctx, t, r, cancel)
		return
	}
	method := []string{"count", "acount", "fails", "afails"}[kind]
	object, err := r.source.Call(ctx, method, 6)
	if err != nil {
		t.Error(err)
		return
	}
	defer object.Release()
	leave, end := random.IntN(12), random.IntN(12)
	n := 0
	for got, err := range pybridge.All[int](ctx, object) {
		var exc *pybridge.Exception
		switch {
		case err == nil && got != n:
			t.Errorf("%s: item %d is %d", method, n, got)
		case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		case errors.As(err, &exc) && exc.Type == "LookupError" && n == 6:
		case err != nil:
			t.Errorf("%s, item %d: %v", method, n, err)
		}
		if n == leave {
			break
		}
		if n == end {
			go cancel()
		}
		n++
	}
}

// hammerAwait awaits a task that may be cancelled at any time.
func hammerAwait(ctx context.Context, t *testing.T, r *iterating, cancel context.CancelFunc) {
	tasks, err := r.source.Call(ctx, "begin")
	if err != nil {
		t.Error(err)
		return
	}
	defer tasks.Release()
	for task, err := range pybridge.Iter(ctx, tasks) {
		if err == nil {
			go cancel()
			_, err = pybridge.Await(ctx, task)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("await: %v", err)
		}
	}
}
