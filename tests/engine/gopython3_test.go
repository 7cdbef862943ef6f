//go:build gopython3 && cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	python3 "github.com/DataDog/go-python3"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/pybridge/gopython3"
	"github.com/spikard/spikard-go/spikard"
)

func init() { linkedVersion, _, _ = strings.Cut(python3.Py_GetVersion(), " ") }

const shelfApp = `
import sys
app = Spikard()

class Shelf:
    def __init__(self):
        self.items = []
        self.mark = [1, 2, 3]
    def put(self, item):
        self.items.append(item)
        return id(item)
    def count(self):
        return [len(self.items), sys.getrefcount(self.mark)]

app.provide(Shelf, Provide(Shelf, scope="singleton"))

@app.get("/pause")
async def pause() -> str:
    await asyncio.sleep(0)
    return "gone on"
`

type shelfInput struct {
	Shelf pybridge.Object `inject:"__type__app.Shelf"`
}

// TestGoPython3Objects takes objects from one side to the other and back.
func TestGoPython3Objects(t *testing.T) {
	p := newProgram(t, spikard.Config{}, shelfApp, spikard.Get("/use", useShelf))
	p.run(t)
	for range 3 {
		if a := p.get(t, "/use"); a.text != `"in order"` {
			t.Errorf("%s: %s\n%s", a.Status, a.text, p.log)
		}
	}
}

func useShelf(ctx context.Context, in shelfInput) (string, error) {
	before, err := pybridge.Call[[2]int](ctx, in.Shelf, "count")
	if err != nil {
		return "", err
	}
	if err := putItem(ctx, in.Shelf); err != nil {
		return "", err
	}
	if err := readMark(in.Shelf); err != nil {
		return "", err
	}
	after, err := pybridge.Call[[2]int](ctx, in.Shelf, "count")
	if err == nil && (after[0] != before[0]+1 || after[1] != before[1]) {
		err = fmt.Errorf("items and references were %v and are %v", before, after)
	}
	return "in order", err
}

