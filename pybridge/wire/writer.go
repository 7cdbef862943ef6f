package wire

import (
	"encoding/binary"
	"math"
	"slices"
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

// Grow makes room for n more bytes, so that writing them copies nothing.
func (w *Writer) Grow(n int) { w.buf = slices.Grow(w.buf, n) }

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
func (w *Writer) Int(v int64) { w.word(Int, uint64(v)) }

// BigInt writes an int from its decimal digits, with "-" before them for a
// negative one.
func (w *Writer) BigInt(digits string) { w.run(BigInt, digits) }

// Float writes a float.
func (w *Writer) Float(v float64) { w.word(Float, math.Float64bits(v)) }

// Str writes a str from valid UTF-8.
func (w *Writer) Str(v string) {
	if isASCII(v) {
		w.run(ASCII, v)
		return
	}
	w.run(Str, v)
}

// Text is Str for a caller that knows whether all bytes of v are below 0x80.
func (w *Writer) Text(v string, ascii bool) {
	if ascii {
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

// GoValue writes a Go value that the app keeps, by its handle.
func (w *Writer) GoValue(handle uint64) {
	w.buf = append(w.buf, byte(GoValue))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, handle)
}

// GoInstance writes a Go value of the call, by its number, as an instance of
// what its type was exported for.
func (w *Writer) GoInstance(export, number int) {
	w.count(GoInstance, export)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(number))
}

// PyObject writes a Python object by its handle.
func (w *Writer) PyObject(handle uint64) {
	w.buf = append(w.buf, byte(PyObject))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, handle)
}

// Request starts a Request; its ten values follow.
func (w *Writer) Request() { w.op(Request) }

// Encoded appends values that another Writer wrote.
func (w *Writer) Encoded(values []byte) { w.buf = append(w.buf, values...) }

func (w *Writer) op(o Op) { w.buf = append(w.buf, byte(o)) }

// word and count write an opcode and its operand in one piece: most of a large
// body's wire form goes through them.
func (w *Writer) word(o Op, v uint64) {
	w.buf = append(w.buf, byte(o), byte(v), byte(v>>8), byte(v>>16), byte(v>>24),
		byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
}

func (w *Writer) count(o Op, n int) {
	w.buf = append(w.buf, byte(o), byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func (w *Writer) run(o Op, v string) {
	w.count(o, len(v))
	w.buf = append(w.buf, v...)
}

// isASCII looks at eight bytes at a time.
func isASCII(s string) bool {
	i, high := 0, byte(0)
	for ; i+8 <= len(s); i += 8 {
		if word(s[i:])&0x8080808080808080 != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		high |= s[i]
	}
	return high < 0x80
}

func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
