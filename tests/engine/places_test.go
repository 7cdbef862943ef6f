//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

const placesApp = `
from contextlib import contextmanager
from typing import Annotated
app = Spikard()
lock = threading.Lock()
count = {}
release = {}
barrier = threading.Barrier(64)

@contextmanager
def inside(name):
    with lock:
        now, peak = count.get(name, (0, 0))
        count[name] = now + 1, max(peak, now + 1)
    try:
        yield
    finally:
        with lock:
            now, peak = count[name]
            count[name] = now - 1, peak

def hold(name):
    with lock:
        event = release.setdefault(name, threading.Event())
    with inside(name):
        event.wait()
    return name

@app.get("/together")
def together():
    barrier.wait(60)

@app.get("/sleeps")
def sleeps():
    with inside("sleeps"):
        time.sleep(0.2)

async def later(n: int = 0):
    await asyncio.sleep(0)
    return 7

@app.get("/sleeps-behind-async")
def sleeps_behind_async(n: Annotated[int, Provide(later)]):
    barrier.wait(60)
    return n

@app.get("/two", threads=2, queue=3)
def two():
    return hold("two")

@app.get("/none", threads=1, queue=0)
async def none():
    with inside("none"):
        while "none" not in release:
            await asyncio.sleep(0.001)

@app.get("/greedy")
def greedy():
    return hold("greedy")

@app.get("/other")
def other():
    return hold("other")

@app.get("/spins")
def spins():
    with inside("spins"):
        while "spins" not in release:
            pass

@app.get("/last", threads=1)
def last():
    say("last begins")
    time.sleep(1)

@app.get("/quick")
def quick():
    return "quick"

@app.get("/quick-async")
async def quick_async():
    await asyncio.sleep(0)
    return "quick"

@app.get("/release")
def let_go(name: str):
    with lock:
        release.setdefault(name, threading.Event()).set()

@app.get("/forget")
def forget(name: str):
    with lock:
        del release[name]

@app.get("/count")
async def how_many(name: str):
    with lock:
        return count.get(name, (0, 0))
`

// crowd are requests for one path that are under way.
type crowd struct {
	sync.WaitGroup
	ok, busy, other atomic.Int32
	noRetry         atomic.Int32 // those of busy that name no time
}

// ask sends n requests at once.
func (c *crowd) ask(ctx context.Context, p *program, path string, n int) {
	for range n {
		c.Go(func() {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+p.server.Addr()+path, http.NoBody)
			if err != nil {
				panic(err)
			}
			resp, err := p.client.Do(r)
			if err != nil {
				c.other.Add(1)
				return
			}
			resp.Body.Close()
			switch resp.StatusCode {
			case http.StatusOK:
				c.ok.Add(1)
			case http.StatusServiceUnavailable:
				c.busy.Add(1)
				if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || s < 1 {
					c.noRetry.Add(1)
				}
			default:
				c.other.Add(1)
			}
		})
	}
}

func (c *crowd) check(t *testing.T, ok, busy int32) {
	t.Helper()
	c.Wait()
	if c.ok.Load() != ok || c.busy.Load() != busy || c.other.Load() != 0 || c.noRetry.Load() != 0 {
		t.Errorf("%d were served, %d refused (%d without Retry-After), %d failed; want %d and %d",
			c.ok.Load(), c.busy.Load(), c.noRetry.Load(), c.other.Load(), ok, busy)
	}
}

// inside is how many calls of a handler are inside, and the most that were.
func (p *program) inside(t *testing.T, name string) (now, peak int) {
	t.Helper()
	text := p.get(t, "/count?name="+name).text
	if _, err := fmt.Sscanf(text, "[%d,%d]", &now, &peak); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return now, peak
}

// until waits for what is to become so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// waiting is the gauge of those who wait.
func (p *program) waiting(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(p.get(t, "/metrics").text) {
		if name, n, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == "spikard_python_queue_depth" {
			return n
		}
	}
	return ""
}

func newPlaces(t *testing.T, config spikard.Config) *program {
	t.Helper()
	config.Metrics = &spikard.Metrics{}
	return newProgram(t, config, placesApp, spikard.Get("/go", func() (string, error) { return "go", nil })).run(t)
}

// quick asks for what is short, whoever answers it.
func (p *program) quick(t *testing.T) {
	t.Helper()
	for range 50 {
		for _, path := range []string{"/quick", "/quick-async", "/go", "/healthz"} {
			if got := p.get(t, path); got.StatusCode != http.StatusOK {
				t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
			}
		}
	}
}

// TestPlacesAtOnce has 64 calls of a route inside at once: none of them is answered
// before all of them are there.
func TestPlacesAtOnce(t *testing.T) {
	p := newPlaces(t, spikard.Config{})
	for _, path := range []string{"/together", "/sleeps-behind-async", "/together"} {
		var c crowd
		c.ask(t.Context(), p, path, 64)
		c.check(t, 64, 0)
	}
	var c crowd
	c.ask(t.Context(), p, "/sleeps", 64)
	c.check(t, 64, 0)
	if now, peak := p.inside(t, "sleeps"); now != 0 || peak != 64 {
		t.Errorf("%d slept at once, %d still do", peak, now)
	}
}

