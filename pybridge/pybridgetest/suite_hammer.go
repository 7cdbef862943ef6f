package pybridgetest

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const hammerApp = `
import asyncio, sys, time
from collections.abc import AsyncIterator, Iterator
from spikard import HTTPException, Provide, Response, Spikard
app = Spikard()

class G: pass
class H: pass
def make_g() -> Iterator[G]:
    yield G()
async def make_h(g: G) -> AsyncIterator[H]:
    await asyncio.sleep(0)
    yield H()
app.provide(G, Provide(make_g))
app.provide(H, Provide(make_h))

@app.get("/plain")
def plain(n: int): return {"n": n, "l": [n, str(n), n / 2]}
@app.get("/inline")
async def inline(n: int): return n
@app.get("/suspends")
async def suspends(n: int):
    await asyncio.sleep(0)
    return n
@app.get("/sleeps")
async def sleeps(n: int):
    await asyncio.sleep(n % 3 / 1000)
    return n
@app.get("/blocks")
def blocks(n: int):
    time.sleep(n % 3 / 1000)
    return n
@app.get("/generator")
def generator(n: int, g: G): return n
@app.get("/async-generator")
async def async_generator(n: int, h: H): return n
@app.get("/thread")
async def thread(n: int): return await asyncio.to_thread(abs, n)
@app.get("/raises")
def raises(n: int): raise ValueError(n)
@app.get("/exits")
async def exits(n: int):
    await asyncio.sleep(0)
    sys.exit(n)
@app.get("/problem")
def problem(n: int): raise HTTPException(404)
@app.get("/wrong")
def wrong(n: int): return object()
@app.get("/recursion")
def recursion(n: int): return recursion(n)
@app.get("/response")
def response(n: int): return Response(b"x" * n, headers={"n": str(n)})
`

// Every kind of program at once, on few and on many threads.
func testHammer(t *testing.T, s *suite) {
	r := s.load(t, hammerApp)
	var plans []*plan
	var paths []string
	for _, route := range r.app.Manifest().Routes {
		plans = append(plans, r.plan(route.Path))
		paths = append(paths, route.Path)
	}
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, procs := range []int{1, 2, 16} {
		runtime.GOMAXPROCS(procs)
		var clients sync.WaitGroup
		for client := range 64 {
			clients.Go(func() {
				random := rand.New(rand.NewPCG(uint64(client), uint64(procs)))
				for range 60 {
					i := random.IntN(len(plans))
					hammerOnce(t, paths[i], plans[i], random.IntN(500))
				}
			})
		}
		clients.Wait()
	}
}

func hammerOnce(t *testing.T, path string, p *plan, n int) {
	ctx := t.Context()
	if n%10 == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go cancel()
	}
	runtime.Gosched()
	result, err := p.callable.Call(ctx, p.input(given{"n": integer(n)}), pybridge.CallInfo{RequestID: itoa(n)})
	if err != nil {
		if ctx.Err() == nil {
			t.Errorf("%s: %v", path, err)
		}
		return
	}
	runtime.Gosched()
	if exc := result.Exception; exc != nil && exc.Type == "asyncio.exceptions.CancelledError" && ctx.Err() != nil {
		result.Release()
		return
	}
	if got := hammered(path, result); got != hammerWant(path, n) {
		t.Errorf("%s with %d: got %s, want %s", path, n, got, hammerWant(path, n))
	}
	result.Release()
}

func hammered(path string, result pybridge.Result) string {
	switch {
	case result.Exception != nil:
		return result.Exception.Type
	case result.Outcome == pybridge.Problem:
		return "problem"
	case path == "/response":
		return result.Header[0].Value + ":" + itoa(len(result.Body))
	}
	return string(result.Body)
}

func hammerWant(path string, n int) string {
	switch path {
	case "/plain":
		half := itoa(n / 2)
		if n%2 == 0 {
			half += ".0"
		} else {
			half += ".5"
		}
		return `{"n":` + itoa(n) + `,"l":[` + itoa(n) + `,"` + itoa(n) + `",` + half + `]}`
	case "/response":
		return itoa(n) + ":" + itoa(n)
	}
	if want, ok := map[string]string{
		"/raises": "ValueError", "/exits": "SystemExit", "/problem": "problem",
		"/wrong": "TypeError", "/recursion": "RecursionError",
	}[path]; ok {
		return want
	}
	return itoa(n)
}
