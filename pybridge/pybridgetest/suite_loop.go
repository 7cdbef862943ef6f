package pybridgetest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const taskApp = `
import asyncio, sys, time, weakref
from asyncio import current_task
from spikard import Spikard
app = Spikard()

calls, seen, keep = [], [], []

@app.get("/inline")
async def inline():
    task = current_task()
    calls.append(task)
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: seen.append(current_task()))
    return [type(task) is asyncio.Task, task is asyncio.current_task(), task is asyncio.current_task(loop),
            task in asyncio.all_tasks(), task.get_loop() is loop, task.done()]

@app.get("/spawned")
async def spawned():
    mine = current_task()
    async def work():
        seen.append(current_task() not in (mine, None))
    keep.append(asyncio.create_task(work()))

@app.get("/calls")
async def get_calls():
    return [len(set(calls)), all(t.done() for t in calls)]

@app.get("/seen")
async def get_seen():
    return seen

@app.get("/suspending")
async def suspending():
    task = asyncio.current_task()
    await asyncio.sleep(0)
    return [type(task) is asyncio.Task, task is asyncio.current_task(), task in asyncio.all_tasks()]

@app.get("/none")
def none():
    try:
        asyncio.current_task()
    except RuntimeError as exc:
        return str(exc)

@app.get("/eager")
async def eager():
    if sys.version_info < (3, 12):
        return ["ran", True]
    ran = []
    async def work():
        ran.append("ran")
        return current_task()
    task = asyncio.eager_task_factory(asyncio.get_running_loop(), work())
    return [*ran, task.result() is task]

@app.get("/limits")
async def limits():
    if sys.version_info < (3, 11):
        return ["timeout", ["ValueError"], "cancelled"]
    out = []
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(1000)
    except TimeoutError:
        out.append("timeout")
    async def fails():
        raise ValueError
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            sleeper = group.create_task(asyncio.sleep(1000))
    except ExceptionGroup as exc:
        out.append([type(e).__name__ for e in exc.exceptions])
    return [*out, "cancelled" if sleeper.cancelled() else "left"]

@app.get("/own")
def own():
    async def main():
        await asyncio.sleep(0)
        return [await asyncio.to_thread(int, "7"), current_task() in asyncio.all_tasks()]
    return asyncio.run(main())

@app.get("/pipe")
async def pipe():
    # In a thread of Python's, which Go's handler for SIGPIPE knows nothing of.
    import os, socket
    def write():
        reader, writer = os.pipe()
        os.close(reader)
        a, b = socket.socketpair()
        b.close()
        out = []
        for send in (lambda: os.write(writer, b"x"), lambda: a.sendall(b"x")):
            try:
                send()
            except BrokenPipeError:
                out.append("broken")
        os.close(writer)
        a.close()
        return out
    return await asyncio.to_thread(write)
`

func testLoopTasks(t *testing.T, s *suite) {
	r := s.load(t, taskApp)
	for range 3 {
		r.answers("/inline", nil, `[true,true,true,true,true,false]`)
	}
	r.eventually("/calls", `[3,true]`)
	r.eventually("/seen", `[null,null,null]`)
	r.answers("/spawned", nil, `null`)
	r.eventually("/seen", `[null,null,null,true]`)
	r.answers("/suspending", nil, `[true,true,true]`)
	r.answers("/none", nil, `"no running event loop"`)
	r.answers("/eager", nil, `["ran",true]`)
	r.answers("/limits", nil, `["timeout",["ValueError"],"cancelled"]`)
	r.answers("/own", nil, `[7,true]`)
	r.answers("/pipe", nil, `["broken","broken"]`)
}

const interleavingApp = `
import asyncio, time
from spikard import Spikard
app = Spikard()

inside, most = {"async": 0, "def": 0}, {"async": 0, "def": 0}

def enter(kind):
    inside[kind] += 1
    most[kind] = max(most[kind], inside[kind])
    time.sleep(0.0005)          # gives the GIL, and the baton, away
    inside[kind] -= 1

@app.get("/inline")
async def inline():
    enter("async")

@app.get("/task")
async def task():
    for _ in range(3):
        enter("async")
        await asyncio.sleep(0)

@app.get("/def")
def plain():
    enter("def")

@app.get("/most")
async def get_most():
    return [most["async"], most["def"] > 1]
`

