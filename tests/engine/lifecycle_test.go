//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// trail is a file that an app writes what it does to, to the end of its life. (Its
// logging would be the whole interpreter's.)
type trail string

func (f trail) lines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(string(f))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		out = append(out, strings.TrimSuffix(line, "\n"))
	}
	return out
}

func (f trail) check(t *testing.T, want ...string) {
	t.Helper()
	if got := f.lines(t); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// program is an fx app with one Python app.
type program struct {
	*fx.App
	server *spikard.Server
	trail  trail
	log    *logs
	client *http.Client
	scheme string
}

// newProgram makes one with the embedded Python, or the one that is linked.
func newProgram(t *testing.T, config spikard.Config, source string, opts ...fx.Option) *program {
	t.Helper()
	if os.Getenv(asChild) != "" {
		t.Skip("this process has another python")
	}
	p := &program{trail: trail(filepath.Join(t.TempDir(), "trail")), log: &logs{}, scheme: "http://"}
	transport := &http.Transport{}
	p.client = &http.Client{Transport: transport, Timeout: time.Minute}
	t.Cleanup(transport.CloseIdleConnections)
	config.Addr, config.Logger = "127.0.0.1:0", slog.New(slog.NewJSONHandler(p.log, nil))
	p.App = fx.New(append(opts,
		fx.NopLogger, chosen.Module, spikard.Module, fx.Populate(&p.server), spikard.WithConfig(config),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(fmt.Sprintf(trailApp, p.trail) + source)}}, "app:app"))...)
	return p
}

// logs is what a server logs.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// trailApp begins each app: say writes to the trail.
const trailApp = `import asyncio, threading, time
from contextlib import asynccontextmanager
from spikard import Provide, Request, Response, ServerConfig, Spikard
def say(text):
    with open(%q, "a") as trail:
        print(text, file=trail)
`

// run starts the program, and stops it when the test ends.
func (p *program) run(t *testing.T) *program {
	t.Helper()
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *program) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// answer is one read whole.
type answer struct {
	*http.Response
	text string
}

func (p *program) send(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.scheme+p.server.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (p *program) get(t *testing.T, path string, header ...string) answer {
	t.Helper()
	return p.send(t, "GET", path, "", header...)
}

const refusingApp = `
from dataclasses import dataclass
app = Spikard()

@dataclass
class Order:
    n: int
    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("too few")

@app.on_request
def begin(request: Request):
    say(f"py on_request {request.state.tenant}")
    request.state.tenant = request.state.tenant["name"]

@app.pre_handler
def before(request: Request):
    say(f"py pre_handler {request.state.tenant}")

@app.on_response
def stamp(request: Request, response: Response):
    say(f"py on_response {response.status_code} {request.state.tenant}")
    response.headers["x-stamp"] = "py"

@app.post("/")
def order(order: Order, request: Request):
    return [order.n, request.state.tenant]
`

// TestLifecycleHooks has the hooks of both languages around a handler, and around a
// value that its class refuses: each of them runs once.
func TestLifecycleHooks(t *testing.T) {
	t.Parallel()
	p := newProgram(t, spikard.Config{}, refusingApp,
		spikard.OnRequest(func(x api.Exchange) {
			x.Set("tenant", map[string]string{"name": "acme"})
			x.AddHeader("X-Ran", "on_request")
		}),
		spikard.PreHandler(func(x api.Exchange) { x.AddHeader("X-Ran", "pre_handler") }),
		spikard.OnResponse(func(_ api.Exchange, a *spikard.Answer) { a.Header.Add("X-Ran", "on_response") })).run(t)
	for _, tt := range []struct {
		body, text string
		status     int
		inGo       string
		trail      []string
	}{
		{`{"n":1}`, `[1,"acme"]`, 200, "on_request pre_handler on_response", []string{
			"py on_request {'name': 'acme'}", "py pre_handler acme", "py on_response 200 acme",
		}},
		{`{"n":-1}`, "too few", 422, "on_request pre_handler on_response", []string{"py on_request {'name': 'acme'}", "py on_response 422 acme"}},
		{`{"n":"x"}`, "int_parsing", 422, "on_request on_response", []string{"py on_request {'name': 'acme'}", "py on_response 422 acme"}},
	} {
		seen := len(p.trail.lines(t))
		got := p.send(t, "POST", "/", tt.body, "Content-Type", "application/json")
		if got.StatusCode != tt.status || !strings.Contains(got.text, tt.text) || got.Header.Get("X-Stamp") != "py" {
			t.Errorf("%s: %d %s %v", tt.body, got.StatusCode, got.text, got.Header)
		}
		if ran := strings.Join(got.Header["X-Ran"], " "); ran != tt.inGo {
			t.Errorf("%s: Go's hooks ran as %q", tt.body, ran)
		}
		if lines := p.trail.lines(t)[seen:]; !slices.Equal(lines, tt.trail) {
			t.Errorf("%s: %q, want %q", tt.body, lines, tt.trail)
		}
	}
}

const brokenApp = `
app = Spikard()

class Broken(Exception): ...

@app.get("/")
def index():
    raise Broken("<b>it is broken</b>")
`

// TestLifecycleDebug shows a traceback of Python's with the place in the app.
func TestLifecycleDebug(t *testing.T) {
	t.Parallel()
	p := newProgram(t, spikard.Config{Debug: true}, brokenApp).run(t)
	var doc struct {
		Type, Exception, Message, Source string
		Traceback                        []string
	}
	got := p.get(t, "/")
	if err := json.Unmarshal([]byte(got.text), &doc); err != nil {
		t.Fatal(err, got.text)
	}
	line := strings.Count(trailApp+brokenApp, "\n")
	if got.StatusCode != 500 || doc.Exception != "app.Broken" || doc.Message != "<b>it is broken</b>" ||
		!strings.HasSuffix(doc.Source, fmt.Sprintf("app.py:%d", line)) || len(doc.Traceback) < 3 ||
		doc.Traceback[len(doc.Traceback)-1] != "app.Broken: <b>it is broken</b>" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	page := p.get(t, "/", "Accept", "text/html")
	if !strings.Contains(page.text, "<h1>app.Broken</h1>") || !strings.Contains(page.text, "in index") || strings.Contains(page.text, "<b>it is") {
		t.Errorf("%s", page.text)
	}
}

const healthApp = `
app = Spikard()

class Pool:
    up = True

app.provide(Pool, Provide(Pool, singleton=True))

@app.health_check
async def database(pool: Pool) -> bool:
    await asyncio.sleep(0)
    return pool.up

@app.health_check
def disk(pool: Pool) -> None:
    if not pool.up:
        raise OSError("the disk is full")

@app.get("/down")
def down(pool: Pool):
    pool.up = False
`

// TestLifecycleHealth asks Python's checks.
func TestLifecycleHealth(t *testing.T) {
	t.Parallel()
	p := newProgram(t, spikard.Config{}, healthApp).run(t)
	if got := p.get(t, "/readyz"); got.StatusCode != 200 || got.text != `{"status":"ok","checks":{"app.database":"ok","app.disk":"ok"}}` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	p.get(t, "/down")
	if got := p.get(t, "/readyz"); got.StatusCode != 503 || got.text != `{"status":"failed","checks":{"app.database":"failed","app.disk":"failed"}}` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	for _, want := range []string{"the check returned False", "the disk is full"} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, p.log)
		}
	}
}
