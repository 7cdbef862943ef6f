//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

// Inspect writes what _runtime_inspect tells as the frame's body. False: it
// could not be had.
func Inspect(f Frame) bool { return bool(C.spk_inspect(f.c)) }

// Held is how many objects of the app Go holds. It doesn't wait for Python.
func (a App) Held() int { return int(C.spk_objects_held(a.c)) }

// Thread is Python's id of the thread that the call runs on; 0: none. It may be
// asked from any goroutine while the frame is there.
func (f Frame) Thread() uint64 { return uint64(C.spk_frame_thread(f.c)) }
