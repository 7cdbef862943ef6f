// Package jsonwire reads JSON text in one pass, for code that decides while it
// reads what a value may be. [Scanner] gives kinds, strings, numbers and the
// ends of arrays and objects; [Scanner.Any] turns a value of no known type into
// its wire form.
//
// What is accepted is what Python's json.loads accepts, less what can't be a
// request: NaN and Infinity, bytes that aren't UTF-8, and escapes of lone
// surrogates are refused, as is nesting deeper than [MaxDepth] and an integer
// of more than [MaxDigits] digits.
package jsonwire
