// Package shim is the C half of the in-process engine and the only import of
// "C" in the default build. It opens libpython at run time, so that building
// needs no Python, and does in C what has to be done with the GIL held: one
// crossing turns the inputs into Python objects, runs a request's code and
// writes the answer as JSON.
//
// # Concurrency
//
// Every OS thread that enters keeps a thread state of its own; a state never
// moves to another thread. Functions that enter wait for the GIL in C, where
// Go's scheduler can't see it: who may do so, and how many at once, is the
// business of package cpython.
//
// # Memory
//
// In C, names ending in _new give a reference or memory to the caller; a view
// borrows. Every reference has one owner: a program owns its plan, an app its
// runtime object, a frame the values that Go holds.
//
//go:generate go run pow10_gen.go
package shim
