//go:build cgo && (linux || darwin) && (amd64 || arm64)

package shim

/*
#include "shim.h"
#include "ask.h"
*/
import "C"

import (
	"encoding/binary"
	"runtime/cgo"
	"strings"
	"sync/atomic"
	"unsafe"
)

// Callbacks are what Python calls in Go.
type Callbacks interface {
	// GoAsk answers a question, on the thread that runs the Python code, without
	// the GIL. current is the call that the thread is in, or nil on a thread that
	// Python made.
	GoAsk(app uintptr, current *Frame, ask Ask) Told
	// GoBegin begins to answer a question, whose answer goes to ask.Future. It
	// gives the number of what was begun, or in told why it was not. It must not
	// block: the thread has the GIL. So has that of the functions below.
	GoBegin(app uintptr, current *Frame, ask Ask) (operation uint64, told Told)
	// GoCancel asks what was begun to end soon. Nothing happens if it has ended.
	GoCancel(app uintptr, operation uint64)
	// GoFailed notes the Go error that the exception in a frame stands for, by
	// the frame's owner.
	GoFailed(owner uintptr, err error)
	// GoBackground counts background work of an app: kind and event are those of
	// _runtime_background.py. It must not block: the thread has the GIL.
	GoBackground(app uintptr, kind, event int)
	// GoLog takes a log record, as JSON, valid during the call, without the GIL.
	GoLog(level int, record []byte)
}

// AskKind is what Python asks of Go.
type AskKind int

// The numbers are those of ask.h and of _runtime_go.py.
const (
	AskMethod  AskKind = iota // calls a method of a Go value
	AskBuild                  // builds a segment of a call
	AskClose                  // runs a segment's clean-up
	AskOpen                   // begins a scope of the host's
	AskGet                    // gets a value of such a scope
	AskEnd                    // ends it
	AskBegin                  // begins an answer in parts, or a session
	AskSend                   // sends a message
	AskReceive                // receives one
	AskGone                   // asks whether the client has left
	AskJoin                   // has a session join a group, or leave it
	AskCast                   // sends a message to a group
)

// Ask is a question of Python's.
type Ask struct {
	Kind AskKind
	// Export and Method tell which method of a Go type is meant.
	Export, Method int
	// Ticket is that of the call or scope that is asked, Caller that of the call
	// which asks. 0: none.
	Ticket, Caller uint64
	// Number is the Go value's, the segment's, that of a message's kind, or 1 to join.
	Number uint64
	// Data are the JSON arguments of a method, the numbers of a segment's
	// arguments (see Objects), or a key to get (see Text), valid during the call.
	Data []byte
	// Failure is what AskClose and AskEnd clean up with, or nil.
	Failure *Failure
	// Future is the Python future that gets the answer; Go has a reference to it.
	// 0: the caller waits.
	Future uint64
}

// OfScope tells whether the host is asked for a scope, and not a call.
func (a Ask) OfScope() bool { return a.Kind == AskOpen || a.Kind == AskGet || a.Kind == AskEnd }

// OfClient tells whether the client of a call is meant.
func (a Ask) OfClient() bool { return a.Kind >= AskBegin && a.Kind != AskCast }

// Owner is the ticket of the call that the answer's values belong to: those of a
// kept value's method are the asking call's.
func (a Ask) Owner() uint64 {
	if a.Ticket != 0 {
		return a.Ticket
	}
	return a.Caller
}

// Objects are the numbers in the data of an AskBuild.
func (a Ask) Objects() []uint64 {
	out := make([]uint64, len(a.Data)/8)
	for i := range out {
		out[i] = binary.NativeEndian.Uint64(a.Data[8*i:])
	}
	return out
}

// Failure is an exception that a clean-up is told of.
type Failure struct {
	Type, Message string
	Err           error // the Go error that it stands for, or nil
}

// Told is an answer to Python.
type Told struct {
	// Data are wire values: for AskBuild any number, else one or none.
	Data []byte
	// Objects are numbers of Python objects that Go gives back.
	Objects []uint64
	Err     error
}

