package pybridgetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// What app.scope() does is asked for by hand: this is the engine's part of it.
const hostApp = `
import asyncio, threading
from spikard import GoError, Spikard
app = Spikard()

class Store:
    def name(self) -> str: ...
    async def aname(self) -> str: ...
@app.get("/named")
def named(a: Store): ...

async def use(key, failure=None):
    host = app._host
    ticket = host.open()
    try:
        value = await host.get(ticket, key)
        return value.name() if isinstance(value, Store) else value
    except GoError as exc:
        return str(exc)
    finally:
        try:
            await host.end(ticket, failure)
        except GoError as exc:
            return f"end: {exc}"

@app.get("/on-loop")
async def on_loop(key: str):
    return await use(key)
@app.get("/gather")
async def gather():
    host = app._host
    ticket = host.open()
    try:
        return await asyncio.gather(host.get(ticket, "left"), host.get(ticket, "right"))
    finally:
        await host.end(ticket, None)
@app.get("/own-loop")
def own_loop(key: str):
    out = []
    thread = threading.Thread(target=lambda: out.append(asyncio.run(use(key))))
    thread.start()
    thread.join()
    return out
@app.get("/fails")
async def fails():
    return await use("value", LookupError("it"))
@app.get("/end-fails")
async def end_fails():
    return await use("value", LookupError("end fails"))
kept = []
@app.get("/after")
async def after():
    host = app._host
    ticket = host.open()
    store = await host.get(ticket, "store")
    out = [await store.aname()]
    await host.end(ticket, None)
    for use in (host.get(ticket, "value"), host.end(ticket, None), store.aname()):
        try:
            await use
        except GoError as exc:
            out.append(str(exc))
    return out
@app.get("/cancel")
async def cancel():
    host = app._host
    ticket = host.open()
    task = asyncio.create_task(host.get(ticket, "endless"))
    await host.get(ticket, "waiting")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        await host.end(ticket, None)
        return "cancelled"
jobs = []
@app.get("/job")
async def job():
    async def work():
        jobs.append(await use("outlives"))
    task = asyncio.get_running_loop().create_task(work())
    jobs.append(task)
    await app._host.get(app._host.open(), "waiting")
@app.get("/done")
async def done():
    await jobs[0]
    return jobs[1]
@app.get("/leave")
async def leave():
    await app._host.get(app._host.open(), "value")
@app.get("/inner")
def inner():
    return 1
@app.get("/hosted")
def hosted():
    return app._host is not None
`

// aHost keeps a log of its scopes.
type aHost struct {
	export  int
	waiting chan struct{}
	pair    chan string
	r       *running

	mu    sync.Mutex
	trail []string
}

func (h *aHost) say(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trail = append(h.trail, text)
}

func (h *aHost) said(t *testing.T, want ...string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.trail, want) {
		t.Errorf("trail %q, want %q", h.trail, want)
	}
	h.trail = nil
}

func (h *aHost) OpenScope() pybridge.HostScope {
	h.say("open")
	return &hostScope{numbered: numbered{"zero", "one"}, host: h}
}

type hostScope struct {
	numbered
	host *aHost
}

var errEnd = errors.New("no clean end")

func (s *hostScope) Get(ctx context.Context, key string, out *wire.Writer) error {
	switch key {
	case "value":
		out.Str("välue")
	case "store":
		out.GoInstance(s.host.export, 1)
	case "left", "right": // each ends the other
		select {
		case s.host.pair <- key:
		case got := <-s.host.pair:
			s.host.say(got + " with " + key)
		}
		out.Str(key)
	case "endless":
		s.host.waiting <- struct{}{}
		<-ctx.Done()
		s.host.say("endless ended")
		return ctx.Err()
	case "outlives":
		s.host.waiting <- struct{}{}
		<-s.host.pair
		out.Str(fmt.Sprint(ctx.Err(), ctx.Value(contextKey{})))
	case "waiting":
		<-s.host.waiting
		out.Null()
	case "python": // from a thread that python has made
		got := s.host.r.call("/inner", nil)
		out.Str(string(got.Body))
	case "panic":
		panic("in get")
	default:
		return fmt.Errorf("no provider of %s", key)
	}
	return nil
}

func (s *hostScope) End(_ context.Context, failure error) error {
	s.host.say(fmt.Sprint("end ", failure))
	if failure != nil && strings.Contains(failure.Error(), "end fails") {
		return errEnd
	}
	return failure // which is not a failure of its own
}

func (s *suite) loadHosted(t *testing.T) (*running, *aHost) {
	t.Helper()
	host := &aHost{waiting: make(chan struct{}), pair: make(chan string)}
	engine, sink := s.start(t), newLogs()
	app, err := engine.Load(t.Context(), pybridge.AppSpec{
		Target: "app", Dir: writeFiles(t, files{"app.py": hostApp}), Logger: slog.New(sink), Host: host,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, app: app, engine: engine, log: sink, programs: map[string]*plan{}}
	t.Cleanup(func() { r.close() })
	host.r = r
	name := func(_ context.Context, self any, _ []byte, out *wire.Writer) error {
		out.Str(self.(string))
		return nil
	}
	host.export = r.export("Store", methods{"name": name, "aname": name})
	return r, host
}

func testGoHost(t *testing.T, s *suite) {
	r, host := s.loadHosted(t)
	for key, want := range map[string]string{
		"value": `"välue"`, "store": `"one"`, "nothing": `"no provider of nothing"`,
		"panic": `"panic in go code: in get"`, "python": `"1"`,
	} {
		r.answers("/on-loop", given{"key": str(key)}, want)
		host.said(t, "open", "end <nil>")
		r.answers("/own-loop", given{"key": str(key)}, "["+want+"]")
		host.said(t, "open", "end <nil>")
	}
	r.answers("/gather", nil, `["left","right"]`)
	host.mu.Lock()
	if len(host.trail) != 3 {
		t.Errorf("trail %q", host.trail)
	}
	host.trail = nil
	host.mu.Unlock()
	r.answers("/fails", nil, `"välue"`)
	host.said(t, "open", "end LookupError: it")
	r.answers("/end-fails", nil, `"end: no clean end"`)
	host.said(t, "open", "end LookupError: end fails")
	r.answers("/after", nil, `["one","the app.scope() is over","the app.scope() is over",`+
		`"the Go value belongs to a request that is over"]`)
	host.said(t, "open", "end <nil>")
	r.answers("/cancel", nil, `"cancelled"`)
	host.said(t, "open", "endless ended", "end <nil>")
}

// A scope may outlive the request that has opened it.
func testGoHostOutlives(t *testing.T, s *suite) {
	r, host := s.loadHosted(t)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "here"))
	if got := r.callWith(ctx, "/job", nil); got.Outcome != pybridge.Answered {
		t.Errorf("got %v", got.Exception)
	}
	cancel()
	host.pair <- "go on"
	r.answers("/done", nil, `"<nil>here"`)
}

// Scopes that Python never ended are ended with the app.
func testGoHostLeft(t *testing.T, s *suite) {
	r, host := s.loadHosted(t)
	r.answers("/leave", nil, `null`)
	r.answers("/leave", nil, `null`)
	r.close()
	host.said(t, "open", "open", "end "+pybridge.ErrClosed.Error(), "end "+pybridge.ErrClosed.Error())
	without := s.load(t, hostApp)
	without.answers("/hosted", nil, `false`)
}
