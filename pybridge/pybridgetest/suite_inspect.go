package pybridgetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// testInspect looks at an app that waits in a thread and in a task.
func testInspect(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio, threading
from spikard import Spikard
app = Spikard()
entered, released = threading.Event(), threading.Event()

@app.get("/blocks")
def blocks_here():
    entered.set()
    released.wait()

async def inner():
    entered.set()
    while not released.is_set():
        await asyncio.sleep(0.01)

@app.get("/awaits")
async def awaits_there():
    await inner()

@app.get("/entered")
def wait_until_entered():
    entered.wait()
    entered.clear()

@app.get("/release")
def release():
    released.set()
`)
	inspector, ok := r.engine.(pybridge.Inspector)
	if !ok {
		t.Skip("the engine can't tell what it does")
	}
	stop := inspector.Watch()
	defer stop()
	in := func(stack []string, function string) bool {
		return slices.ContainsFunc(stack, func(line string) bool { return strings.HasSuffix(line, " in "+function) })
	}
	ended := make(chan struct{}, 2)
	for _, path := range []string{"/blocks", "/awaits"} {
		go func() {
			r.answers(path, nil, `null`)
			ended <- struct{}{}
		}()
		r.answers("/entered", nil, `null`)
	}
	var got *pybridge.Inspection
	begun := time.Now()
	for got == nil || !slices.ContainsFunc(got.Tasks, func(s pybridge.TaskState) bool {
		return s.WaitsFor == "Future" && s.RequestID == "id-of/awaits" && in(s.Stack, "awaits_there") && in(s.Stack, "inner")
	}) {
		if time.Since(begun) > patience || got != nil && got.Stuck != "" {
			t.Fatalf("%+v", got)
		}
		got = inspector.Inspect(t.Context())
	}
	if !slices.ContainsFunc(got.Threads, func(s pybridge.ThreadState) bool {
		return s.RequestID == "id-of/blocks" && in(s.Stack, "blocks_here")
	}) {
		t.Errorf("threads: %+v", got.Threads)
	}
	if len(got.Calls) != 2 || got.Calls[0].Where != "thread" || got.Calls[1].Where != "loop" {
		t.Errorf("calls: %+v", got.Calls)
	}
	r.answers("/release", nil, `null`)
	<-ended
	<-ended
	if got := inspector.Inspect(t.Context()); len(got.Calls) != 0 {
		t.Errorf("calls that have ended: %+v", got.Calls)
	}
}