// TestPlacesOverload fills a route's places and its queue: who comes then is sent
// away, whoever leaves the queue makes room in it, and all others are served when
// the calls inside have ended.
func TestPlacesOverload(t *testing.T) {
	p := newPlaces(t, spikard.Config{})
	for round := range 2 {
		var served, left, refused crowd
		served.ask(t.Context(), p, "/two", 2)
		until(t, "two are inside", func() bool { now, _ := p.inside(t, "two"); return now == 2 })
		served.ask(t.Context(), p, "/two", 2)
		until(t, "two wait", func() bool { return p.waiting(t) == "2" })
		ctx, cancel := context.WithCancel(t.Context())
		left.ask(ctx, p, "/two", 1)
		until(t, "three wait", func() bool { return p.waiting(t) == "3" })
		refused.ask(t.Context(), p, "/two", 5)
		refused.check(t, 0, 5)
		p.quick(t)
		cancel()
		until(t, "one has left", func() bool { return p.waiting(t) == "2" })
		left.Wait()
		served.ask(t.Context(), p, "/two", 1)
		until(t, "three wait again", func() bool { return p.waiting(t) == "3" })
		if now, peak := p.inside(t, "two"); now != 2 || peak != 2 {
			t.Errorf("round %d: %d are inside, %d were", round, now, peak)
		}
		p.get(t, "/release?name=two")
		served.check(t, 5, 0)
		if got := p.get(t, "/two"); got.StatusCode != http.StatusOK {
			t.Errorf("afterwards: %d", got.StatusCode)
		}
		p.get(t, "/forget?name=two")
	}
}

// TestPlacesOfCoroutines bounds the tasks of a route that suspends.
func TestPlacesOfCoroutines(t *testing.T) {
	p := newPlaces(t, spikard.Config{})
	var served, refused crowd
	served.ask(t.Context(), p, "/none", 1)
	until(t, "one is inside", func() bool { now, _ := p.inside(t, "none"); return now == 1 })
	refused.ask(t.Context(), p, "/none", 3)
	refused.check(t, 0, 3)
	p.get(t, "/release?name=none")
	served.check(t, 1, 0)
	if got := p.get(t, "/none"); got.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", got.StatusCode)
	}
}

// TestPlacesAreShared has two routes that block with more clients than there are
// places: each has many calls inside, others are served, and what the queues don't
// hold is refused.
func TestPlacesAreShared(t *testing.T) {
	queue := 100
	p := newPlaces(t, spikard.Config{RouteQueue: &queue})
	crowds := map[string]*crowd{"greedy": {}, "other": {}}
	for _, name := range []string{"greedy", "other"} {
		crowds[name].ask(t.Context(), p, "/"+name, 500)
		until(t, "the queue is full", func() bool { return crowds[name].busy.Load() > 0 })
		until(t, "many are inside", func() bool { now, _ := p.inside(t, name); return now >= 64 })
		p.quick(t)
	}
	for name, c := range crowds {
		p.get(t, "/release?name="+name)
		c.Wait()
		_, peak := p.inside(t, name)
		t.Logf("%s: %d at once, %d served, %d refused", name, peak, c.ok.Load(), c.busy.Load())
		if c.ok.Load()+c.busy.Load() != 500 || c.noRetry.Load() > 0 || int(c.ok.Load()) < 64+queue {
			t.Errorf("%s: %d at once, %d served, %d refused, %d without Retry-After",
				name, peak, c.ok.Load(), c.busy.Load(), c.noRetry.Load())
		}
	}
	p.quick(t)
}

// TestPlacesBesideComputing has handlers that compute without an end beside short
// ones of each kind, which are all answered.
func TestPlacesBesideComputing(t *testing.T) {
	for _, spinners := range []int{1, 4} {
		t.Run(fmt.Sprint(spinners), func(t *testing.T) {
			p := newPlaces(t, spikard.Config{})
			var c crowd
			c.ask(t.Context(), p, "/spins", spinners)
			until(t, "all compute", func() bool { now, _ := p.inside(t, "spins"); return now == spinners })
			p.quick(t)
			p.get(t, "/release?name=spins")
			c.check(t, int32(spinners), 0)
		})
	}
}

// TestPlacesAtShutdown stops a server with a call inside and others that wait for
// its place: these never begin.
func TestPlacesAtShutdown(t *testing.T) {
	p := newPlaces(t, spikard.Config{ShutdownTimeout: 50 * time.Millisecond})
	var c crowd
	c.ask(t.Context(), p, "/last", 4)
	until(t, "three wait", func() bool { return p.waiting(t) == "3" })
	p.stop(t)
	c.Wait()
	p.trail.check(t, "last begins")
}
