//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
	"github.com/spikard/spikard-go/pybridge/python"
)

// Engine runs Python in this process.
type Engine struct {
	options Options
	started atomic.Bool
}

var _ pybridge.Engine = (*Engine)(nil)

// New gives an engine; nothing is looked for or opened yet.
func New(options Options) *Engine { return &Engine{options: options} }

// Start makes the engine ready. The interpreter comes up with the first app,
// as the app's folder has a say in which Python it is.
func (e *Engine) Start(context.Context) error {
	if e.started.CompareAndSwap(false, true) {
		process.join()
	}
	return nil
}

// Info tells which Python runs, once an app is loaded.
func (e *Engine) Info() pybridge.Info { return process.info() }

// Stop ends what Start began.
func (e *Engine) Stop(context.Context) error {
	if e.started.CompareAndSwap(true, false) {
		process.part()
	}
	return nil
}

// Load imports an app, and brings the interpreter up for the first one.
//
// # Errors
//
// *pybridge.LoadError, with the exception that the app raised, if there is
// one; what package locate says of a Python that does not fit; MismatchError.
func (e *Engine) Load(ctx context.Context, spec pybridge.AppSpec) (pybridge.App, error) {
	if !e.started.Load() {
		return nil, pybridge.ErrNotStarted
	}
	place, err := placeOf(spec)
	if err != nil {
		return nil, &pybridge.LoadError{Target: spec.Target, Err: err}
	}
	logger := spec.Logger
	if logger == nil {
		logger = slog.Default()
	}
	level := logLevel(ctx, logger)
	if err := process.start(ctx, e.options, spec.Dir, level); err != nil {
		place.discard()
		return nil, err
	}
	process.logger.Store(logger)
	process.follow(level)
	return load(spec, place, logger)
}

// unpackPackage puts the Python package spikard on disk, where child processes
// and tracebacks find it too: in the user's cache folder, or in a private
// temporary folder if there is none that can be used. The folder stays, as the
// interpreter does.
func unpackPackage() (string, error) {
	dir, err := cachedir.Unpack(python.Files, "package")
	var unusable *cachedir.UnusableError
	if errors.As(err, &unusable) {
		dir, _, err = cachedir.UnpackTemp(python.Files, "package")
	}
	return dir, err
}

// logLevel is the lowest level, in Python's numbers, that the logger takes.
func logLevel(ctx context.Context, logger *slog.Logger) int {
	for _, l := range []struct {
		slog   slog.Level
		python int
	}{{slog.LevelDebug, 10}, {slog.LevelInfo, 20}, {slog.LevelWarn, 30}} {
		if logger.Enabled(ctx, l.slog) {
			return l.python
		}
	}
	return 40
}

// pythonString writes a str literal: JSON's form is also one of Python's.
func pythonString(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has a JSON form
	}
	return string(text)
}
