//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// App is a loaded app on the C side.
type App struct{ c *C.spk_app }

// Load loads an app. On success the frame's body is the manifest; else the
// frame has the exception.
func Load(id uintptr, request string, f Frame) (App, bool) {
	c := C.spk_app_load(C.uintptr_t(id), (*C.char)(unsafe.Pointer(unsafe.StringData(request))),
		C.size_t(len(request)), f.c)
	runtime.KeepAlive(request)
	return App{c}, c != nil
}

// Free ends the app: none of its programs may be called after that. It gives
// how many objects Go had not given back.
func (a App) Free() int { return int(C.spk_app_free(a.c)) }

// Export makes a class of proxies for a Go type, by the class' index, and gives
// its number; -1: the frame has the exception.
func (a App) Export(class int, f Frame) int64 {
	return int64(C.spk_app_export(a.c, C.int(class), f.c))
}

// Keep makes a proxy for a Go value of an exported type and gives its handle;
// -1: the frame has the exception.
func (a App) Keep(export int, f Frame) int64 {
	return int64(C.spk_app_keep(a.c, C.int(export), f.c))
}

// Compile makes a program from its description as JSON; false: the frame has
// the exception.
func (a App) Compile(description []byte, f Frame) (Program, bool) {
	c := C.spk_program_new(a.c, bytesPointer(description), C.size_t(len(description)), f.c)
	return Program{c}, c != nil
}

// HasLoop tells whether the app has an event loop: it has asynchronous code.
func (a App) HasLoop() bool { return bool(C.spk_app_has_loop(a.c)) }

// Program is a compiled program on the C side.
type Program struct{ c *C.spk_program }

// Free ends the program.
func (p Program) Free() { C.spk_program_free(p.c) }

// Async tells whether the program has coroutine functions.
func (p Program) Async() bool { return bool(C.spk_program_async(p.c)) }

// Suspends tells whether the program has to run on the event loop.
func (p Program) Suspends() bool { return bool(C.spk_program_suspends(p.c)) }

// Call runs a program that can't suspend. in is read during the call only.
func (p Program) Call(f Frame, in []byte) {
	C.spk_call(p.c, f.c, (*C.uint8_t)(unsafe.SliceData(in)), C.size_t(len(in)))
}
