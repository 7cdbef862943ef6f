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
	// Linked says that the program is linked with a libpython, which then is the only
	// one that can run: what is chosen must be of that one. It tells of the
	// interpreter that the program has started by itself, and gives nil if it has not.
	// Package gopython3 has one.
	Linked func(ctx context.Context) (*Running, error)
}

// Running is an interpreter that the program has started: the engine takes it as it
// is, with its executable and its module search path.
type Running struct {
	Version            string // as "3.12.1"
	Major, Minor       int
	Executable, Prefix string
}
