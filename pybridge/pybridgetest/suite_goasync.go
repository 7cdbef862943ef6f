package pybridgetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const goAsyncApp = `
import asyncio, gc, inspect, logging, threading
from spikard import GoError, Spikard
app = Spikard()

class Store:
    async def meet(self, n: int, *, kind: str = "x") -> dict: ...
    async def wait(self) -> None: ...
    async def waiting(self) -> None: ...
    async def stay(self) -> None: ...
    async def panic(self) -> None: ...
    async def again(self, path: str) -> str: ...
    async def give(self, n: int) -> "Store": ...
    async def echo(self, n: int) -> int: ...
    async def rollback(self) -> str: ...
    def roll_back(self) -> str: ...
    def plain(self) -> int: ...
@app.get("/named")
def named(a: Store): ...

@app.get("/kind")
def kind(a: str):
    return [inspect.iscoroutinefunction(a.meet), inspect.iscoroutinefunction(a.plain), str(inspect.signature(a.meet))]
@app.get("/meet")
async def meet(a: str):
    return await asyncio.gather(a.meet(1), a.meet(n=2, kind="y"))
@app.get("/errors")
async def errors(a: str):
    out = []
    try:
        await a.panic()
    except GoError as exc:
        out.append(str(exc))
    try:
        await a.meet()
    except TypeError as exc:
        out.append(str(exc))
    return out
@app.get("/other-loop")
async def other_loop(a: str):
    def run(start):
        try:
            start(a.wait())
        except GoError as exc:
            return str(exc)
    return [await asyncio.to_thread(run, start) for start in (asyncio.run, lambda c: c.send(None))]
@app.get("/inner")
async def inner():
    await asyncio.sleep(0)
    return "inner"
@app.get("/again")
async def again(a: str, path: str):
    return await a.again(path)
@app.get("/give")
async def give(a: str):
    b, c = await asyncio.gather(a.give(1), a.give(2))
    return [await b.echo(7), await c.echo(8), type(b) is type(a)]
@app.get("/echo")
async def echo(a: str, n: int):
    return await a.echo(n)

@app.get("/cancelled-task")
async def cancelled_task(a: str):
    task = asyncio.create_task(a.wait())
    await a.waiting()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
@app.get("/wait")
async def wait(a: str):
    await a.wait()
@app.get("/clean-up")
async def clean_up(a: str):
    try:
        await a.wait()
    finally:
        done = await asyncio.shield(a.rollback()), await a.rollback(), a.roll_back()
        logging.getLogger("test").info(f"cleaned up: {done}")
@app.get("/background")
async def background(a: str):
    async def work():
        try:
            await a.wait()
        except BaseException as exc:
            logging.getLogger("test").info(f"{type(exc).__name__}: {exc}")
            raise
    asyncio.get_running_loop().create_task(work())
    await a.waiting()
@app.get("/stay")
async def stay(a: str):
    task = asyncio.create_task(a.stay())
    await a.waiting()
    task.cancel()
    return "left"

@app.get("/objects")
def objects():
    gc.collect()
    gc.collect()
    return len(gc.get_objects())
`

const noLoop = "an async method of a Go value was awaited outside of the app's event loop; await it in an async " +
	"handler, or give it to that loop with asyncio.run_coroutine_threadsafe"

// asyncStore is a Go type with methods that block.
type asyncStore struct {
	meeting chan string
	waits   chan struct{}
	ended   chan error
	stays   chan struct{}
	r       *running
	running atomic.Int64
}

func newAsyncStore(r *running) *asyncStore {
	return &asyncStore{
		meeting: make(chan string), waits: make(chan struct{}, 1), ended: make(chan error, 1),
		stays: make(chan struct{}), r: r,
	}
}

// Two calls of it end each other.
func (s *asyncStore) meet(ctx context.Context, _ any, args []byte, out *wire.Writer) error {
	var other string
	select {
	case s.meeting <- string(args):
		other = <-s.meeting
	case other = <-s.meeting:
		s.meeting <- string(args)
	case <-ctx.Done():
		return ctx.Err()
	}
	out.Dict(1)
	out.Str("met")
	out.Str(other)
	return nil
}

// wait says that it waits, and for what it has ended.
func (s *asyncStore) wait(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
	s.waits <- struct{}{}
	<-ctx.Done()
	s.ended <- ctx.Err()
	out.Null()
	return ctx.Err()
}

func (s *asyncStore) waiting(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
	<-s.waits
	out.Null()
	return nil
}

// stay does not heed its context.
func (s *asyncStore) stay(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
	s.waits <- struct{}{}
	<-s.stays
	out.Null()
	return nil
}

func (s *asyncStore) again(ctx context.Context, _ any, args []byte, out *wire.Writer) error {
	result, err := s.r.plan(strings.Trim(string(args), `[]"`)).callable.Call(ctx, nil, pybridge.CallInfo{})
	if err != nil {
		return err
	}
	defer result.Release()
	out.Str(string(result.Body))
	return nil
}

