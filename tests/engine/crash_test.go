//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

// What a process that is to crash is told by its parent.
const (
	crashOf   = "SPIKARD_TEST_CRASH"          // the path of the request that it dies of
	nativeLib = "SPIKARD_TEST_NATIVE_LIBRARY" // has the C functions below
)

// nativeC is native code with faults of all kinds, and code that waits.
const nativeC = `
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <fcntl.h>

int deeper(int n) { volatile char hole[4096]; hole[0] = (char)n; return n < 0 ? n : deeper(n + 1) + hole[0]; }
int null(void) { return *(volatile int *)0; }
int illegal(void) { __builtin_trap(); }
int divide(int n) { raise(SIGFPE); return n; }
void hold(int tell, int until) { char c = 0; if (write(tell, &c, 1) == 1) read(until, &c, 1); }
int bus(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    volatile char *p = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    return p[0];
}
`

const crashingApp = `
import ctypes, faulthandler, os, tempfile
app = Spikard()
library = ctypes.CDLL(os.environ["SPIKARD_TEST_NATIVE_LIBRARY"])
python = ctypes.PyDLL(os.environ["SPIKARD_TEST_NATIVE_LIBRARY"]) # with the GIL

def crash_of_python():
    ctypes.string_at(0)

@app.get("/sync")
def crash_sync(): crash_of_python()

@app.get("/inline")
async def crash_inline(): crash_of_python()

@app.get("/loop")
async def crash_loop():
    await asyncio.sleep(0)
    crash_of_python()

def crash_thread(target):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()

@app.get("/thread")
def thread(): crash_thread(crash_of_python)

@app.get("/executor")
async def executor(): await asyncio.to_thread(crash_of_python)

@app.get("/abort")
def crash_abort(): os.abort()

@app.get("/abort-thread")
def abort_thread(): crash_thread(os.abort)

@app.get("/overflow")
def crash_overflow(): library.deeper(0)

@app.get("/overflow-loop")
async def crash_overflow_loop():
    await asyncio.sleep(0)
    python.deeper(0)

@app.get("/overflow-thread")
def overflow_thread(): crash_thread(lambda: python.deeper(0))

@app.get("/illegal")
def crash_illegal(): library.illegal()

@app.get("/divide")
def crash_divide(): python.divide(0)

@app.get("/bus")
def crash_bus(): library.bus(os.path.join(tempfile.mkdtemp(), "empty").encode())

@app.get("/enabled")
def crash_enabled():
    faulthandler.enable()
    crash_of_python()

@app.get("/enable")
def enable():
    import faulthandler
    faulthandler.enable()
    faulthandler.dump_traceback()
    return faulthandler.is_enabled()
`

// crashes are requests that a process dies of, with the signal and a function
// that has to be in Python's stack.
var crashes = []struct{ path, signal, function string }{
	{"/sync", "SIGSEGV", "in crash_sync"},
	{"/inline", "SIGSEGV", "in crash_inline"},
	{"/loop", "SIGSEGV", "in crash_loop"},
	{"/thread", "SIGSEGV", "in crash_of_python"},
	{"/executor", "SIGSEGV", "in crash_of_python"},
	{"/abort", "SIGABRT", "in crash_abort"},
	{"/abort-thread", "SIGABRT", "in crash_thread"},
	{"/overflow", "SIGSEGV", "in crash_overflow"},
	{"/overflow-loop", "SIGSEGV", "in crash_overflow_loop"},
	{"/overflow-thread", "SIGSEGV", "in overflow_thread"},
	{"/illegal", "SIGILL", "in crash_illegal"},
	{"/divide", "SIGFPE", "in crash_divide"},
	{"/bus", "SIGBUS", "in crash_bus"},
	{"/enabled", "SIGSEGV", "in crash_enabled"},
}

