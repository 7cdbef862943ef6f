package wire

import (
	"encoding/binary"
	"math"
)

// Writer appends values. The zero value is ready; Reset makes it reusable
// with its memory kept.
//
// # Concurrency
//
// One goroutine at a time.
type Writer struct {
	buf []byte
}

// Reset empties the writer and keeps its memory.
func (w *Writer) Reset() { w.buf = w.buf[:0] }

// Bytes is what was written. It is valid until the next call.
func (w *Writer) Bytes() []byte { return w.buf }

// Len is the number of bytes written so far: a position for Truncate and
// SetCount.
func (w *Writer) Len() int { return len(w.buf) }

// Truncate drops everything from position n on.
func (w *Writer) Truncate(n int) { w.buf = w.buf[:n] }

// Absent writes "not given".
func (w *Writer) Absent() { w.op(Absent) }

// Null writes None.
func (w *Writer) Null() { w.op(Null) }

// Bool writes True or False.
func (w *Writer) Bool(v bool) {
	if v {
		w.op(True)
		return
	}
	w.op(False)
}

// Int writes an int.
func (w *Writer) Int(v int64) {
	w.buf = append(w.buf, byte(Int))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(v))
}

// BigInt writes an int from its decimal digits, with "-" before them for a
// negative one.
func (w *Writer) BigInt(digits string) { w.run(BigInt, digits) }

// Float writes a float.
func (w *Writer) Float(v float64) {
	w.buf = append(w.buf, byte(Float))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(v))
}

// Str writes a str from valid UTF-8.
func (w *Writer) Str(v string) {
	if isASCII(v) {
		w.run(ASCII, v)
		return
	}
	w.run(Str, v)
}

// Raw writes a bytes object.
func (w *Writer) Raw(v []byte) {
	w.count(Bytes, len(v))
	w.buf = append(w.buf, v...)
}

// List starts a list of n values; the values follow.
func (w *Writer) List(n int) { w.count(List, n) }

// Tuple starts a tuple of n values; the values follow.
func (w *Writer) Tuple(n int) { w.count(Tuple, n) }

// Dict starts a dict of n pairs; a Str and a value follow for each.
func (w *Writer) Dict(n int) { w.count(Dict, n) }

// SetCount corrects the count of the List, Tuple or Dict that was started at
// position at, for a caller that learns it only at the end.
func (w *Writer) SetCount(at, n int) {
	binary.LittleEndian.PutUint32(w.buf[at+1:], uint32(n))
}

// Object starts an instance of a class; its n fields' values follow.
func (w *Writer) Object(class, n int) {
	w.count(Object, class)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
}

// Convert starts a converted value; the value to convert follows.
func (w *Writer) Convert(converter int) { w.count(Convert, converter) }

// GoValue writes a Go value, by its handle, as an instance of a class.
func (w *Writer) GoValue(handle uint64, class int) {
	w.buf = append(w.buf, byte(GoValue))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, handle)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(class))
}

// PyObject writes a Python object by its handle.
func (w *Writer) PyObject(handle uint64) {
	w.buf = append(w.buf, byte(PyObject))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, handle)
}

// Request starts a Request; its nine values follow.
func (w *Writer) Request() { w.op(Request) }

// Encoded appends values that another Writer wrote.
func (w *Writer) Encoded(values []byte) { w.buf = append(w.buf, values...) }

func (w *Writer) op(o Op) { w.buf = append(w.buf, byte(o)) }

func (w *Writer) count(o Op, n int) {
	w.buf = append(w.buf, byte(o))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
}

func (w *Writer) run(o Op, v string) {
	w.count(o, len(v))
	w.buf = append(w.buf, v...)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
