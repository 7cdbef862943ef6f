// Package locate chooses the Python to run in this process, and finds its
// shared library, without loading it.
//
// Initialising CPython with a wrong home ends the process, and a library can't
// be unloaded again, so each candidate is asked first: its executable runs a
// short script in a child process and prints what it is. What it prints comes
// from a start with the same environment that the in-process one will have.
//
// # Order
//
// [Find] takes the first that is there:
//
//  1. the option, [Request].Explicit
//  2. SPIKARD_PYTHON, which takes the same forms
//  3. VIRTUAL_ENV, the active virtual environment
//  4. .venv, then venv, beside the app
//  5. the embedded Python, if the program ships one
//  6. python3, then python on PATH
//
// A program that is linked with a libpython can run that one only. The places 1 to 4
// may choose an environment of it; else it is the Python that the library is part of.
//
// All but the last are binding: if one is there and does not fit, that is the
// error, and no other is tried. Somebody chose it, and its packages are the
// ones that the app was written against; another Python would start and then
// fail on a missing module, or run with other versions of it unnoticed. The
// embedded one is binding since the program was tested with it. What PATH has
// was chosen by nobody for this program, so both names are tried and the error
// lists each.
//
// The working directory's virtual environment is never taken unless the app is
// there: whoever can write to the folder that a service is started in must not
// choose the code that it runs.
//
// # What fits
//
// CPython 3.10 to 3.14, 64-bit, with the GIL, built as a shared library for
// this process's architecture.
package locate
