//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

// until waits for what must come.
func (p *program) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for begin := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("%s: trail %q, log\n%s", what, p.trail.lines(t), p.log)
		}
	}
}

// said waits for a line of the trail.
func (p *program) said(t *testing.T, line string) {
	t.Helper()
	p.until(t, line, func() bool { return slices.Contains(p.trail.lines(t), line) })
}

const backgroundApp = `
import gc
from functools import partial
from spikard import background
app = Spikard()
gates = {name: threading.Event() for name in ("answer", "left")}

class Pool:
    open = True

def make_pool():
    pool = Pool()
    yield pool
    pool.open = False
    say("pool closes")

app.provide(Pool, Provide(make_pool, singleton=True))

async def waits(name, pool):
    say(f"{name} begins")
    await asyncio.to_thread(gates[name].wait)
    say(f"{name} ends, pool open: {pool.open}")

@app.get("/answer")
async def answer(pool: Pool):
    async def second():
        say("second")
    return Response("mine", media_type="text/plain", background=[waits("answer", pool), second(), partial(say, "third")])

@app.get("/dropped")
async def dropped():
    Response("x", background=waits("never", None))
    response = Response("y", background=waits("never", None))
    response.background = waits("never", None)
    raise ValueError("dropped")

@app.on_response
def replace(request: Request, response: Response):
    if request.path == "/replaced":
        return Response("other", background=[response.background, partial(say, "of the other")])

@app.get("/replaced")
async def replaced():
    async def mine():
        say("of the first")
    return Response("first", background=mine())

def closing():
    yield
    raise OSError("clean-up")

@app.get("/unclean")
async def unclean(x=Provide(closing)):
    return Response("x", background=waits("never", None))

@app.get("/leaves")
async def leaves(pool: Pool):
    background.run(waits("left", pool))
    say("leaves begins")
    await asyncio.sleep(1000)

@app.pre_handler
def hook(request: Request):
    if request.path == "/hooked":
        background.run(say, "from a hook")
        return Response("hooked")

@app.get("/hooked")
def hooked(): ...

@app.get("/fail")
def fail():
    def fails():
        raise ValueError("no luck")
    background.run(fails)

@app.get("/collect")
def collect():
    gc.collect()

@app.get("/open/{name}")
def open_gate(name: str):
    gates[name].set()
`

// TestBackground follows answers, hooks and clients that leave.
func TestBackground(t *testing.T) {
	// Not in parallel: Python's log is that of the interpreter.
	p := newProgram(t, spikard.Config{Metrics: &spikard.Metrics{}}, backgroundApp).run(t)
	if got := p.get(t, "/answer"); got.text != "mine" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	p.said(t, "answer begins") // and its client has been answered
	if figures := p.get(t, "/metrics").text; !strings.Contains(figures, `spikard_background_running{job="",kind="response"} 1`) {
		t.Error(figures)
	}
	p.get(t, "/open/answer")
	p.said(t, "third")
	p.trail.check(t, "answer begins", "answer ends, pool open: True", "second", "third")

	for path, status := range map[string]int{"/dropped": 500, "/unclean": 500, "/replaced": 200, "/hooked": 200, "/fail": 200} {
		if got := p.get(t, path, "X-Request-ID", "id-of"+path); got.StatusCode != status {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
	}
	p.get(t, "/collect") // what is part of a cycle would be told of now
	p.said(t, "of the other")
	p.said(t, "of the first")
	p.said(t, "from a hook")
	p.until(t, "the failure's log", func() bool { return strings.Contains(p.log.String(), "ValueError: no luck") })
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "no luck") && !strings.Contains(line, `"request_id":"id-of/fail"`) {
			t.Error(line)
		}
		if strings.Contains(line, "never awaited") {
			t.Error(line)
		}
	}
	figures := p.get(t, "/metrics").text
	for _, want := range []string{
		`spikard_background_failed_total{job="",kind="run"} 1`, `spikard_background_started_total{job="",kind="response"} 2`,
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("the metrics lack %s:\n%s", want, figures)
		}
	}
}

