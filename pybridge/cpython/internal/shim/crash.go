//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

import (
	"runtime"
	"sort"
)

// DumpStacks writes the Python stacks of all threads to a descriptor, as
// faulthandler does. It needs no GIL and takes no lock. The stacks of threads
// that run meanwhile may be torn; false: they could not be read at all.
//
// # Concurrency
//
// One at a time.
func DumpStacks(fd uintptr) bool { return bool(C.spk_dump_all(C.int(fd))) }

// code is where the machine code is that Go has compiled: its lowest address and
// the one behind its highest. The runtime doesn't tell, but it knows a function
// for each address in between and for no other.
func code() (low, high uintptr) {
	here, _, _, _ := runtime.Caller(0)
	known := func(pc uintptr) bool { return runtime.FuncForPC(pc) != nil }
	const far = 1 << 31 // a program's code is smaller: calls are relative
	begin := here - min(here, far)
	low = begin + uintptr(sort.Search(int(here-begin), func(i int) bool { return known(begin + uintptr(i)) }))
	high = here + uintptr(sort.Search(far, func(i int) bool { return !known(here + uintptr(i)) }))
	return low, high
}
