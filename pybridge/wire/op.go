package wire

// Op starts a value. The numbers are shared with the C shim (a test compares
// them).
type Op byte

// The opcodes and their operands. "n" is a uint32.
const (
	// Absent stands for a value that was not given: the default of the
	// parameter or field at that place.
	Absent Op = iota
	Null
	True
	False
	// Int: int64.
	Int
	// BigInt: n, n bytes of decimal digits with an optional "-" before them.
	BigInt
	// Float: IEEE 754 binary64.
	Float
	// Str: n, n bytes of valid UTF-8.
	Str
	// ASCII: n, n bytes below 0x80; a Str that is known to need no decoding.
	ASCII
	// Bytes: n, n bytes.
	Bytes
	// List, Tuple: n, then n values.
	List
	Tuple
	// Dict: n, then n pairs of a Str or ASCII and a value. A key that comes
	// again replaces the earlier one.
	Dict
	// Object: class index n, number of fields n, then the fields' values in
	// the class' order; Absent takes the field's default.
	Object
	// Convert: converter index n, then the value it is called with.
	Convert
	// GoValue: handle uint64: a Go value that the app keeps.
	GoValue
	// GoInstance: export n, number n: a Go value of the call, as a new instance
	// of the class that its type was exported for.
	GoInstance
	// PyObject: handle uint64: a Python object that Go holds a reference to.
	PyObject
	// Request: an api.Exchange as Python's Request; ten values follow:
	// method, path, raw query, headers (List of name, value, ...), client,
	// scheme, host, path parameters (Dict), body (Bytes, or Null where it is read in
	// parts), state (Dict or Null).
	Request
)