// AppendFinished writes an answer for LoopStep: to the question of that kind, for
// the call with that ticket, and for the future, whose reference it takes over.
func AppendFinished(b []byte, kind AskKind, ticket, future uint64, t Told) []byte {
	var failed cgo.Handle
	if t.Err != nil {
		t.Data, failed = errorText(t.Err), cgo.NewHandle(t.Err)
	}
	head := C.spk_finished{
		future: C.uint64_t(future), ticket: C.uint64_t(ticket), error: C.uint64_t(failed),
		kind: C.uint32_t(kind), len: C.uint32_t(len(t.Data)), nobjects: C.uint32_t(len(t.Objects)),
	}
	b = append(b, unsafe.Slice((*byte)(unsafe.Pointer(&head)), unsafe.Sizeof(head))...)
	b = append(b, t.Data...)
	for _, o := range t.Objects {
		b = binary.NativeEndian.AppendUint64(b, o)
	}
	return b
}

// Forget drops the references that Go has to futures which nobody will complete.
func Forget(futures []uint64) {
	if len(futures) > 0 {
		C.spk_forget((*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(futures))), C.size_t(len(futures)))
	}
}

// The one receiver of callbacks: C code has no other way to find it.
var callbacks atomic.Pointer[Callbacks]

// SetCallbacks names the receiver. It is called before Start.
func SetCallbacks(c Callbacks) { callbacks.Store(&c) }

//export spikardGoAsk
func spikardGoAsk(app C.uintptr_t, frame *C.spk_frame, ask *C.spk_ask, told *C.spk_told) {
	tell(told, (*callbacks.Load()).GoAsk(uintptr(app), current(frame), asked(ask)))
}

//export spikardGoBegin
func spikardGoBegin(app C.uintptr_t, frame *C.spk_frame, ask *C.spk_ask, told *C.spk_told) {
	operation, answer := (*callbacks.Load()).GoBegin(uintptr(app), current(frame), asked(ask))
	tell(told, answer)
	told.operation = C.uint64_t(operation)
}

//export spikardGoCancel
func spikardGoCancel(app C.uintptr_t, operation C.uint64_t) {
	(*callbacks.Load()).GoCancel(uintptr(app), uint64(operation))
}

//export spikardGoForget
func spikardGoForget(failed C.uintptr_t) { cgo.Handle(failed).Delete() }

//export spikardGoFailed
func spikardGoFailed(owner, failed C.uintptr_t) {
	(*callbacks.Load()).GoFailed(uintptr(owner), errorOf(failed))
}

//export spikardGoLog
func spikardGoLog(level C.int, record *C.char, n C.size_t) {
	text := unsafe.Slice((*byte)(unsafe.Pointer(record)), int(n))
	(*callbacks.Load()).GoLog(int(level), text)
}

func current(frame *C.spk_frame) *Frame {
	if frame == nil {
		return nil
	}
	return &Frame{frame}
}

func asked(ask *C.spk_ask) Ask {
	out := Ask{
		Kind: AskKind(ask.kind), Export: int(ask.export), Method: int(ask.method),
		Ticket: uint64(ask.ticket), Caller: uint64(ask.caller), Number: uint64(ask.number),
		Data: unsafe.Slice((*byte)(unsafe.Pointer(ask.data)), int(ask.len)), Future: uint64(ask.future),
	}
	if ask.fails {
		out.Failure = &Failure{Err: errorOf(ask.cause)}
		rest := out.Data
		out.Failure.Type, rest = Text(rest)
		out.Failure.Message, _ = Text(rest)
	}
	return out
}

// Text reads what spk_put_run has written.
func Text(b []byte) (string, []byte) {
	n := 4 + binary.NativeEndian.Uint32(b)
	return string(b[4:n]), b[n:]
}

func errorOf(handle C.uintptr_t) error {
	if handle == 0 {
		return nil
	}
	return cgo.Handle(handle).Value().(error)
}

// errorText is an error's text as a str can hold it.
func errorText(err error) []byte {
	return []byte(strings.ToValidUTF8(err.Error(), "\uFFFD"))
}

func tell(told *C.spk_told, t Told) {
	if t.Err != nil {
		t.Data = errorText(t.Err)
		told.error = C.uintptr_t(cgo.NewHandle(t.Err))
	}
	if len(t.Data) > 0 {
		told.data, told.len = (*C.char)(C.CBytes(t.Data)), C.size_t(len(t.Data))
	}
	if len(t.Objects) > 0 {
		told.objects = (*C.uint64_t)(C.CBytes(unsafe.Slice((*byte)(unsafe.Pointer(&t.Objects[0])), 8*len(t.Objects))))
		told.nobjects = C.size_t(len(t.Objects))
	}
}
