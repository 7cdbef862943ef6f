//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

import (
	"sync/atomic"
	"unsafe"
)

// Callbacks are what Python calls in Go. They run on the thread that runs the
// Python code, without the GIL.
type Callbacks interface {
	// GoCall calls a method of a Go value. current is the call that the thread
	// is in, or nil on a thread that Python made. args is a JSON array, valid
	// during the call; the result is a wire value.
	GoCall(app uintptr, current *Frame, handle uint64, method int, args []byte) ([]byte, error)
	// GoLog takes a log record, as JSON, valid during the call.
	GoLog(level int, record []byte)
}

// The one receiver of callbacks: C code has no other way to find it.
var callbacks atomic.Pointer[Callbacks]

// SetCallbacks names the receiver. It is called before Start.
func SetCallbacks(c Callbacks) { callbacks.Store(&c) }

//export spikardGoCall
func spikardGoCall(app C.uintptr_t, frame *C.spk_frame, handle C.uint64_t, method C.int, args *C.char, n C.size_t,
	out **C.char, outLen *C.size_t,
) C.int {
	input := unsafe.Slice((*byte)(unsafe.Pointer(args)), int(n))
	var current *Frame
	if frame != nil {
		current = &Frame{frame}
	}
	result, err := (*callbacks.Load()).GoCall(uintptr(app), current, uint64(handle), int(method), input)
	failed := C.int(0)
	if err != nil {
		result, failed = []byte(err.Error()), 1
	}
	*out = (*C.char)(C.CBytes(result))
	*outLen = C.size_t(len(result))
	return failed
}

//export spikardGoLog
func spikardGoLog(level C.int, record *C.char, n C.size_t) {
	text := unsafe.Slice((*byte)(unsafe.Pointer(record)), int(n))
	(*callbacks.Load()).GoLog(int(level), text)
}
