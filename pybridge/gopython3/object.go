//go:build gopython3 && cgo && (linux || darwin) && (amd64 || arm64)

package gopython3

import (
	"unsafe"

	python3 "github.com/DataDog/go-python3"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
)

// Do runs f with the GIL held, on one OS thread, with that thread's own thread state:
// what the functions of go-python3 need. An f inside of an f is run as it is.
//
// f must wait for nothing but Python, as nobody else gets the GIL meanwhile. The
// methods of a [pybridge.Object] wait for the GIL, so f must not call them; [Object]
// and [Wrap] are for it.
//
// # Errors
//
// [pybridge.ErrNotStarted] before the first app is loaded.
func Do(f func()) error { return cpython.Do(f) }

// Object gives the object as go-python3 knows it: a new reference, which the caller
// owns and gives up by DecRef, with the GIL. It is valid until then, whatever becomes
// of o. It may be called by a function of [Do], or without the GIL.
//
// # Errors
//
// The object was released, its app is closed, or it is of an engine that has no
// interpreter in this process.
func Object(o pybridge.Object) (*python3.PyObject, error) {
	p, err := cpython.Pointer(o)
	return (*python3.PyObject)(p), err
}

// Wrap gives an Object for p, for use as an argument of [pybridge.Object.Call] and in
// any other way, in the app that the object of belongs to. It has a reference of its
// own, which its Release drops; that of the caller stays the caller's. It may be
// called by a function of [Do], or without the GIL.
//
// # Errors
//
// As [Object], of the object of.
func Wrap(of pybridge.Object, p *python3.PyObject) (pybridge.Object, error) {
	return cpython.Lend(of, unsafe.Pointer(p))
}
