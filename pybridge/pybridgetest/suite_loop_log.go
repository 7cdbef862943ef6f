package pybridgetest

import (
	"context"
	"slices"
	"strings"
	"testing"
)

const reportingApp = `
import asyncio, gc, logging
from spikard import Spikard
app = Spikard()

reported, keep = [], []

def fails():
    raise ValueError("of the callback")

@app.get("/default")
async def default():
    asyncio.get_running_loop().call_soon(fails)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

@app.get("/handler")
async def handler():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: reported.append(context["message"].partition(" at ")[0]))
    loop.call_soon(fails)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    return reported

@app.get("/never")
async def never():
    async def dies():
        raise ValueError("of the task")
    task = asyncio.create_task(dies())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

@app.get("/generator")
async def generator():
    async def numbers():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            logging.getLogger("test").info("generator closed")
    keep.append(numbers())
    return await keep[-1].__anext__()
`

// What nobody asks for is logged, once; Close ends what is left.
func testLoopReports(t *testing.T, s *suite) {
	r := s.load(t, reportingApp)
	r.answers("/default", nil, `null`)
	r.answers("/handler", nil, `["Exception in callback fails()"]`)
	r.answers("/never", nil, `null`)
	r.answers("/generator", nil, `1`)
	for _, want := range []struct{ begin, of, traceback string }{
		{"Exception in callback fails()", "fails()", "ValueError: of the callback"},
		{"Task exception was never retrieved", "never.<locals>.dies()", "ValueError: of the task"},
	} {
		// Tasks of apps that were closed before are collected at any time, and tell so here.
		found := slices.DeleteFunc(r.log.from("asyncio"), func(m string) bool {
			return !strings.HasPrefix(m, want.begin) || !strings.Contains(m, want.of)
		})
		if len(found) != 1 {
			t.Errorf("%q is logged %d times: %v", want.begin, len(found), r.log.messages())
			continue
		}
		if record, _ := r.log.find(found[0]); !strings.Contains(record.attrs["traceback"], want.traceback) {
			t.Errorf("%q has no traceback with %q: %v", want.begin, want.traceback, record)
		}
	}
	if err := r.app.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(r.log.from("test"), ","); got != "generator closed" {
		t.Errorf("got %q: the generator was not closed with the loop", got)
	}
}

const debugApp = `
import asyncio, os, time
from spikard import Spikard
os.environ["PYTHONASYNCIODEBUG"] = "1"
app = Spikard()

@app.get("/begin")
async def begin():
    del os.environ["PYTHONASYNCIODEBUG"]
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0.01
    return loop.get_debug()

@app.get("/slow")
async def slow_inline():
    time.sleep(0.02)

@app.get("/first")
async def slow_first():
    time.sleep(0.02)
    await asyncio.sleep(0)

@app.get("/later")
async def slow_later():
    await asyncio.sleep(0)
    time.sleep(0.02)

@app.get("/end")
async def end():
    asyncio.get_running_loop().set_debug(False)
`

// In debug mode the loop names what has held it up, whichever way it ran.
func testLoopDebug(t *testing.T, s *suite) {
	r := s.load(t, debugApp)
	r.answers("/begin", nil, `true`)
	for _, path := range []string{"/slow", "/first", "/later"} {
		r.answers(path, nil, `null`)
	}
	r.answers("/end", nil, `null`)
	slow := slices.DeleteFunc(r.log.from("asyncio"), func(m string) bool {
		return !strings.HasPrefix(m, "Executing <Task") || !strings.Contains(m, " took ")
	})
	if len(slow) != 3 {
		t.Errorf("%d slow steps are told of, not 3: %s", len(slow), strings.Join(r.log.messages(), "\n"))
	}
}

const lateDebugApp = `
import asyncio
from spikard import Spikard
app = Spikard()

seen = []

@app.get("/debug")
async def debug(on: bool):
    asyncio.get_running_loop().set_debug(on)

@app.get("/schedule")
async def schedule():
    loop = asyncio.get_running_loop()
    async def work():
        seen.append("task")
    seen.append(loop.create_task(work()) and "created")
    loop.call_soon(seen.append, "soon")
    loop.call_later(0, seen.append, "later")

@app.get("/foreign")
def foreign():
    # Without the lock of the loop debug mode refuses what it does elsewhere.
    try:
        loops[0].call_soon(print)
    except RuntimeError as exc:
        return str(exc)

loops = []

@app.get("/keep")
async def keep():
    loops.append(asyncio.get_running_loop())

@app.get("/seen")
async def get_seen():
    return sorted(seen)
`

// Debug mode takes an inline call's thread for the loop's own.
func testLoopDebugInline(t *testing.T, s *suite) {
	r := s.load(t, lateDebugApp)
	r.answers("/keep", nil, `null`)
	r.answers("/debug", given{"on": boolean(true)}, `null`)
	r.answers("/schedule", nil, `null`)
	r.eventually("/seen", `["created","later","soon","task"]`)
	r.answers("/foreign", nil, `"Non-thread-safe operation invoked on an event loop other than the current one"`)
	r.answers("/debug", given{"on": boolean(false)}, `null`)
}
