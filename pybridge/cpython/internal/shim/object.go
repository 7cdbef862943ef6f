//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

import (
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// ObjectJSON writes a held object's JSON as the frame's body. Like those below,
// it gives false for a number that is nobody's.
func (a App) ObjectJSON(object uint64, f Frame) bool {
	return bool(C.spk_object_json(a.c, C.uint64_t(object), f.c))
}

// ObjectKey writes the key of a held object's type as the frame's body.
func (a App) ObjectKey(object uint64, f Frame) bool {
	return bool(C.spk_object_key(a.c, C.uint64_t(object), f.c))
}

// ObjectAttr writes the number of an object's attribute as the frame's meta.
func (a App) ObjectAttr(object uint64, name string, f Frame) bool {
	found := C.spk_object_attr(a.c, C.uint64_t(object), textPointer(name), C.size_t(len(name)), f.c)
	runtime.KeepAlive(name)
	return bool(found)
}

// ObjectKeep writes another number of an object as the frame's meta.
func (a App) ObjectKeep(object uint64, f Frame) bool {
	return bool(C.spk_object_keep(a.c, C.uint64_t(object), f.c))
}

// ObjectCall calls a method with a wire list of arguments and writes the number
// of what it gives as the frame's meta, or leaves a coroutine in the frame.
func (a App) ObjectCall(object uint64, method string, args []byte, f Frame) bool {
	found := C.spk_object_call(a.c, C.uint64_t(object), textPointer(method), C.size_t(len(method)),
		(*C.uint8_t)(unsafe.SliceData(args)), C.size_t(len(args)), f.c)
	runtime.KeepAlive(method)
	return bool(found)
}

// ObjectWork is what ObjectApply does with an object.
type ObjectWork C.spk_work

// The kinds of it: see shim.h.
const (
	WorkAwait   ObjectWork = C.SPK_AWAIT
	WorkIterate ObjectWork = C.SPK_ITERATE
	WorkNext    ObjectWork = C.SPK_NEXT
	WorkEnd     ObjectWork = C.SPK_END
)

// ObjectApply does what work says and writes the number of what it gives as the
// frame's meta, or leaves it for the loop in the frame. It takes back the object
// whose number the frame has.
func (a App) ObjectApply(object uint64, work ObjectWork, f Frame) bool {
	return bool(C.spk_object_apply(a.c, C.uint64_t(object), C.spk_work(work), f.c))
}

// HasWork tells that the frame holds work for the loop, as a coroutine, which must
// become a start of LoopStep or be forgotten.
func (f Frame) HasWork() bool { return f.c.held != nil }

// Forget drops the work that the frame holds.
func (f Frame) Forget() { C.spk_object_forget(f.c) }

// ObjectRelease gives an object back; a second time does nothing.
func (a App) ObjectRelease(object uint64, f Frame) {
	C.spk_object_release(a.c, C.uint64_t(object), f.c)
}

// Holds tells that this thread has the GIL. The interpreter is up, and the goroutine
// is locked to its thread; so also for Enter and Leave.
func Holds() bool { return bool(C.spk_holds()) }

// Hold takes the GIL with the thread's own state, or gives it back.
func Hold(take bool) { C.spk_hold(C.bool(take)) }

// ObjectPointer gives a new reference to a held object; nil for a number that is
// nobody's. With the GIL.
func (a App) ObjectPointer(object uint64) unsafe.Pointer {
	return unsafe.Pointer(C.spk_object_pointer(a.c, C.uint64_t(object)))
}

// ObjectLend gives the number of a reference of its own to an object; 0 without
// memory. With the GIL.
func (a App) ObjectLend(object unsafe.Pointer) uint64 {
	return uint64(C.spk_object_lend_quietly(a.c, (*C.PyObject)(object)))
}

// SetFailure has the values that the frame holds closed with a failure.
func (f Frame) SetFailure(err error) {
	f.setIn([]byte(err.Error()))
	f.c.failure = C.uintptr_t(cgo.NewHandle(err))
}

// CloseHeld runs the clean-up of values that the frame holds, if it can't
// suspend.
func (f Frame) CloseHeld() { C.spk_held_close(f.c) }

func textPointer(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }
