// Package embedded ships CPython 3.14 inside the program: the interpreter, its
// shared library and its standard library, from
// github.com/kluctl/go-embed-python. A program that uses it needs no Python on
// the machine that it runs on; it is about 36 MB larger.
//
// The files are unpacked once for each version and user, into a private folder
// of the user's cache. Nothing is fetched from anywhere. The first start of a
// program on a machine takes a second or two for it, later ones some
// milliseconds.
//
// Nothing happens on import: a program asks for it.
//
// # Platforms
//
// Linux with glibc and macOS, each on amd64 and arm64. Elsewhere the package
// builds, and [Home] says what to do instead.
package embedded
