package pybridgetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

const closeApp = `
import asyncio, time
from spikard import Spikard
app = Spikard()

started = []

@app.get("/block")
def block():
    started.append(1)
    time.sleep(0.1)
    return "blocked"

@app.get("/await")
async def wait():
    started.append(1)
    await asyncio.sleep(0.1)
    return "waited"

@app.get("/started")
def get_started():
    return len(started)

async def polite():
    import logging
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0)
        logging.getLogger("test").info("close task")

async def endless():
    while True:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            pass

async def sleepy():
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass

async def stuck():
    time.sleep(2.5)

tasks = []
@app.get("/task")
async def task(name: str):
    tasks.append(asyncio.ensure_future(globals()[name]()))
    await asyncio.sleep(0.001)
`

// Close waits for calls and cancels tasks.
func testClose(t *testing.T, s *suite) {
	r := s.load(t, closeApp)
	r.answers("/task", given{"name": str("polite")}, `null`)
	r.plan("/block")
	r.plan("/await")
	results := make(chan pybridge.Result, 2)
	for _, path := range []string{"/block", "/await"} {
		go func() { results <- r.callWith(context.Background(), path, nil) }()
	}
	r.eventually("/started", `2`)
	held, err := r.plan("/started").callable.Call(t.Context(), nil, pybridge.CallInfo{})
	if err != nil {
		t.Fatal(err)
	}
	var closed atomic.Bool
	ended := make(chan error, 1)
	go func() {
		ended <- r.app.Close(context.Background())
		closed.Store(true)
	}()
	for range 2 {
		if got := <-results; got.Outcome != pybridge.Answered {
			t.Errorf("a call under way during Close: %+v", got)
		}
	}
	if closed.Load() {
		t.Error("Close did not wait for a result that is in use")
	}
	if string(held.Body) != `2` {
		t.Errorf("a result during Close: %s", held.Body)
	}
	held.Release()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(r.log.from("test"), ","); got != "close task" {
		t.Errorf("got %s: the task was not awaited", got)
	}
	testAfterClose(t, r)
}

func testAfterClose(t *testing.T, r *running) {
	if _, err := r.plan("/started").callable.Call(t.Context(), nil, pybridge.CallInfo{}); !errors.Is(err, pybridge.ErrClosed) {
		t.Errorf("a call after Close: %v", err)
	}
	if _, err := r.app.Compile(pybridge.Program{}); !errors.Is(err, pybridge.ErrClosed) {
		t.Errorf("Compile after Close: %v", err)
	}
	if _, err := r.app.Export(pybridge.Exported{}); !errors.Is(err, pybridge.ErrClosed) {
		t.Errorf("Export after Close: %v", err)
	}
	if err := r.app.Close(t.Context()); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

// A task that ignores its cancellation is dropped when the context ends.
func testCloseEndlessTask(t *testing.T, s *suite) {
	for _, name := range []string{"endless", "sleepy"} {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, closeApp)
			r.plan("/started")
			r.answers("/task", given{"name": str(name)}, `null`)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := r.app.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if got := strings.Join(r.log.messages(), ","); !strings.Contains(got, "1 tasks did not end in time and are dropped: "+name) {
				t.Errorf("the task is not named in the log: %s", got)
			}
			testAfterClose(t, r)
			next := s.load(t, closeApp) // the thread's loop must be its own again
			next.answers("/await", nil, `"waited"`)
		})
	}
}

// A task or a call that is inside Python can't be left: Close says so, keeps
// the app, and can be called again.
func testCloseStuck(t *testing.T, s *suite) {
	r := s.load(t, closeApp)
	r.answers("/task", given{"name": str("polite")}, `null`)
	p := r.plan("/task")
	r.plan("/started")
	calls := make(chan pybridge.Result, 1)
	go func() {
		result, err := p.callable.Call(context.Background(), p.input(given{"name": str("stuck")}), pybridge.CallInfo{})
		if err != nil {
			t.Error(err)
		}
		calls <- detach(result)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	time.Sleep(5 * time.Millisecond)
	if err := r.app.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	<-calls
	if err := r.app.Close(context.Background()); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	testAfterClose(t, r)
}