// putItem makes a list with go-python3 and hands it over.
func putItem(ctx context.Context, shelf pybridge.Object) error {
	var made *python3.PyObject
	var wrapped pybridge.Object
	var failed error
	err := gopython3.Do(func() {
		made = python3.PyList_New(0)
		wrapped, failed = gopython3.Wrap(shelf, made)
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	id, err := pybridge.Call[uintptr](ctx, shelf, "put", wrapped)
	if err != nil {
		return err
	}
	if id != uintptr(unsafe.Pointer(made)) {
		return fmt.Errorf("python got the object at %#x, not that at %p", id, unsafe.Pointer(made))
	}
	wrapped.Release()
	err = gopython3.Do(func() {
		made.DecRef()
		if n := python3.PyList_Size(made); n != 0 { // it is the shelf's still
			failed = fmt.Errorf("the list has %d items", n)
		}
	})
	return errors.Join(err, failed)
}

// readMark reads an attribute with go-python3, with the GIL and without it.
func readMark(shelf pybridge.Object) (failed error) {
	outside, err := gopython3.Object(shelf)
	if err != nil {
		return err
	}
	err = gopython3.Do(func() {
		defer outside.DecRef()
		inside, err := gopython3.Object(shelf)
		if err != nil || inside != outside {
			failed = fmt.Errorf("the same object is at %p and at %p: %w", outside, inside, err)
			return
		}
		defer inside.DecRef()
		mark := inside.GetAttrString("mark")
		defer mark.DecRef()
		if n := python3.PyList_Size(mark); n != 3 {
			failed = fmt.Errorf("the mark has %d items", n)
		}
	})
	return errors.Join(err, failed)
}

// TestGoPython3Hammer has many goroutines at it, beside requests that go on and off
// the loop: no reference is left over, and none is missing.
func TestGoPython3Hammer(t *testing.T) {
	const clients, times = 16, 40
	p := newProgram(t, spikard.Config{}, shelfApp, spikard.Get("/put", func(ctx context.Context, in shelfInput) error {
		return errors.Join(putItem(ctx, in.Shelf), readMark(in.Shelf))
	}), spikard.Get("/count", func(ctx context.Context, in shelfInput) ([2]int, error) {
		return pybridge.Call[[2]int](ctx, in.Shelf, "count")
	}))
	p.run(t)
	before := p.get(t, "/count").text
	var clientsDone sync.WaitGroup
	for range clients {
		clientsDone.Go(func() {
			for range times {
				if a := p.get(t, "/put"); a.StatusCode != http.StatusNoContent {
					t.Errorf("%s: %s", a.Status, a.text)
				}
				if a := p.get(t, "/pause"); a.text != `"gone on"` {
					t.Errorf("%s: %s", a.Status, a.text)
				}
			}
		})
	}
	clientsDone.Wait()
	var was, is [2]int
	if err := errors.Join(json.Unmarshal([]byte(before), &was), json.Unmarshal([]byte(p.get(t, "/count").text), &is)); err != nil {
		t.Fatal(err)
	}
	if is != [2]int{was[0] + clients*times, was[1]} {
		t.Errorf("items and references were %v and are %v", was, is)
	}
}

// TestGoPython3Other is refused: another Python than the one that is linked.
func TestGoPython3Other(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("this process has its python")
	}
	inChild(t, "opened", "TestGoPython3OtherChild")
	t.Setenv(pythonList, "")
	for _, c := range candidates(t.Context()) {
		if c.skip == "" && !strings.HasPrefix(linkedVersion, c.version+".") {
			inChild(t, c.executable, "TestGoPython3OtherChild")
			return
		}
	}
	fmt.Println("another version of python: none is installed")
}

// TestGoPython3OtherChild is run by TestGoPython3Other.
func TestGoPython3OtherChild(t *testing.T) {
	other := os.Getenv(asChild)
	if other == "" {
		t.Skip("run by TestGoPython3Other, in processes of their own")
	}
	engine, want := gopython3.New(cpython.Options{Python: other}), "this program is linked with"
	if other == "opened" {
		engine = cpython.New(cpython.Options{})
	}
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	if err := engine.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// ownStart is what a process does that has started Python by itself.
const ownStart = "SPIKARD_TEST_OWN_START"

const ownApp = `
import builtins
from spikard import Spikard
app = Spikard()

@app.get("/")
def index() -> str:
    return builtins.of_go

@app.get("/await")
async def suspended() -> str:
    import asyncio
    await asyncio.sleep(0)
    return builtins.of_go
`

// TestGoPython3OwnStart serves with the interpreter that the program has started.
func TestGoPython3OwnStart(t *testing.T) {
	for _, kind := range []string{"given up", "kept"} {
		t.Run(kind, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGoPython3OwnStartChild$", "-test.v")
			cmd.Env = append(os.Environ(), ownStart+"="+kind)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestGoPython3OwnStartChild is run by TestGoPython3OwnStart.
func TestGoPython3OwnStartChild(t *testing.T) {
	kind := os.Getenv(ownStart)
	if kind == "" {
		t.Skip("run by TestGoPython3OwnStart, in processes of its own")
	}
	runtime.LockOSThread()
	python3.Py_Initialize()
	if python3.PyRun_SimpleString("import builtins; builtins.of_go = 'kept'") != 0 {
		t.Fatal("python code failed")
	}
	if kind == "kept" {
		refuseKept(t)
		return
	}
	python3.PyEval_SaveThread()
	serveOwn(t)
}

func refuseKept(t *testing.T) {
	engine := gopython3.New(cpython.Options{})
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "PyEval_SaveThread") {
		t.Errorf("the error is %v", err)
	}
	python3.PyEval_SaveThread() // what was left behind ends
	if err := engine.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// serveOwn serves as a user's main does, up to a Ctrl-C, which ends the process.
func serveOwn(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(ownApp), 0o600); err != nil {
		t.Fatal(err)
	}
	visit := func(server *spikard.Server) {
		for _, path := range []string{"/", "/await"} {
			if body := fetch(t, "http://"+server.Addr()+path); body != `"kept"` {
				t.Errorf("%s: %s", path, body)
			}
		}
		testSignals(t)
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Signal(os.Interrupt)
		}
		if err != nil || t.Failed() {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	spikard.Serve(gopython3.Module, spikard.PythonDir(dir, "app:app"), spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
		fx.Invoke(func(lc fx.Lifecycle, server *spikard.Server) {
			lc.Append(fx.StartHook(func() { go visit(server) }))
		}))
}

func fetch(t *testing.T, url string) string {
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}
