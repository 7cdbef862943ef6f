// Package pyconfig is the command "spikard pyconfig". It prepares a build of a
// program that imports github.com/DataDog/go-python3, unmodified, against a
// CPython of 3.10 to 3.14.
//
// That package asks pkg-config for "python3" and was written for CPython 3.7.
// So the command finds a Python with its development files and writes two files
// for it: a python3.pc that names them, and a header Python.h, found before
// CPython's own, that includes the latter and supplies what CPython has dropped
// since (compat.h). It prints the environment in which the go command sees the
// two, or runs a command in it.
//
// # Which Python
//
// The first of these that is there:
//
//  1. the option -python: an executable, a name on PATH or an environment's folder
//  2. SPIKARD_PYTHON, which takes the same forms
//  3. VIRTUAL_ENV, the active virtual environment; the files are those of the
//     Python that it was made from
//  4. of all python3.14 to python3.10 and python3 on PATH, the newest minor
//     version that is fit; of two of one version the first on PATH
//
// The first three are binding: if one is there and is not fit, that is the
// error. Fit is a CPython 3.10 to 3.14 with the GIL, whose Python.h and shared
// libpython are there, for the architecture that the go command builds for.
//
// # The files
//
// They lie in the user's cache folder, in a folder of their own for each Python,
// or where -o says. The folder's name is a hash of all that decides about them:
// the executable, sys.version, the library, the include folders and the header.
// Files that differ from what they must be are written again. Each is written
// under another name and then renamed, so a command that runs at the same time
// sees the old file or the new one, and two of them write the same.
//
// # The environment
//
// PKG_CONFIG_PATH begins with the folder. CGO_CPPFLAGS ends with the definition
// of a macro that nobody reads: what pkg-config answers is no part of the keys of
// Go's build cache, so that with another PKG_CONFIG_PATH alone the go command
// would take what it has linked with the Python before. CGO_CPPFLAGS is part of
// them. What the user has set in either is kept.
package pyconfig
