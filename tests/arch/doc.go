// Package arch asserts how the module is laid out: which package may import
// which, in which files a dependency may appear, and what every package and
// every file must have. Its tests ask the go command and read the files'
// imports, with cgo and without, so that no build tag hides a file.
//
// The rules are tables in rules_test.go. A new package fails the tests until
// it has a row there: that is where its place in the layering is decided.
package arch
