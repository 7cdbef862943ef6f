package cpython

import "context"

// Options choose the Python. The zero value looks for one: SPIKARD_PYTHON, an
// active virtual environment, one beside the app, the embedded one if the
// program links it, then python3 on the PATH.
type Options struct {
	// Python names the one to use: an executable, the folder of a virtual
	// environment, or a libpython.
	Python string
	// Embedded unpacks a Python that the program carries and gives its home.
	// Package embedded has one.
	Embedded func(ctx context.Context) (home string, err error)
}
