//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

// HasLater tells that the answer has background work, which EndLater must end
// before Reset.
func (f Frame) HasLater() bool { return f.c.later != nil }

// EndLater begins the background work of an answer, or drops it.
func (f Frame) EndLater(begin bool) { C.spk_later_end(f.c, C.bool(begin)) }

// Drain has the app take no more background work. With cancel it cancels what
// runs, and the frame's body is a JSON list of its names. False: the frame has the
// exception.
func (a App) Drain(cancel bool, f Frame) bool { return bool(C.spk_app_drain(a.c, C.bool(cancel), f.c)) }

//export spikardGoBackground
func spikardGoBackground(app C.uintptr_t, kind, event C.int) {
	(*callbacks.Load()).GoBackground(uintptr(app), int(kind), int(event))
}
