//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/locate"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// process is the interpreter of this process: CPython keeps its state in
// static variables, so there can be only one.
var process interpreter

// interpreter is CPython in this process.
type interpreter struct {
	mu      sync.Mutex // held during a start; of the five below
	python  *locate.Python
	search  search // that python was found by, the last time
	running bool   // the program has started it, whatever an app would choose
	broken  error  // a start that failed after the library was opened
	engines int

	logger  atomic.Pointer[slog.Logger]   // of the app that was loaded last
	known   atomic.Pointer[pybridge.Info] // of python, once the interpreter is up
	apps    appTable
	baton   baton
	workers workers
	calls   callPool
	tickets tickets
	watch   watch
	looks   looks
}

// MismatchError is returned when an app wants another Python than the one
// that the process already runs.
type MismatchError struct{ Running, Wanted pybridge.Info }

// Error names both.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("this process already runs python %s (%s, chosen by %s), and the app wants %s (%s, chosen by %s); "+
		"a process has one interpreter: use the same python for all apps, or one process for each",
		e.Running.Version, e.Running.Executable, e.Running.Origin, e.Wanted.Version, e.Wanted.Executable, e.Wanted.Origin)
}

// start brings the interpreter up, or checks that the one that is up is the
// one that is asked for.
func (i *interpreter) start(ctx context.Context, o Options, appDir string, logLevel int) error {
	request := locate.Request{Explicit: o.Python, Embedded: o.Embedded, AppDir: appDir}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.broken != nil {
		return fmt.Errorf("python can't be started again in this process: %w", i.broken)
	}
	search := searchOf(request)
	if i.python != nil && (i.running || search == i.search) {
		return nil
	}
	wanted, running, err := i.find(ctx, o, request)
	if err != nil {
		return err
	}
	if i.python != nil {
		if wanted.Library != i.python.Library || wanted.Executable != i.python.Executable {
			return &MismatchError{Running: info(i.python), Wanted: info(wanted)}
		}
		i.search = search
		return nil
	}
	if err := i.boot(wanted, o.Linked != nil, logLevel); err != nil {
		return fmt.Errorf("start python %s from %s: %w", wanted.Version, wanted.Library, err)
	}
	i.python, i.search, i.running = wanted, search, running
	known := info(wanted)
	i.known.Store(&known)
	return nil
}

// search is all that a search for a Python goes by, but for what is on disk.
// A search takes the start of a child process, tens of milliseconds, which an
// app that is loaded again need not wait for.
type search struct {
	explicit, appDir          string
	embedded                  bool
	chosen, environment, path string
}

func searchOf(r locate.Request) search {
	return search{
		explicit: r.Explicit, appDir: r.AppDir, embedded: r.Embedded != nil,
		chosen: os.Getenv("SPIKARD_PYTHON"), environment: os.Getenv("VIRTUAL_ENV"), path: os.Getenv("PATH"),
	}
}

func (i *interpreter) boot(python *locate.Python, linked bool, logLevel int) error {
	packageDir, err := unpackPackage()
	if err != nil {
		return err
	}
	// The thread that initialises CPython is its main thread. Any of Go's
	// threads will do, but it must be the same one to the end of the start.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	shim.SetCallbacks(i)
	if err := i.workers.prepare(); err != nil {
		return err
	}
	err = shim.Start(shim.Config{
		Library: python.Library, Program: python.Executable, Home: python.Home,
		UTF8Mode: python.UTF8Mode, Linked: linked, Major: python.Major, Minor: python.Minor,
	})
	if err == nil {
		err = shim.Exec(prelude(packageDir, logLevel), "<spikard>")
	}
	if err != nil {
		i.broken = err
		return err
	}
	takeBrokenPipes()
	return nil
}

// takeBrokenPipes has writes to a closed pipe or socket fail with EPIPE on all threads.
// Python's own initialisation would have SIGPIPE ignored. Go's handler lets it pass on
// Go's threads, but on those that Python or a library has made it ends the process
// unless somebody asks for the signal. Ignored, it would be so in Go's child processes.
func takeBrokenPipes() {
	if !signal.Ignored(syscall.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}

// prelude is the first code that the interpreter runs. The package lies in a
// folder of its own, so its byte code is kept there whatever the user asks of
// other code.
func prelude(packageDir string, logLevel int) string {
	return fmt.Sprintf(`import sys
sys.path.insert(0, %s)
asked, sys.dont_write_bytecode = sys.dont_write_bytecode, False
from spikard import _runtime
from spikard import _runtime_process
sys.dont_write_bytecode = asked
_runtime_process.prepare(%d)
`, pythonString(packageDir), logLevel)
}

// join and part count the engines, so that the last one to stop leaves
// nothing behind but the interpreter itself.
func (i *interpreter) join() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.engines++
}

func (i *interpreter) part() {
	i.mu.Lock()
	i.engines--
	last := i.engines == 0
	up := i.python != nil
	i.mu.Unlock()
	if !up {
		return
	}
	i.flush()
	if last {
		i.baton.wait()
		i.workers.end()
		i.looks.wait()
		i.calls.drain()
	}
}

// flush writes out what print has buffered.
func (i *interpreter) flush() {
	// A closed stdout is nothing that a stop could mend.
	_ = i.exec("from spikard import _runtime_process\n_runtime_process.flush()\n")
}

// follow has Python's root logger send what the last app's logger takes.
func (i *interpreter) follow(logLevel int) {
	// It fails if an app has broken Python's logging, which is the app's affair.
	_ = i.exec(fmt.Sprintf("from spikard import _runtime_log\n_runtime_log.follow(%d)\n", logLevel))
}

// exec runs source of our own.
func (i *interpreter) exec(source string) error {
	turn := i.baton.enter(0)
	defer i.baton.leave(turn)
	return shim.Exec(source, "<spikard>")
}

func (i *interpreter) info() pybridge.Info {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.python == nil {
		return pybridge.Info{}
	}
	return info(i.python)
}

func info(p *locate.Python) pybridge.Info {
	return pybridge.Info{
		Version: p.Version, Executable: p.Executable, Prefix: p.Prefix,
		Library: p.Library, Origin: p.Origin,
	}
}
