package pybridgetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

const inlineApp = `
import asyncio, contextvars
from spikard import Spikard
app = Spikard()

var = contextvars.ContextVar("var", default="unset")
seen = []

@app.get("/loop")
async def loop():
    return asyncio.get_running_loop() is LOOPS[0] if LOOPS else LOOPS.append(asyncio.get_running_loop())

LOOPS = []

@app.get("/set")
async def set_var(v: str):
    before = var.get()
    var.set(v)
    return [before, var.get()]

@app.get("/spawn")
async def spawn():
    async def work():
        await asyncio.sleep(0.001)
        seen.append("task")
    loop = asyncio.get_running_loop()
    keep.append(loop.create_task(work()))
    loop.call_later(0.001, seen.append, "later")
    loop.call_soon(seen.append, "soon")

keep = []

@app.get("/timer-only")
async def timer_only():
    asyncio.get_running_loop().call_later(0.001, seen.append, "timer")

@app.get("/seen")
async def get_seen():
    return sorted(seen)

@app.get("/nested-run")
async def nested_run():
    async def other():
        pass
    coroutine = other()
    try:
        asyncio.run(coroutine)
    except RuntimeError as exc:
        return "cannot be called from a running event loop" in str(exc)
    finally:
        coroutine.close()

@app.get("/sync-has-none")
def sync_has_none():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "none"

@app.get("/signal-handler")
async def signal_handler():
    try:
        asyncio.get_running_loop().add_signal_handler(2, print)
    except RuntimeError as exc:
        return str(exc)
`

func testInlineAsync(t *testing.T, s *suite) {
	r := s.load(t, inlineApp)
	r.answers("/loop", nil, `null`)
	r.answers("/loop", nil, `true`)
	for range 3 { // what one request sets, the next does not see
		r.answers("/set", given{"v": str("mine")}, `["unset","mine"]`)
	}
	r.answers("/spawn", nil, `null`)
	r.eventually("/seen", `["later","soon","task"]`)
	r.answers("/timer-only", nil, `null`)
	r.eventually("/seen", `["later","soon","task","timer"]`)
	r.answers("/nested-run", nil, `true`)
	r.answers("/sync-has-none", nil, `"none"`)
	r.answers("/signal-handler", nil, `"signals are handled by the Go program; use on_shutdown to act before it stops"`)
}

// eventually waits until a handler gives an answer.
func (r *running) eventually(path, want string) {
	r.t.Helper()
	var got string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if got = string(r.call(path, nil).Body); got == want {
			return
		}
	}
	r.t.Fatalf("%s: still %s, want %s", path, got, want)
}

const suspendingApp = `
import asyncio, contextvars, socket, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from spikard import Spikard
app = Spikard()

var = contextvars.ContextVar("var", default=0)

@app.get("/sleep")
async def sleep():
    await asyncio.sleep(0.01)
    return "slept"

@app.get("/zero")
async def zero():
    for _ in range(3):
        await asyncio.sleep(0)
    return "zero"

@app.get("/no-suspension")
async def no_suspension():
    async def at_once():
        return 1
    return await at_once()

@app.get("/gather")
async def gather():
    async def one(n):
        await asyncio.sleep(0.001 * (3 - n))
        return n
    return await asyncio.gather(one(0), one(1), one(2))

@app.get("/group")
async def group():
    if sys.version_info < (3, 11):
        return [1, 2]
    async def one(n):
        await asyncio.sleep(0)
        return n
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n)) for n in (1, 2)]
    return [t.result() for t in tasks]

@app.get("/threads")
async def threads():
    loop = asyncio.get_running_loop()
    var.set(7)
    with ThreadPoolExecutor(1) as pool:
        return [
            await asyncio.to_thread(var.get),
            await loop.run_in_executor(None, lambda: time.sleep(0.001) or 2),
            await loop.run_in_executor(pool, lambda: 3),
        ]

@app.get("/threadsafe")
async def threadsafe():
    loop, future = asyncio.get_running_loop(), None
    future = loop.create_future()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, 5))
    thread.start()
    return await future

@app.get("/subprocess")
async def subprocess():
    p = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input() + '!')",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await p.communicate(b"hello\n")
    return [out.decode().strip(), p.returncode]

@app.get("/streams")
async def streams():
    async def serve(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    size = 3_000_000          # more than the sockets' buffers: writers must wait too
    async def send():
        writer.write(b"x" * size)
        await writer.drain()
        writer.write_eof()
    sending = asyncio.create_task(send())
    data = await reader.read(-1)
    await sending
    writer.close()
    server.close()
    await server.wait_closed() if sys.version_info < (3, 12) else None
    return len(data) == size

@app.get("/writer")
async def writer():
    # A writer alone: the descriptor is watched for nothing but room.
    a, b = socket.socketpair()
    a.setblocking(False); b.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        while True:
            a.send(b"x" * 65536)
    except BlockingIOError:
        pass
    def drain():
        time.sleep(0.01)
        try:
            while b.recv(65536):
                pass
        except BlockingIOError:
            pass
    room = loop.create_future()
    loop.add_writer(a, lambda: room.done() or room.set_result("room"))
    thread = threading.Thread(target=drain)
    thread.start()
    result = await room
    loop.remove_writer(a)
    await asyncio.to_thread(thread.join)
    a.close(); b.close()
    return result

@app.get("/context")
async def context(v: int):
    before = var.get()
    var.set(v)
    await asyncio.sleep(0.001)
    return [before, var.get()]

@app.get("/loop-thread")
async def loop_thread():
    await asyncio.sleep(0)
    return threading.get_ident()

@app.get("/current-task")
async def current_task():
    await asyncio.sleep(0)
    return asyncio.current_task() is not None

@app.get("/agen")
async def agen():
    async def numbers():
        for n in range(3):
            await asyncio.sleep(0)
            yield n
    return [n async for n in numbers()]

@app.get("/background")
async def background():
    async def dies():
        await asyncio.sleep(0)
        sys.exit(1)
    task = asyncio.ensure_future(dies())
    try:
        await asyncio.sleep(0.005)
    finally:
        task.cancelled()
    return "alive"
`

