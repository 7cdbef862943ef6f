//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// waitingApp has handlers that wait in every way. /stuck and /blocked tell the
// descriptor tell that they are there, and wait for a byte from until.
const waitingApp = `
import ctypes, os
app = Spikard(ServerConfig(debug_endpoint=True))
names = {}

def library(load):
    return load(%q)

@app.get("/stuck")
def stuck_with_the_gil(tell: int, until: int):
    library(ctypes.PyDLL).hold(tell, until)

@app.get("/blocked")
def blocked_without_the_gil(tell: int, until: int):
    library(ctypes.CDLL).hold(tell, until)

async def inner():
    names["future"] = asyncio.get_running_loop().create_future()
    await names["future"]

async def middle():
    yield 1
    await inner()

async def outer():
    async for _ in middle():
        pass

@app.get("/awaits")
async def awaits():
    await outer()

@app.get("/gathers")
async def gathers():
    child = asyncio.create_task(outer(), name="child")
    await asyncio.gather(child)

@app.get("/release")
async def release():
    names["future"].set_result(None)
`

// observed is what /debug/spikard tells.
type observed struct {
	Goroutines int
	Requests   []struct{ ID, Method, Path string }
	Engines    []pybridge.Inspection
}

func (p *program) inspect(t *testing.T) observed {
	t.Helper()
	got := p.get(t, "/debug/spikard")
	var out observed
	if err := json.Unmarshal([]byte(got.text), &out); err != nil || got.StatusCode != http.StatusOK || len(out.Engines) != 1 {
		t.Fatalf("%d %s: %v", got.StatusCode, got.text, err)
	}
	return out
}

// held is a request that waits in native code until it is let go.
type held struct {
	release func()
	ended   chan answer
}

