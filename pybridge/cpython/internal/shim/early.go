//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

// What it can't make, Start fails for.
func init() { C.spk_early() }

// LinkedLibrary is the path of the libpython that this process has: the one that the
// program is linked with, until Start has opened one. It is empty if there is none.
func LinkedLibrary() string {
	path := C.spk_linked_library()
	if path == nil {
		return ""
	}
	return C.GoString(path)
}