// TestCrash has native code crash in processes of their own, which have to end by
// themselves with Python's stack and Go's.
func TestCrash(t *testing.T) {
	if os.Getenv(crashOf) != "" {
		crash(t)
		return
	}
	if os.Getenv(asChild) != "" {
		t.Skip("it starts processes of its own")
	}
	library := nativeLibrary(t)
	for name, python := range crashPythons(t) {
		t.Run(name, func(t *testing.T) {
			for _, c := range crashes {
				t.Run(strings.TrimPrefix(c.path, "/"), func(t *testing.T) {
					out := crashed(t, python, library, c.path)
					for _, want := range []string{
						"spikard: " + c.signal + " in native code", "\npython, on all threads:\n", c.function,
						"\ngoroutine ", "tests/engine.crash(",
					} {
						if !strings.Contains(out, want) {
							t.Errorf("there is no %q", want)
						}
					}
					if runtime.GOOS == "linux" && !strings.Contains(out, ".so") {
						t.Error("the library of the fault is not named")
					}
					if t.Failed() {
						t.Log(out)
					}
				})
			}
			t.Run("go", func(t *testing.T) {
				out := crashed(t, python, library, "")
				if strings.Count(out, "lived on") != 2 || !strings.Contains(out, "in enable") {
					t.Error(out)
				}
			})
		})
	}
}

// crashPythons are those to test, by version. The embedded one goes by no path.
func crashPythons(t *testing.T) map[string]string {
	out := map[string]string{"embedded": ""}
	if testing.Short() {
		return out
	}
	for _, c := range candidates(t.Context()) {
		if c.skip == "" {
			out[c.version] = c.executable
		}
	}
	return out
}

func nativeLibrary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, library := filepath.Join(dir, "native.c"), filepath.Join(dir, "native.so")
	if err := os.WriteFile(source, []byte(nativeC), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "cc", "-O0", "-w", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		fmt.Printf("native code: not tested: cc: %v\n%s", err, out)
		t.Skip("there is no C compiler: ", err)
	}
	return library
}

// crashed gives what a process writes that serves one request for a path and
// ends.
func crashed(t *testing.T, python, library, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCrash$", "-test.v")
	cmd.Env = append(os.Environ(), "SPIKARD_PYTHON="+python, "VIRTUAL_ENV=", crashOf+"=go"+path, nativeLib+"="+library,
		"TMPDIR="+t.TempDir()) // it leaves what is there
	out, err := cmd.CombinedOutput()
	begin, _, _ := strings.Cut(string(out), "\n\nspikard: ")
	if at := strings.LastIndex(begin, "asked at "); at >= 0 {
		var asked int64
		if _, err := fmt.Sscanf(begin[at:], "asked at %d", &asked); err == nil {
			t.Logf("ended in %v", time.Since(time.UnixMicro(asked)).Round(time.Millisecond))
		}
	}
	if ctx.Err() != nil {
		t.Errorf("the process did not end by itself")
	}
	if exit := cmd.ProcessState.ExitCode(); path != "" && (err == nil || exit == 1) {
		t.Errorf("the process lived: %v", err)
	} else if path == "" && err != nil {
		t.Error(err)
	}
	return string(out)
}

// crash is what the process does.
func crash(t *testing.T) {
	p := newProgram(t, spikard.Config{}, crashingApp, spikard.Get("/go", func(context.Context) (string, error) {
		var missing *http.Request
		return missing.Host, nil //nolint:govet // this is what the test is about
	})).run(t)
	path := strings.TrimPrefix(os.Getenv(crashOf), "go")
	for range 2 {
		if got := p.get(t, "/go"); got.StatusCode != http.StatusInternalServerError {
			t.Errorf("a nil dereference in go: %d %s", got.StatusCode, got.text)
		}
		if path != "" {
			fmt.Printf("asked at %d\n", time.Now().UnixMicro())
			p.get(t, path)
			t.Fatal("the process is still there")
		}
		if got := p.get(t, "/enable"); got.text != "true" {
			t.Errorf("faulthandler.is_enabled() is %s", got.text)
		}
		fmt.Println("lived on")
	}
}
