//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#cgo CFLAGS: -std=c11 -O3 -Wall -Wextra -Werror
#cgo linux LDFLAGS: -ldl -lpthread
#cgo noescape spk_call
#cgo noescape spk_loop_step
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// Config says which Python to start.
type Config struct {
	Library  string
	Program  string
	Home     string
	UTF8Mode bool
	Linked   bool // the program is linked with it, and may have started it
	Major    int
	Minor    int
}

// Start opens libpython and starts the interpreter. It is called once in a
// process; after an error the interpreter can't be started any more if the
// library was opened. It waits for the GIL of an interpreter that the program has
// started.
func Start(c Config) error {
	var failure C.spk_error
	config := C.spk_config{
		library:   C.CString(c.Library),
		utf8_mode: C.bool(c.UTF8Mode),
		linked:    C.bool(c.Linked),
		major:     C.int(c.Major),
		minor:     C.int(c.Minor),
	}
	low, high := code()
	config.go_low, config.go_high = C.uintptr_t(low), C.uintptr_t(high)
	defer C.free(unsafe.Pointer(config.library))
	if c.Program != "" {
		config.program = C.CString(c.Program)
		defer C.free(unsafe.Pointer(config.program))
	}
	if c.Home != "" {
		config.home = C.CString(c.Home)
		defer C.free(unsafe.Pointer(config.home))
	}
	if C.spk_start(&config, &failure) != 0 {
		return errors.New(C.GoString(&failure.text[0]))
	}
	return nil
}

// Exec runs Python source as a module's body.
func Exec(source, name string) error {
	var failure C.spk_error
	text, file := C.CString(source), C.CString(name)
	defer C.free(unsafe.Pointer(text))
	defer C.free(unsafe.Pointer(file))
	if C.spk_exec(text, file, &failure) != 0 {
		return errors.New(C.GoString(&failure.text[0]))
	}
	return nil
}

func bytesPointer(b []byte) *C.char {
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(b)))
}

func view(b *C.spk_buffer) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(b.data)), int(b.len))
}