func (s *asyncStore) export() int {
	export := 0
	export = s.r.export("Store", methods{
		"meet": s.meet, "wait": s.wait, "waiting": s.waiting, "stay": s.stay, "again": s.again,
		"panic": func(context.Context, any, []byte, *wire.Writer) error { panic("beside the loop") },
		"give": func(_ context.Context, _ any, args []byte, out *wire.Writer) error {
			out.GoInstance(export, int(args[1]-'0'))
			return nil
		},
		"echo": func(_ context.Context, self any, args []byte, out *wire.Writer) error {
			s.running.Add(1)
			defer s.running.Add(-1)
			runtime.Gosched()
			out.List(2)
			out.Int(int64(self.(int)))
			out.Str(string(args))
			return nil
		},
		"rollback": rollback, "roll_back": rollback,
		"plain": func(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
			out.Int(1)
			return nil
		},
	})
	return export
}

// rollback fails when its context has ended, as those of database/sql do.
func rollback(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
	out.Str("done")
	return ctx.Err()
}

// What the clean-up of a cancelled request asks of Go is not cancelled with it.
func testGoAsyncCleanUp(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	export := store.export()
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []given{{"a": instance(export, 0)}, {"a": goValue(handle)}} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan pybridge.Result)
		go func() { ended <- r.open(ctx, "/clean-up", v, numbered{nil}) }()
		<-store.waits
		cancel()
		if err := <-store.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the method that was waited for: %v", err)
		}
		result := <-ended
		if _, ok := r.log.find("cleaned up: ('done', 'done', 'done')"); !ok {
			t.Errorf("%v, %v", result.Exception, r.log.messages())
		}
		result.Release()
	}
}

func testGoAsync(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	v, half := given{"a": instance(store.export(), 0)}, numbered{10, 11, 12}
	ctx := t.Context()
	r.answersWith(ctx, "/kind", v, half, `[true,false,"(n: int, *, kind: str = 'x') -> dict"]`)
	r.answersWith(ctx, "/meet", v, half, `[{"met":"[2,\"y\"]"},{"met":"[1,\"x\"]"}]`)
	r.answersWith(ctx, "/errors", v, half,
		`["panic in go code: beside the loop","missing a required argument: 'n'"]`)
	r.answersWith(ctx, "/give", v, half, `[[11,"[7]"],[12,"[8]"],true]`)
	r.answersWith(ctx, "/other-loop", v, half, `["`+noLoop+`","`+noLoop+`"]`)
	r.plan("/inner")
	r.answersWith(ctx, "/again", given{"a": v["a"], "path": str("/inner")}, half, `"\"inner\""`)
}

func testGoAsyncCancel(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	export := store.export()
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []given{{"a": instance(export, 0)}, {"a": goValue(handle)}} {
		r.answersWith(t.Context(), "/cancelled-task", v, numbered{nil}, `"cancelled"`)
		if err := <-store.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled task: %v", err)
		}
		// The request is cancelled.
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan pybridge.Result)
		go func() { ended <- r.open(ctx, "/wait", v, numbered{nil}) }()
		<-store.waits
		cancel()
		if err := <-store.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a request that was cancelled: %v", err)
		}
		result := <-ended
		if exc := result.Exception; exc == nil {
			t.Errorf("a cancelled request: %+v", result)
		}
		result.Release()
		// The request is over.
		r.answersWith(t.Context(), "/background", v, numbered{nil}, `null`)
		if err := <-store.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the end of the request: %v", err)
		}
	}
}

// Close cancels what Python awaits of Go, and waits for it.
func testGoAsyncClose(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	v := given{"a": instance(store.export(), 0)}
	held := r.open(t.Context(), "/background", v, numbered{nil})
	closed := make(chan error)
	go func() { closed <- r.app.Close(context.Background()) }()
	held.Release()
	if err := <-store.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func testGoAsyncCloseStuck(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	v := given{"a": instance(store.export(), 0)}
	r.answersWith(t.Context(), "/stay", v, numbered{nil}, `"left"`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.app.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), "1 methods of Go values that python code awaited are still running") {
		t.Errorf("got %v", err)
	}
	close(store.stays)
	if err := r.app.Close(context.Background()); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func testGoAsyncHammer(t *testing.T, s *suite) {
	r := s.load(t, goAsyncApp)
	store := newAsyncStore(r)
	p := r.plan("/echo")
	export := store.export()
	round := func(n int) {
		var clients sync.WaitGroup
		for client := range 16 {
			clients.Go(func() {
				random := rand.New(rand.NewPCG(uint64(client), 1))
				for range n {
					hammerAsync(t, p, export, random.IntN(1000))
				}
			})
		}
		clients.Wait()
	}
	round(20)
	objects, goroutines := r.objects(), runtime.NumGoroutine()
	round(150)
	if after := r.objects(); after > objects+50 {
		t.Errorf("%d objects before, %d after", objects, after)
	}
	if after := runtime.NumGoroutine(); after > goroutines+2 || store.running.Load() != 0 {
		t.Errorf("%d goroutines before, %d after", goroutines, after)
	}
}

func hammerAsync(t *testing.T, p *plan, export, n int) {
	ctx := t.Context()
	if n%8 == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go cancel()
	}
	in := p.input(given{"a": instance(export, 0), "n": integer(n)})
	result, err := p.callable.Call(ctx, in, pybridge.CallInfo{Go: numbered{n}})
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return
	}
	defer result.Release()
	if ctx.Err() != nil {
		return
	}
	if want := "[" + itoa(n) + `,"[` + itoa(n) + `]"]`; string(result.Body) != want {
		t.Errorf("got %s, want %s, %v", result.Body, want, result.Exception)
	}
}