func (p *program) hold(t *testing.T, path, id string) held {
	t.Helper()
	told, tell := pipe(t)
	until, let := pipe(t)
	h := held{ended: make(chan answer, 1)}
	h.release = func() {
		if _, err := let.Write([]byte{0}); err != nil {
			t.Error(err)
		}
	}
	go func() {
		defer tell.Close() // so that one that has not told is not waited for
		h.ended <- p.get(t, fmt.Sprintf("%s?tell=%d&until=%d", path, tell.Fd(), until.Fd()), "X-Request-ID", id)
	}()
	if _, err := io.ReadFull(told, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h held) end() {
	h.release()
	<-h.ended
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func stackHas(stack []string, function string) bool {
	return slices.ContainsFunc(stack, func(line string) bool {
		return strings.HasSuffix(line, " in "+function) && strings.Contains(line, "app.py:")
	})
}

func newWaiting(t *testing.T) *program {
	t.Helper()
	return newProgram(t, spikard.Config{}, fmt.Sprintf(waitingApp, nativeLibrary(t))).run(t)
}

// TestInspectThread finds the thread of a handler that blocks, and its request.
func TestInspectThread(t *testing.T) {
	p := newWaiting(t)
	h := p.hold(t, "/blocked", "the-blocked-one")
	defer h.end()
	got := p.inspect(t)
	engine := got.Engines[0]
	if engine.Stuck != "" || engine.Python.Version == "" || got.Goroutines < 2 {
		t.Errorf("%+v", got)
	}
	if len(got.Requests) != 1 || got.Requests[0].Path != "/blocked" || got.Requests[0].ID != "the-blocked-one" {
		t.Errorf("requests in flight: %+v", got.Requests)
	}
	if len(engine.Calls) != 1 || engine.Calls[0].Where != "thread" || engine.Calls[0].RequestID != "the-blocked-one" {
		t.Errorf("calls: %+v", engine.Calls)
	}
	if !slices.ContainsFunc(engine.Threads, func(s pybridge.ThreadState) bool {
		return s.RequestID == "the-blocked-one" && stackHas(s.Stack, "blocked_without_the_gil")
	}) {
		t.Errorf("threads: %+v", engine.Threads)
	}
	for accept, want := range map[string]string{"text/html": "<pre>", "text/plain": "python thread 0x"} {
		page := p.get(t, "/debug/spikard", "Accept", accept)
		if !strings.HasPrefix(page.Header.Get("Content-Type"), accept) || !strings.Contains(page.text, want) ||
			!strings.Contains(page.text, "in blocked_without_the_gil") || !strings.Contains(page.text, ", request the-blocked-one") {
			t.Errorf("%s: %v %s", accept, page.Header, page.text)
		}
	}
}

// TestInspectTask follows what tasks await, through coroutines, an async
// generator and a gather.
func TestInspectTask(t *testing.T) {
	p := newWaiting(t)
	for path, want := range map[string]struct {
		stack []string
		waits string
	}{
		"/awaits":  {[]string{"awaits", "outer", "middle", "inner"}, "Future"},
		"/gathers": {[]string{"gathers"}, "gather of Task child"},
	} {
		ended := make(chan answer, 1)
		go func() { ended <- p.get(t, path, "X-Request-ID", "of"+path) }()
		var engine pybridge.Inspection
		of := func(waits string) func(pybridge.TaskState) bool {
			return func(s pybridge.TaskState) bool { return s.RequestID == "of"+path && s.WaitsFor == waits }
		}
		begun := time.Now()
		for {
			engine = p.inspect(t).Engines[0]
			// Before 3.12 the id of a request isn't known of the tasks that it makes.
			inner := func(s pybridge.TaskState) bool { return s.WaitsFor == "Future" }
			if slices.ContainsFunc(engine.Tasks, of(want.waits)) && slices.ContainsFunc(engine.Tasks, inner) {
				break
			}
			if time.Since(begun) > 20*time.Second {
				t.Fatalf("%s: tasks: %+v", path, engine.Tasks)
			}
		}
		task := engine.Tasks[slices.IndexFunc(engine.Tasks, of(want.waits))]
		var own []string
		for _, line := range task.Stack {
			if _, name, _ := strings.Cut(line, " in "); strings.Contains(line, "app.py:") {
				own = append(own, name)
			}
		}
		if !slices.Equal(own, want.stack) {
			t.Errorf("%s: %q, want %q", path, task.Stack, want.stack)
		}
		if len(engine.Calls) != 1 || engine.Calls[0].Where != "loop" {
			t.Errorf("%s: calls: %+v", path, engine.Calls)
		}
		p.get(t, "/release")
		<-ended
	}
	if left := p.inspect(t); len(left.Requests) != 0 || len(left.Engines[0].Calls) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// TestInspectStuck has it answer while native code keeps the GIL.
func TestInspectStuck(t *testing.T) {
	p := newWaiting(t)
	h := p.hold(t, "/stuck", "the-stuck-one")
	for range 2 {
		got := p.inspect(t)
		engine := got.Engines[0]
		if engine.Stuck == "" || len(got.Requests) != 1 || engine.Python.Version == "" {
			t.Errorf("%+v", got)
		}
		if !slices.ContainsFunc(engine.Threads, func(s pybridge.ThreadState) bool {
			return s.RequestID == "the-stuck-one" && stackHas(s.Stack, "stuck_with_the_gil")
		}) {
			t.Errorf("threads: %+v", engine.Threads)
		}
	}
	h.end()
	if got := p.inspect(t); got.Engines[0].Stuck != "" {
		t.Errorf("it is stuck still: %+v", got)
	}
}

// TestQuit has a process end by SIGQUIT with all stacks, also while native code
// keeps the GIL.
func TestQuit(t *testing.T) {
	if os.Getenv(quitOf) != "" {
		quit(t)
		return
	}
	if os.Getenv(asChild) != "" {
		t.Skip("it starts processes of its own")
	}
	library := nativeLibrary(t)
	for path, want := range map[string][]string{
		"/blocked": {"in blocked_without_the_gil", "task ", "in inner", "waits for: Future"},
		"/stuck":   {"in stuck_with_the_gil", "python could not be entered within "},
	} {
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestQuit$", "-test.v")
			cmd.Env = append(os.Environ(), "SPIKARD_PYTHON=", "VIRTUAL_ENV=", quitOf+"="+path, nativeLib+"="+library,
				"TMPDIR="+t.TempDir()) // it leaves what is there
			var out strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 2 {
				t.Errorf("it ended with %v", err)
			}
			for _, text := range append(want, "SIGQUIT: quit", "\ngoroutine ", "tests/engine.quit(") {
				if !strings.Contains(out.String(), text) {
					t.Errorf("there is no %q", text)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

// quitOf is the path of the request that is under way when the process ends.
const quitOf = "SPIKARD_TEST_QUIT"

// quit is what the process does.
func quit(t *testing.T) {
	p := &program{client: &http.Client{Timeout: time.Minute}, scheme: "http://"}
	up := make(chan struct{})
	go spikard.Serve(chosen.Module, fx.Populate(&p.server), spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(fmt.Sprintf(trailApp+waitingApp, os.DevNull, os.Getenv(nativeLib)))}}, "app:app"),
		fx.Invoke(fx.Annotate(func(lc fx.Lifecycle, _ *spikard.Server) {
			lc.Append(fx.StartHook(func(context.Context) { close(up) }))
		})))
	<-up
	for p.server.Addr() == "" {
		runtime.Gosched() // its start has one more hook
	}
	go p.get(t, "/awaits")
	for !slices.ContainsFunc(p.inspect(t).Engines[0].Tasks, func(s pybridge.TaskState) bool { return s.WaitsFor == "Future" }) {
	}
	p.hold(t, os.Getenv(quitOf), "")
	fmt.Printf("asked at %d\n", time.Now().UnixMicro())
	if err := syscall.Kill(os.Getpid(), syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	select {}
}
