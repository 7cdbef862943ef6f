//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard"
)

const lifespanApp = `
tasks = []

@asynccontextmanager
async def lifespan(app):
    entered = asyncio.current_task()
    say("lifespan enters")
    # Each of these must be left by the task that entered it.
    async with asyncio.timeout(3600), asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        try:
            yield
        finally:
            say(f"lifespan leaves, in one task: {asyncio.current_task() is entered}")
            ticking.cancel()
    say("lifespan is over")

async def tick():
    try:
        while True:
            await asyncio.sleep(3600)
    finally:
        say("the group's task ends")

app = Spikard(lifespan=lifespan)

class Pool: ...

def open_pool():
    say("pool opens")
    yield Pool()
    say("pool closes")

app.provide(Pool, Provide(open_pool, singleton=True))

@app.on_startup
async def up(pool: Pool):
    await asyncio.sleep(0)
    say("up")

@app.on_startup
def up_again():
    say("up again")
    %s

@app.on_shutdown
def down():
    say("down")

@app.on_shutdown
async def down_again(pool: Pool):
    await asyncio.sleep(0)
    say("down again")

@app.get("/")
async def index():
    say("request")
    await asyncio.sleep(0)
    return "hello"
`

func lifespanWith(line string) string { return strings.Replace(lifespanApp, "%s", line, 1) }

var lifespanEnds = []string{
	"down again", "down", "lifespan leaves, in one task: True", "the group's task ends", "lifespan is over", "pool closes",
}

// linkedVersion is that of the Python that this program is linked with; empty for none.
var linkedVersion string

// needsTaskGroups is for apps with what asyncio has since 3.11. The embedded Python is
// newer, one that is linked need not be.
func needsTaskGroups(t *testing.T) {
	t.Helper()
	if strings.HasPrefix(linkedVersion, "3.10.") {
		t.Skip("this program is linked with python 3.10, whose asyncio has no TaskGroup and no timeout")
	}
}

// TestLifecycleLifespan goes through the life of an app: what has begun ends in the
// reverse order. Then the same program starts again.
func TestLifecycleLifespan(t *testing.T) {
	needsTaskGroups(t)
	t.Parallel()
	p := newProgram(t, spikard.Config{}, lifespanWith("pass"))
	var want []string
	for range 2 {
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := p.get(t, "/"); got.text != `"hello"` {
			t.Errorf("%d %s", got.StatusCode, got.text)
		}
		p.stop(t)
		want = append(want, "pool opens", "lifespan enters", "up", "up again", "request")
		want = append(want, lifespanEnds...)
	}
	p.trail.check(t, want...)
}

// TestLifecycleStartFails has the second on_startup hook fail: what had begun is
// undone, and a second start succeeds.
func TestLifecycleStartFails(t *testing.T) {
	needsTaskGroups(t)
	t.Parallel()
	tries := 0
	p := newProgram(t, spikard.Config{}, `
class Gate:
    def closed(self) -> bool: ...
`+strings.Replace(lifespanWith(`if gate.closed(): raise OSError("no database")`), "def up_again():", "def up_again(gate: Gate):", 1),
		di.Provide(func() *gate { return &gate{func() bool { tries++; return tries == 1 }} }, di.Singleton, di.As("app.Gate")))
	err := p.Start(t.Context())
	var start *spikard.StartError
	if !errors.As(err, &start) || !strings.Contains(err.Error(), "on_startup hook: OSError: no database (") || !strings.Contains(err.Error(), "app.py:") {
		t.Fatalf("start: %v", err)
	}
	if p.server.Addr() != "" {
		t.Errorf("it listens on %s", p.server.Addr())
	}
	want := append([]string{"pool opens", "lifespan enters", "up", "up again"}, lifespanEnds...)
	p.trail.check(t, want...)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.stop(t)
	p.trail.check(t, append(want, want...)...)
}

// gate is Go's, for Python's Gate.
type gate struct{ closed func() bool }

func (g *gate) Closed() bool { return g.closed() }

// TestLifecycleLifespanFails refuses the start, or tells at the stop, by the place
// in the app.
func TestLifecycleLifespanFails(t *testing.T) {
	t.Parallel()
	const before = `
@asynccontextmanager
async def lifespan(app):
`
	const after = `
app = Spikard(lifespan=lifespan)
@app.on_shutdown
def down():
    say("down")
@app.get("/")
def index():
    return "hello"
`
	for _, tt := range []struct {
		name, body string
		starts     bool
		want       string
		place      bool
		trail      []string
	}{
		{"raises at once", "    raise OSError('no database')\n    yield\n", false, "OSError: no database", true, nil},
		{"raises later", "    await asyncio.sleep(0)\n    raise OSError('no database')\n    yield\n", false, "OSError: no database", true, nil},
		{"never yields", "    if False: yield\n", false, "generator didn't yield", false, nil},
		{"yields and raises", "    yield\n    raise OSError('no disk')\n", true, "OSError: no disk", true, []string{"down"}},
		{"yields twice", "    yield\n    yield\n", true, "generator didn't stop", false, []string{"down"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, spikard.Config{}, before+tt.body+after)
			err := p.Start(t.Context())
			if tt.starts {
				if err != nil {
					t.Fatal(err)
				}
				if got := p.get(t, "/"); got.text != `"hello"` {
					t.Errorf("%d %s", got.StatusCode, got.text)
				}
				err = p.Stop(context.Background())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			line := strings.Count(trailApp+before, "\n") + strings.Count(tt.body[:max(0, strings.Index(tt.body, "raise"))], "\n") + 1
			if place := fmt.Sprintf("app.py:%d", line); tt.place && !strings.Contains(err.Error(), place) {
				t.Errorf("%q is not in %v", place, err)
			}
			p.trail.check(t, tt.trail...)
		})
	}
}

// TestLifecycleStopInTime has a lifespan that doesn't end: the stop does, and all
// else is undone.
func TestLifecycleStopInTime(t *testing.T) {
	t.Parallel()
	p := newProgram(t, spikard.Config{}, `
@asynccontextmanager
async def lifespan(app):
    yield
    try:
        await asyncio.sleep(3600)
    finally:
        say("lifespan is cancelled")

app = Spikard(lifespan=lifespan)

class Pool: ...

def open_pool():
    yield Pool()
    say("pool closes")

app.provide(Pool, Provide(open_pool, singleton=True))

@app.get("/")
def index(pool: Pool):
    return "hello"
`)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop: %v", err)
	}
	for p.server.Addr() != "" {
		time.Sleep(time.Millisecond) // fx has given up waiting; the server goes on
	}
	p.trail.check(t, "lifespan is cancelled", "pool closes")
}
