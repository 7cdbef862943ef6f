//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#cgo noescape spk_workers_take
#include "shim.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Job is what a worker does for a call.
type Job int

// The numbers are those of shim.h.
const (
	JobCall Job = iota // runs the program with the input that SetInput has set
	JobPart            // makes the next part, for Part
)

// BeginWorkers names the descriptor of a pipe into which a byte is written when
// TakeDone has something to give again. It is called once.
func BeginWorkers(fd int) { C.spk_workers_begin(C.int(fd)) }

// HandOver gives a job to a thread that is not Go's, which has the frame until
// TakeDone gives it. If no thread is to be had, this one does it.
func (f Frame) HandOver(job Job) { C.spk_hand_over(f.c, C.int(job)) }

// TakeDone fills frames with those whose jobs are done, and gives their number.
func TakeDone(frames []Frame) int {
	return int(C.spk_workers_take((**C.spk_frame)(unsafe.Pointer(unsafe.SliceData(frames))), C.size_t(len(frames))))
}

// EndWorkers ends the threads that have nothing to do, waits for their end, and
// tells how many there were.
func EndWorkers() int { return int(C.spk_workers_end()) }

// Part is what NextPart gives, of a job.
func (f Frame) Part() (more, failed bool) { return f.c.more == 1, f.c.more < 0 }

// Inside is how long the call had the interpreter, or had given it up by itself: it
// has waited for nobody at its beginning. It is taken if it was to be measured.
func (f Frame) Inside() time.Duration { return time.Duration(f.c.inside_ns) }
