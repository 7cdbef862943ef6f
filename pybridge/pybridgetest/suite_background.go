package pybridgetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const backgroundApp = `
import asyncio, contextvars, functools, logging, threading
from spikard import Request, Response, Spikard, background
app = Spikard()
var = contextvars.ContextVar("var", default="unset")
log = logging.getLogger("work")
gate, begun = threading.Event(), threading.Event()

async def later(name, *, n=0):
    await asyncio.sleep(0)
    log.info("%s %s %s %s", name, n, var.get(), background_loop() is asyncio.get_running_loop())

def background_loop():
    return app_loop[0]
app_loop = []

@app.get("/loop")
async def loop():
    app_loop.append(asyncio.get_running_loop())
    await asyncio.sleep(0)

def plain(name):
    log.info("%s %s %s", name, var.get(), threading.current_thread() is not threading.main_thread())
    return name

@app.get("/sync")
def sync(request: Request):
    var.set("sync")
    background.run(later("from sync"))
    background.run(later, "called", n=1)
    background.run(functools.partial(later, "partial", n=2))
    background.run(plain, "thread")
    background.run(lambda: later("lambda"))
    return "started"

@app.get("/inline")
async def inline():
    var.set("inline")
    background.run(later("from inline"))

@app.get("/suspending")
async def suspending():
    var.set("suspending")
    await asyncio.sleep(0)
    background.run(later("from suspending"))
    await asyncio.to_thread(background.run, later("from to_thread"))

@app.get("/own-thread")
def own_thread():
    thread = threading.Thread(target=lambda: background.run(later("from a thread")))
    thread.start()
    thread.join()

@app.get("/handle")
async def handle():
    task = background.run(later, "awaited")
    first = task.done()
    await task
    given = await background.run(plain, "gives")
    failing = background.run(fail, "handled")
    try:
        await failing
    except ValueError as exc:
        failed = str(exc)
    stopped = background.run(forever())
    await asyncio.sleep(0)
    stopped.cancel()
    try:
        await stopped
    except asyncio.CancelledError:
        pass
    return [first, task.done(), given, failed, stopped.cancelled(), stopped.cancel(), task.get_name()]

@app.get("/at-once")
async def at_once():
    # Cancelled before it has begun: its coroutine is closed.
    task = background.run(forever())
    return task.cancel()

def fail(name):
    raise ValueError(name)

async def forever():
    try:
        begun.set()
        await asyncio.sleep(1000)
    finally:
        log.info("forever ends")

@app.get("/fail")
def fails():
    background.run(fail, "no luck")
    async def exits():
        raise SystemExit(3)
    background.run(exits())

@app.get("/outlives")
async def outlives():
    background.run(waits())
    begun.set()
    await asyncio.sleep(1000)

@app.get("/begun")
def has_begun():
    begun.wait()

async def waits():
    await asyncio.to_thread(gate.wait)
    log.info("outlived %s", var.get())

@app.get("/open")
def open_gate():
    gate.set()

@app.get("/forever")
def start_forever():
    background.run(forever())
    background.run(gate.wait)
    begun.wait()

@app.get("/chain")
async def chain():
    def two():
        log.info("2")
        gate.wait()
    return Response("x", background=[later("1"), two, functools.partial(fail, "3"), later("4")])

@app.get("/chain-sync")
def chain_sync():
    return Response("x", background=[functools.partial(log.info, n) for n in "12"])

@app.get("/unsendable")
def unsendable():
    return Response(object(), background=later("never"))

@app.get("/refused")
def refused():
    try:
        background.run(later("never"))
    except RuntimeError as exc:
        return str(exc)
`

// drained waits for the background work.
func (r *running) drained() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if cut, err := r.app.Drain(ctx); err != nil || len(cut) > 0 {
		r.t.Errorf("drain: %q cut, %v", cut, err)
	}
}

// logged checks what an app's logger has said, in any order.
func (r *running) logged(want ...string) {
	r.t.Helper()
	got := r.log.from("work")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("logged %q, want %q", got, want)
	}
}

// clean checks that Python has warned of nothing.
func (r *running) clean() {
	r.t.Helper()
	if got := r.log.from("py.warnings"); len(got) > 0 {
		r.t.Errorf("warnings: %q", got)
	}
}

// background.run works in all code of an app, with its contextvars.
func testBackground(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	r.answers("/loop", nil, `null`)
	r.answers("/sync", nil, `"started"`)
	r.answers("/inline", nil, `null`)
	r.answers("/suspending", nil, `null`)
	r.answers("/own-thread", nil, `null`)
	r.drained()
	r.logged("from sync 0 sync True", "called 1 sync True", "partial 2 sync True", "thread sync True",
		"lambda 0 sync True", "from inline 0 inline True", "from suspending 0 suspending True",
		"from to_thread 0 suspending True", "from a thread 0 unset True")
	for _, message := range []string{"from inline 0 inline True", "thread sync True"} {
		found, _ := r.log.find(message)
		if id := found.attrs["request_id"]; id != "id-of/inline" && id != "id-of/sync" {
			t.Errorf("%s: request id %q", message, id)
		}
	}
	r.answers("/refused", nil, `"the app is stopping: it takes no background work any more"`)
	r.clean()
}

func testBackgroundHandle(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	r.answers("/loop", nil, `null`)
	r.answers("/handle", nil, `[false,true,"gives","handled",true,false,"app.later"]`)
	r.answers("/at-once", nil, `true`)
	r.drained()
	r.clean()
}

