//go:build !gopython3 || !cgo || !(linux || darwin) || !(amd64 || arm64)

package gopython3

import (
	"context"
	"runtime"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
)

// Engine stands in for the engine where the program was built without it.
type Engine struct{}

var _ pybridge.Engine = (*Engine)(nil)

// New gives an engine whose Start says why there is none.
func New(cpython.Options) *Engine { return &Engine{} }

// Start fails: see [pybridge.UnsupportedError].
func (*Engine) Start(context.Context) error {
	return &pybridge.UnsupportedError{
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Reason: "the program was built without the tag gopython3, without cgo, or for a platform that is not one of " +
			"linux and darwin on amd64 and arm64: see spikard pyconfig",
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
