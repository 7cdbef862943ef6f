// Package chosen has the engine that a program of the tests is built for: the
// in-process one with the embedded CPython or, with the tag gopython3, the one on
// github.com/DataDog/go-python3.
package chosen
