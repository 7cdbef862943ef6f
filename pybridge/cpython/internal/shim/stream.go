//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
*/
import "C"

// Parts is how the parts of an answer come that a call has left in its frame.
type Parts int

// The numbers are those of shim.h.
const (
	PartsNone  Parts = iota // there is no such answer
	PartsSync               // from NextPart
	PartsAsync              // from a task, which the frame as a start of LoopStep makes
)

// Parts tells how the parts of the answer in the frame come.
func (f Frame) Parts() Parts { return Parts(f.c.streams) }

// NextPart makes the next part of the answer that the frame holds, as its body:
// false behind the last one, or after an exception, which CloseHeld, or the
// frame as a start of LoopStep, ends with.
func (f Frame) NextPart() (more bool, failed bool) {
	n := C.spk_stream_next(f.c)
	return n == 1, n < 0
}
