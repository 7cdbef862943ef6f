//go:build !cgo || !(linux || darwin) || !(amd64 || arm64)

package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
)

// TestUnsupported is all there is to test where the engine can't be had.
func TestUnsupported(t *testing.T) {
	engine := cpython.New(cpython.Options{})
	var unsupported *pybridge.UnsupportedError
	if err := engine.Start(context.Background()); !errors.As(err, &unsupported) {
		t.Errorf("start: %v, want an UnsupportedError", err)
	}
	t.Skip("the suite did not run: this build has no in-process engine (cgo, linux or macOS, amd64 or arm64)")
}