func testSuspendingAsync(t *testing.T, s *suite) {
	r := s.load(t, suspendingApp)
	for path, want := range map[string]string{
		"/sleep": `"slept"`, "/zero": `"zero"`, "/no-suspension": `1`, "/gather": `[0,1,2]`, "/group": `[1,2]`,
		"/threads": `[7,2,3]`, "/threadsafe": `5`, "/subprocess": `["hello!",0]`, "/streams": `true`,
		"/writer": `"room"`, "/current-task": `true`, "/agen": `[0,1,2]`, "/background": `"alive"`,
	} {
		t.Run(path[1:], func(*testing.T) { r.answers(path, nil, want) })
	}
	first := string(r.call("/loop-thread", nil).Body)
	r.answers("/loop-thread", nil, first)
	testManyAtOnce(t, r)
}

// Calls that wait at the same time must not wait for each other, nor see each
// other's contextvars.
func testManyAtOnce(t *testing.T, r *running) {
	p := r.plan("/context")
	var calls sync.WaitGroup
	for i := range 300 {
		calls.Go(func() {
			result, err := p.callable.Call(t.Context(), p.input(given{"v": integer(i)}), pybridge.CallInfo{})
			if err != nil {
				t.Error(err)
				return
			}
			defer result.Release()
			if got, want := string(result.Body), "[0,"+itoa(i)+"]"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	calls.Wait()
}

func testCancel(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio
from spikard import Spikard
app = Spikard()
ended, waiting = [], []

@app.get("/wait")
async def wait():
    waiting.append(1)
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        ended.append("cancelled")
        raise

@app.get("/shielded")
async def shielded():
    waiting.append(1)
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        return "kept on"

@app.get("/short")
async def short():
    await asyncio.sleep(0)
    return "short"

@app.get("/waiting")
async def get_waiting():
    return len(waiting)

@app.get("/ended")
async def get_ended():
    return ended
`)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan pybridge.Result, 1)
	go func() { results <- r.callWith(ctx, "/wait", nil) }()
	r.eventually("/waiting", `1`)
	cancel()
	if got := <-results; got.Outcome != pybridge.Raised || got.Exception.Type != "asyncio.exceptions.CancelledError" {
		t.Errorf("got %+v", got)
	}
	r.answers("/ended", nil, `["cancelled"]`)

	ctx, cancel = context.WithCancel(t.Context())
	r.plan("/shielded")
	go func() { results <- r.callWith(ctx, "/shielded", nil) }()
	r.eventually("/waiting", `2`)
	cancel()
	if got := string((<-results).Body); got != `"kept on"` {
		t.Errorf("got %s", got)
	}
	if _, err := r.plan("/short").callable.Call(ctx, nil, pybridge.CallInfo{}); err == nil {
		t.Error("a call with a context that has ended was made")
	}
	testLateCancel(t, r)
}

// A context that ends as its call ends must not cancel the call that comes
// after it in the same memory.
func testLateCancel(t *testing.T, r *running) {
	p := r.plan("/short")
	for i := range 2000 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range i % 50 {
				_ = time.Now()
			}
			cancel()
		}()
		if result, err := p.callable.Call(ctx, nil, pybridge.CallInfo{}); err == nil {
			result.Release()
		}
		result, err := p.callable.Call(t.Context(), nil, pybridge.CallInfo{})
		if err != nil || result.Outcome != pybridge.Answered {
			t.Fatalf("round %d: outcome %d, exception %v, error %v", i, result.Outcome, result.Exception, err)
		}
		result.Release()
	}
}
