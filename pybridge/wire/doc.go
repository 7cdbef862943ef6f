// Package wire is the form in which values cross from Go into Python: a flat
// run of bytes, written by Go without the GIL and turned into Python objects
// by the engine in one pass. There is no JSON text and no Go pointer in it,
// so it can be handed to C as it is.
//
// A value is one opcode byte followed by its operands; numbers are
// little-endian and unaligned. See the Op constants for each form.
package wire
