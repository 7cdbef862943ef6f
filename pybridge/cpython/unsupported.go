//go:build !cgo || !(linux || darwin) || !(amd64 || arm64)

package cpython

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spikard/spikard-go/pybridge"
)

// Engine stands in for the in-process engine where it can't be had.
type Engine struct{}

var _ pybridge.Engine = (*Engine)(nil)

// New gives an engine whose Start says why there is none.
func New(Options) *Engine { return &Engine{} }

// Start fails: see [pybridge.UnsupportedError].
func (*Engine) Start(context.Context) error {
	if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
		return &pybridge.UnsupportedError{
			Platform: runtime.GOOS + "/" + runtime.GOARCH,
			Reason:   "the program was built without cgo, or for another processor than amd64 or arm64",
		}
	}
	return &pybridge.UnsupportedError{
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Reason:   fmt.Sprintf("python in the process is not supported on %s", runtime.GOOS),
	}
}

// Info is empty.
func (*Engine) Info() pybridge.Info { return pybridge.Info{} }

// Load fails: the engine never started.
func (*Engine) Load(context.Context, pybridge.AppSpec) (pybridge.App, error) {
	return nil, pybridge.ErrNotStarted
}

// Stop does nothing.
func (*Engine) Stop(context.Context) error { return nil }
