package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// ErrTruncated is returned for bytes that end within a value.
var ErrTruncated = errors.New("wire: value is cut short")

// A decoded value of an opcode that has no Go counterpart.
type (
	// AbsentValue is a value that was not given.
	AbsentValue struct{}
	// ObjectValue is an instance of a class.
	ObjectValue struct {
		Class  int
		Fields []any
	}
	// ConvertValue is a value to be converted.
	ConvertValue struct {
		Converter int
		Value     any
	}
	// Handle is a Go value or a Python object.
	Handle struct {
		Op Op
		ID uint64
	}
	// InstanceValue is a Go value of the call.
	InstanceValue struct{ Export, Number int }
	// RequestValue holds the ten values of a Request.
	RequestValue struct{ Values [10]any }
)

// Decode reads one value from the front of b and gives what follows it. It is
// for tests and for the fake engine: lists and tuples are []any, dicts
// map[string]any, ints int64 or *big.Int.
func Decode(b []byte) (value any, rest []byte, err error) {
	d := decoder{b: b}
	value = d.value()
	return value, d.b, d.err
}

type decoder struct {
	b   []byte
	err error
}

func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.b) {
		d.err = errors.Join(d.err, ErrTruncated)
		d.b = nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) u32() int {
	if b := d.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) values(n int) []any {
	out := make([]any, 0, min(n, len(d.b)))
	for i := 0; i < n && d.err == nil; i++ {
		out = append(out, d.value())
	}
	return out
}

func (d *decoder) value() any {
	head := d.take(1)
	if head == nil {
		return nil
	}
	switch op := Op(head[0]); op {
	case Absent:
		return AbsentValue{}
	case Null:
		return nil
	case True, False:
		return op == True
	case Int:
		return int64(d.u64())
	case Float:
		return math.Float64frombits(d.u64())
	case BigInt:
		v, _ := new(big.Int).SetString(string(d.take(d.u32())), 10)
		return v
	case Str, ASCII:
		return string(d.take(d.u32()))
	case Bytes:
		return append([]byte{}, d.take(d.u32())...)
	case List, Tuple:
		return d.values(d.u32())
	case Dict:
		return d.dict(d.u32())
	case Object:
		class := d.u32()
		return ObjectValue{Class: class, Fields: d.values(d.u32())}
	case Convert:
		conv := d.u32()
		return ConvertValue{Converter: conv, Value: d.value()}
	case GoValue, PyObject:
		return Handle{Op: op, ID: d.u64()}
	case GoInstance:
		export := d.u32()
		return InstanceValue{Export: export, Number: d.u32()}
	case Request:
		var r RequestValue
		copy(r.Values[:], d.values(len(r.Values)))
		return r
	default:
		d.err = fmt.Errorf("wire: unknown opcode %d", op)
		return nil
	}
}

func (d *decoder) dict(n int) map[string]any {
	out := make(map[string]any)
	for i := 0; i < n && d.err == nil; i++ {
		key, _ := d.value().(string)
		out[key] = d.value()
	}
	return out
}
