//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Frame is one call's memory on the C side. It is reused from call to call.
//
// # Concurrency
//
// One goroutine at a time; the frame may pass from one to another.
//
// # Memory
//
// The slices a Frame gives are views of C memory, valid until Reset or Free.
type Frame struct{ c *C.spk_frame }

// NewFrame makes a frame; Free must follow. It panics if there is no memory,
// as Go's own allocation does.
func NewFrame() Frame {
	c := C.spk_frame_new()
	if c == nil {
		panic("shim: out of memory")
	}
	return Frame{c}
}

// Free gives the memory back.
func (f Frame) Free() { C.spk_frame_free(f.c) }

// Reset makes the frame ready for the next call. A buffer of more than keep
// bytes is given back.
func (f Frame) Reset(keep int) { C.spk_frame_reset(f.c, C.size_t(keep)) }

// Outcome is how the call ended, as a pybridge.Outcome.
func (f Frame) Outcome() int { return int(f.c.outcome) }

// Status is the answer's status.
func (f Frame) Status() int { return int(f.c.status) }

// Body is the answer's body.
func (f Frame) Body() []byte { return view(&f.c.body) }

// Meta is the rest of the answer; result.c has its form.
func (f Frame) Meta() []byte { return view(&f.c.meta) }

// Wake tells whether the call left work for the event loop.
func (f Frame) Wake() bool { return bool(f.c.wake) }

// SetLasting says that the call may take hours.
func (f Frame) SetLasting() { f.c.lasting = true }

// Measure has the next call's processor time taken.
func (f Frame) Measure() { f.c.measure = true }

// Busy is the processor time of the call, if it was to be taken.
func (f Frame) Busy() time.Duration { return time.Duration(f.c.busy_ns) }

// Turn is the caller's turn with the baton, kept here for callbacks.
func (f Frame) Turn() uint64 { return uint64(f.c.turn) }

// SetTurn sets the turn.
func (f Frame) SetTurn(turn uint64) { f.c.turn = C.uint64_t(turn) }

// Owner is what SetOwner set: the caller's way back from a callback.
func (f Frame) Owner() uintptr { return uintptr(f.c.owner) }

// SetOwner sets a number that stays with the frame.
func (f Frame) SetOwner(owner uintptr) { f.c.owner = C.uintptr_t(owner) }

// SetTicket sets the number by which Go finds its half of the call; 0: none.
func (f Frame) SetTicket(ticket uint64) { f.c.ticket = C.uint64_t(ticket) }

// SetRequestID is what log lines of the call will show. Longer ones are cut.
func (f Frame) SetRequestID(id string) {
	n := min(len(id), len(f.c.request_id))
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&f.c.request_id[0])), n), id)
	f.c.request_id_len = C.size_t(n)
}

// SetInput copies the inputs of a call that goes through the loop.
func (f Frame) SetInput(p Program, in []byte) {
	f.c.program = p.c
	f.setIn(in)
}

func (f Frame) setIn(in []byte) {
	f.c.in.len = 0
	if C.spk_reserve(&f.c.in, C.size_t(len(in))) {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(f.c.in.data)), len(in)), in)
		f.c.in.len = C.size_t(len(in))
	}
}
