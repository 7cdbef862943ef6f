//go:build gopython3 && cgo && (linux || darwin) && (amd64 || arm64)

package gopython3

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	python3 "github.com/DataDog/go-python3"

	"github.com/spikard/spikard-go/pybridge/cpython"
)

// Engine is the in-process engine of package cpython.
type Engine = cpython.Engine

// New gives an engine that runs the Python that the program is linked with. Its
// options choose an environment of it; an embedded Python is left aside.
func New(options cpython.Options) *Engine {
	options.Embedded, options.Linked = nil, running
	return cpython.New(options)
}

// patience is what a thread that has started the interpreter gets to give the GIL up.
const patience = 5 * time.Second

var errHeld = errors.New("the program has started python by itself, and a thread of it has kept the GIL since: " +
	"call python3.PyEval_SaveThread, on the thread that called python3.Py_Initialize, before the app is started")

// running tells of the interpreter that the program has started; nil if it has not.
func running(ctx context.Context) (*cpython.Running, error) {
	if !python3.Py_IsInitialized() {
		return nil, nil //nolint:nilnil // as cpython.Options says
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errHeld)
	defer cancel()
	type answer struct {
		up  *cpython.Running
		err error
	}
	asked := make(chan answer, 1) // whoever never gets the GIL is left behind
	go func() {
		up, err := ask()
		asked <- answer{up, err}
	}()
	select {
	case a := <-asked:
		return a.up, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// ask reads what the interpreter is. It waits for the GIL.
func ask() (*cpython.Running, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	state := python3.PyGILState_Ensure()
	defer python3.PyGILState_Release(state)
	version := python3.Py_GetVersion()
	up := &cpython.Running{Executable: text("executable"), Prefix: text("prefix")}
	if _, err := fmt.Sscanf(version, "%d.%d", &up.Major, &up.Minor); err != nil {
		return nil, fmt.Errorf("read its version, %q: %w", version, err)
	}
	up.Version, _, _ = strings.Cut(version, " ")
	return up, nil
}

// text is a str of module sys; empty if it is none.
func text(name string) string {
	value := python3.PySys_GetObject(name) // borrowed
	if value == nil || !python3.PyUnicode_Check(value) {
		return ""
	}
	return python3.PyUnicode_AsUTF8(value)
}