// TestBackgroundOutlives has a client leave, and then the server stop: what was
// started goes on, and has the singletons to its end.
func TestBackgroundOutlives(t *testing.T) {
	p := newProgram(t, spikard.Config{}, backgroundApp)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", p.scheme+p.server.Addr()+"/leaves", nil)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		if resp, err := p.client.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			t.Error("it was answered")
		}
	}()
	p.said(t, "left begins")
	leave()
	<-left
	p.get(t, "/open/left")
	p.stop(t)
	lines := p.trail.lines(t)
	slices.Sort(lines[:2])
	if want := []string{"leaves begins", "left begins", "left ends, pool open: True", "pool closes"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// TestBackgroundCut has a stop cancel what does not end, and name it.
func TestBackgroundCut(t *testing.T) {
	p := newProgram(t, spikard.Config{ShutdownTimeout: 100 * time.Millisecond}, `
from spikard import background
app = Spikard()

async def endless(name):
    try:
        say(f"{name} begins")
        await asyncio.sleep(1000)
    finally:
        say(f"{name} is cancelled")

@app.get("/")
async def index():
    background.run(endless("task"))

class Session: ...

async def session():
    yield Session()
    say("session closes")

async def cleans():
    try:
        yield Session()
    finally:
        await asyncio.sleep(0)
        say("session closes")

app.provide(Session, Provide(cleans))

@app.every(3600, immediately=True, name="forever")
async def job(session: Session):
    await endless("job")

@app.on_shutdown
async def down():
    try:
        background.run(endless("never"))
    except RuntimeError as exc:
        say(f"{exc}")
`)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.get(t, "/")
	p.said(t, "task begins")
	p.said(t, "job begins")
	p.stop(t)
	if got := p.trail.lines(t)[2:]; !slices.Equal(got, []string{
		"job is cancelled", "session closes", "task is cancelled", "the app is stopping: it takes no background work any more",
	}) {
		t.Errorf("%q", got)
	}
	for _, want := range []string{`"work":["forever"]`, `"work":["endless"]`} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, p.log)
		}
	}
}

const jobsApp = `
from spikard import background
app = Spikard()

class Session:
    count = 0

async def session():
    Session.count += 1
    yield Session.count
    say(f"session {Session.count} closes")

app.provide("session", Provide(session))

@app.every("10ms", name="plain")
def plain(session):
    # Its provider is asynchronous, and it blocks: the loop goes on meanwhile.
    if session <= 3:
        asked = asyncio.run_coroutine_threadsafe(on_loop(), loop[0])
        say(f"plain {session} {asked.result()}")
    if session == 2:
        raise ValueError("no luck")

loop = []

async def on_loop():
    await asyncio.sleep(0)
    return "had the loop"

@app.on_startup
async def up():
    loop.append(asyncio.get_running_loop())

@app.every("1h", immediately=True)
async def starts():
    background.run(say, "of a job")

@app.get("/")
def index(): ...
`

// TestJobs runs jobs with what is injected, cleaned up after each run.
func TestJobs(t *testing.T) {
	p := newProgram(t, spikard.Config{Metrics: &spikard.Metrics{}}, jobsApp).run(t)
	p.said(t, "session 3 closes")
	p.said(t, "of a job")
	var got []string
	for _, line := range p.trail.lines(t) {
		if strings.HasSuffix(line, "loop") || strings.HasSuffix(line, "1 closes") || strings.HasSuffix(line, "3 closes") {
			got = append(got, line)
		}
	}
	if want := []string{
		"plain 1 had the loop", "session 1 closes", "plain 2 had the loop", "plain 3 had the loop", "session 3 closes",
	}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.until(t, "the failure's log", func() bool { return strings.Contains(p.log.String(), `"a job failed"`) })
	for _, want := range []string{`"job":"plain"`, "ValueError: no luck", `in plain`, "app.py:"} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, p.log)
		}
	}
	figures := p.get(t, "/metrics").text
	for _, want := range []string{
		`spikard_background_failed_total{job="plain",kind="job"} 1`, `spikard_job_run_seconds_count{job="app.starts"} 1`,
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("the metrics lack %s:\n%s", want, figures)
		}
	}
}

// TestJobFaults tells of them at the start, by their places.
func TestJobFaults(t *testing.T) {
	p := newProgram(t, spikard.Config{}, `
app = Spikard()
@app.every("30 parsecs")
def first(): ...
@app.every("1s")
def second(limit: int): ...
@app.every("1s")
def third(limit): ...
@app.get("/")
def index(): ...
`)
	err := p.Start(t.Context())
	if err == nil {
		p.stop(t)
		t.Fatal("it starts")
	}
	for _, want := range []string{"'30 parsecs' is no interval", "app.py:11", "app.second, parameter limit", "app.third, parameter limit: has no annotation"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}