// Two pieces of async code never run at the same time, on whichever threads
// they run. What isn't async does, which shows that the test would notice.
func testLoopInterleaving(t *testing.T, s *suite) {
	r := s.load(t, interleavingApp)
	var callers sync.WaitGroup
	for _, path := range []string{"/inline", "/task", "/def"} {
		p := r.plan(path)
		for range 8 {
			callers.Go(func() {
				for range 25 {
					result, err := p.callable.Call(context.Background(), nil, pybridge.CallInfo{})
					if err != nil {
						t.Error(err)
						return
					}
					result.Release()
				}
			})
		}
	}
	callers.Wait()
	r.answers("/most", nil, `[1,true]`)
}

const refusingApp = `
import asyncio, signal
from spikard import Spikard
app = Spikard()

loops = []

def words(call, *args):
    try:
        call(*args)
    except (RuntimeError, ValueError) as exc:
        return str(exc)

def refusals(loop):
    return [words(loop.run_forever), words(loop.run_until_complete, asyncio.sleep(0)), words(loop.stop),
            words(loop.close)]

@app.get("/inline")
async def inline():
    loops.append(asyncio.get_running_loop())
    return refusals(loops[0])

@app.get("/task")
async def task():
    await asyncio.sleep(0)
    return refusals(asyncio.get_running_loop())

@app.get("/def")
def plain():
    return refusals(loops[0])

@app.get("/run")
async def run():
    await asyncio.sleep(0)
    coroutine = asyncio.sleep(0)
    try:
        return words(asyncio.run, coroutine)
    finally:
        coroutine.close()

@app.get("/signals")
async def signals():
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    return [words(loop.add_signal_handler, signal.SIGTERM, print), words(signal.signal, signal.SIGTERM, print),
            loop.remove_signal_handler(signal.SIGTERM)]

@app.get("/patch")
async def patch():
    cls = type(asyncio.get_running_loop())
    return [words(setattr, cls, "_run_once", print), words(setattr, cls, "run_until_complete", print)]
`

// What belongs to the loop's owner is refused, with what to do in its place.
func testLoopRefusals(t *testing.T, s *suite) {
	r := s.load(t, refusingApp)
	const (
		nested = "and a step of it can't be taken inside another: await the coroutine, or run it with asyncio.run() " +
			"in a plain `def` function"
		runs    = "the app's event loop runs already: Go steps it, " + nested
		ends    = "the app's event loop is Go's, and runs until the app is closed; to end the program, send it SIGTERM"
		run     = "asyncio.run() cannot be called from a running event loop"
		signals = "signals are handled by the Go program; use on_shutdown to act before it stops"
		patched = " of the app's event loop can't be replaced: Go steps the loop, " + nested
	)
	for _, path := range []string{"/inline", "/task", "/def"} {
		r.answers(path, nil, `["`+runs+`","`+runs+`","`+ends+`","`+ends+`"]`)
	}
	r.answers("/run", nil, `"`+run+`"`)
	r.answers("/signals", nil, `["`+signals+`","`+signals+`",false]`)
	r.answers("/patch", nil, `["_run_once`+patched+`","run_until_complete`+patched+`"]`)
	if got := r.log.from("py.warnings"); len(got) > 0 {
		t.Errorf("something is left behind: %s", strings.Join(got, "\n"))
	}
}

// Another loop, or another way to step it, is found out when the app loads.
func testLoopForeign(t *testing.T, s *suite) {
	engine := s.start(t)
	const app = `
from spikard import Spikard
app = Spikard()
@app.get("/")
async def index(): return 1
`
	load := func(source string) error {
		app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: writeFiles(t, files{"app.py": source + app})})
		if err == nil {
			err = app.Close(t.Context())
		}
		return err
	}
	for _, c := range []struct{ name, source, undo, says string }{
		{
			"uvloop", "import asyncio, types\n" +
				"class Policy(asyncio.events._BaseDefaultEventLoopPolicy if hasattr(asyncio.events, " +
				"'_BaseDefaultEventLoopPolicy') else asyncio.events.BaseDefaultEventLoopPolicy):\n" +
				"    __module__ = 'uvloop'\n" +
				"asyncio.events._event_loop_policy = Policy()\n",
			"import asyncio\nasyncio.events._event_loop_policy = None\n",
			"uvloop is the event loop policy: the app's event loop is Go's",
		},
		{
			"nest_asyncio", "import asyncio\ndef once(self): pass\nonce.__module__ = 'nest_asyncio'\n" +
				"asyncio.SelectorEventLoop._run_once = once\n",
			"import asyncio\ndel asyncio.SelectorEventLoop._run_once\n",
			"asyncio's event loops are patched, by nest_asyncio: Go steps the app's event loop",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := load(c.source); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want: %s", err, c.says)
			}
			if err := load(c.undo); err != nil {
				t.Errorf("without it: %v", err)
			}
		})
	}
}