// A failure is logged where it was started.
func testBackgroundFailures(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	r.answers("/fail", nil, `null`)
	r.drained()
	for message, line := range map[string]string{
		"background work app.fail failed: no luck":       "ValueError: no luck",
		"background work fails.<locals>.exits failed: 3": "SystemExit: 3",
	} {
		found, ok := r.log.find(message)
		if !ok || found.attrs["request_id"] != "id-of/fail" || !strings.Contains(found.attrs["traceback"], line) {
			t.Errorf("%s: %v in %q", message, found, r.log.messages())
		}
	}
	r.clean()
}

// What a request has started goes on when its call is cancelled.
func testBackgroundOutlives(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	ctx, cancel := context.WithCancel(t.Context())
	p := r.plan("/outlives")
	r.plan("/begun")
	ended := make(chan pybridge.Result, 1)
	go func() {
		result, err := p.callable.Call(ctx, nil, pybridge.CallInfo{})
		if err != nil {
			t.Error(err)
		}
		ended <- detach(result)
	}()
	r.answers("/begun", nil, `null`)
	cancel()
	if got := <-ended; got.Outcome == pybridge.Answered {
		t.Errorf("the call was not cancelled: %+v", got)
	}
	r.answers("/open", nil, `null`)
	r.drained()
	r.logged("outlived unset")
}

// What follows an answer begins when that was sent, or never.
func testBackgroundOfAnswers(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	r.answers("/loop", nil, `null`)
	call := func(path string) pybridge.Result {
		result, err := r.plan(path).callable.Call(t.Context(), nil, pybridge.CallInfo{RequestID: "id-of" + path})
		if err != nil || result.Outcome != pybridge.Answered {
			t.Fatalf("%s: %+v %v", path, result, err)
		}
		return result
	}
	dropped := call("/chain")
	dropped.Release()
	sent := call("/chain")
	sent.Sent()
	sent.Sent() // a second one does nothing
	sent.Release()
	if got := r.call("/unsendable", nil); got.Outcome != pybridge.Raised {
		t.Errorf("an answer that can't be written: %+v", got)
	}
	r.answers("/open", nil, `null`) // while the second of the chain waits
	second := call("/chain-sync")
	second.Sent()
	second.Release()
	r.drained()
	r.logged("1 0 unset True", "2", "4 0 unset True", "1", "2")
	if found, _ := r.log.find("background work app.fail failed: 3"); found.attrs["request_id"] != "id-of/chain" {
		t.Errorf("%v", r.log.messages())
	}
	r.clean()
}

// At the end of its context, Drain cancels what can be and names all of it.
func testBackgroundCut(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	r.plan("/open")
	r.answers("/forever", nil, `null`)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cut, err := r.app.Drain(ended)
	if want := []string{"forever", "threading.Event.wait"}; err != nil || !slices.Equal(cut, want) {
		t.Errorf("cut %q, %v", cut, err)
	}
	r.logged("forever ends")
	r.answers("/open", nil, `null`) // calls are served as before
	r.drained()
	r.clean()
	r.close()
	if _, err := r.app.Drain(t.Context()); !errors.Is(err, pybridge.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// An app without asynchronous code has threads for its background work, and says
// what to do about coroutines.
func testBackgroundOfSyncApp(t *testing.T, s *suite) {
	r := s.load(t, `
import logging
from spikard import Response, Spikard
app = Spikard()

@app.get("/thread")
def thread():
    from spikard import background
    background.run(logging.getLogger("work").info, "in a thread")

@app.get("/coroutine")
def coroutine():
    async def hidden(): ...
    return Response(background=hidden())

@app.get("/lambda")
def from_lambda():
    from spikard import background
    async def hidden(): ...
    background.run(lambda: hidden())
`)
	r.answers("/thread", nil, `null`)
	exc := r.raises("/coroutine", nil, "RuntimeError")
	if !strings.Contains(exc.Message, "hidden is asynchronous, and the app has no event loop") {
		t.Errorf("%s", exc.Message)
	}
	r.answers("/lambda", nil, `null`)
	r.drained()
	r.logged("in a thread")
	if got := strings.Join(r.log.messages(), "\n"); !strings.Contains(got, "<lambda> failed: background work") {
		t.Errorf("%s", got)
	}
	r.clean()
}

// The head of a module that imports background, or has a coroutine function, tells
// that the app needs a loop.
func testBackgroundMakesALoop(t *testing.T, s *suite) {
	for name, head := range map[string]string{
		"the module":           "from spikard import background",
		"the function":         "from spikard.background import run",
		"a coroutine function": "async def other(): ...",
	} {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, `
import logging
from spikard import Spikard
`+head+`
app = Spikard()
@app.get("/")
def index():
    from spikard.background import run
    async def hidden():
        logging.getLogger("work").info("on a loop")
    run(hidden())
`)
			r.answers("/", nil, `null`)
			r.drained()
			r.logged("on a loop")
		})
	}
}

// A module can't start anything while it is imported, another app being there or
// not.
func testBackgroundAtImport(t *testing.T, s *suite) {
	r := s.load(t, backgroundApp)
	_, err := r.engine.Load(t.Context(), pybridge.AppSpec{Target: "app:app", Dir: writeFiles(t, files{"app.py": `
from spikard import Spikard, background
app = Spikard()
background.run(print)
`})})
	var failed *pybridge.LoadError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "background work has no app") {
		t.Errorf("got %v", err)
	}
}
