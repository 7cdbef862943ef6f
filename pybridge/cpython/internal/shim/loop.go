//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

import "unsafe"

// LoopBegin makes the calling thread the event loop's and gives the selector's
// descriptor; -1: the frame has the exception.
func (a App) LoopBegin(f Frame) int { return int(C.spk_loop_begin(a.c, f.c)) }

// LoopStep starts and cancels calls, completes futures by what AppendFinished
// has written, runs what is ready, and writes the frames of calls that ended to
// done. wait is the nanoseconds until the loop has work again by itself, -1 for
// never. self stands for the loop in callbacks. It is called on the loop's
// thread.
func (a App) LoopStep(self Frame, start, cancel []Frame, finished []byte, done []Frame) (n int, wait int64) {
	var count C.size_t
	w := C.spk_loop_step(a.c, self.c, frames(start), C.size_t(len(start)), frames(cancel), C.size_t(len(cancel)),
		bytesPointer(finished), C.size_t(len(finished)), frames(done), C.size_t(len(done)), &count)
	return int(count), int64(w)
}

// LoopEnd cancels what is left; it is called until it gives true, with a
// LoopStep in between. With abandon it drops what is left and gives true.
func (a App) LoopEnd(self Frame, abandon bool) bool {
	return bool(C.spk_loop_end(a.c, self.c, C.bool(abandon)))
}

// A Frame is one pointer, so a slice of them is an array of pointers in C.
func frames(f []Frame) **C.spk_frame {
	return (**C.spk_frame)(unsafe.Pointer(unsafe.SliceData(f)))
}
