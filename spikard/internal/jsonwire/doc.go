// Package jsonwire reads JSON text in one pass, for code that decides while it
// reads what a value may be. [Scanner] gives kinds, strings, numbers and the
// ends of arrays and objects; [Scanner.Any] turns a value of no known type into
// its wire form.
//
// What is accepted is what Python's json.loads accepts, less what can't be a
// request: the words NaN and Infinity, bytes that aren't UTF-8, and escapes of
// lone surrogates are refused as malformed; nesting deeper than [MaxDepth], an
// integer of more than [MaxDigits] digits and an object of too many members as
// a [*LimitError]. A number too large for a float is an infinity, as it is for
// json.loads: where that isn't wanted, the reader of the number has to say so.
package jsonwire
