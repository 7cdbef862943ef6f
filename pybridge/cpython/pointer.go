//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// This is for packages that call CPython by themselves, as gopython3 does: what is a
// number to the rest of Go is a pointer to them.

var errForeign = errors.New("it is not an object of the in-process engine")

// Do runs f with the GIL held, on one OS thread with that thread's own thread state.
// One that is called by f runs its own as it is.
//
// f must not wait for anything but Python, as nobody else gets the GIL meanwhile, and
// must not use a [pybridge.Object] but by [Pointer] and [Lend]: its methods wait for
// the GIL.
//
// # Errors
//
// [pybridge.ErrNotStarted] before the first app is loaded.
func Do(f func()) error {
	if process.known.Load() == nil {
		return pybridge.ErrNotStarted
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if shim.Holds() {
		f()
		return nil
	}
	turn := process.baton.enter(0)
	defer process.baton.leave(turn)
	shim.Hold(true)
	defer shim.Hold(false)
	f()
	return nil
}

// Pointer gives the address of the object, a new reference that the caller owns.
// It may be called by a function of [Do], or without the GIL.
//
// # Errors
//
// The object was released, its app is closed, or it is of another engine.
func Pointer(o pybridge.Object) (p unsafe.Pointer, err error) {
	mine, ok := o.(object)
	if !ok {
		return nil, fmt.Errorf("take the pointer of a %T: %w", o, errForeign)
	}
	if !mine.app.users.enter() {
		return nil, pybridge.ErrClosed
	}
	defer mine.app.users.leave()
	err = Do(func() { p = mine.app.shim.ObjectPointer(mine.handle) })
	if err == nil && p == nil {
		err = errReleased
	}
	return p, err
}

// Lend gives an Object for the object at an address, in the app that of belongs to.
// It has a reference of its own, which its Release drops: the caller's stays the
// caller's. It may be called by a function of [Do], or without the GIL.
//
// # Errors
//
// As [Pointer], of the object of.
func Lend(of pybridge.Object, p unsafe.Pointer) (o pybridge.Object, err error) {
	mine, ok := of.(object)
	if !ok {
		return nil, fmt.Errorf("make an object in the app of a %T: %w", of, errForeign)
	}
	a := mine.app
	if !a.users.enter() {
		return nil, pybridge.ErrClosed
	}
	defer a.users.leave()
	var handle uint64
	err = Do(func() { handle = a.shim.ObjectLend(p) })
	if err != nil {
		return nil, err
	}
	if handle == 0 {
		return nil, errors.New("there is no memory for an object that Go holds")
	}
	return object{app: a, handle: handle}, nil
}
