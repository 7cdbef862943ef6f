// Package gopython3 is the engine for programs that are linked with Python by
// github.com/DataDog/go-python3, rather than open a libpython at run time. It is
// built with the tag gopython3, and with the environment that `spikard pyconfig`
// prints:
//
//	eval "$(go run github.com/spikard/spikard-go/spikard/cmd/spikard pyconfig)"
//	go build -tags gopython3 .
//
// Everything else is as with package cpython, whose machinery it runs on the library
// that go-python3 brings into the program: handlers, injection, hooks and streams do
// the same, at the same cost of one crossing for a call. Without the tag there is an
// engine that says so when it starts.
//
// # Which Python
//
// The one that the program is linked with, 3.10 to 3.14. A virtual environment, by
// the engine's option, SPIKARD_PYTHON, VIRTUAL_ENV or a .venv beside the app, must be
// one of that Python.
//
// A program that has called python3.Py_Initialize before its app is loaded keeps its
// interpreter as it is, with its sys.path and its modules. The thread that did so must
// have given the GIL up, by python3.PyEval_SaveThread, or the start fails after five
// seconds. SIGINT, SIGPIPE and SIGXFSZ, which Py_Initialize takes from Go, become Go's
// again. Nobody may call Py_Finalize: threads of Python libraries may still run, and
// CPython would end or hang them (gh-87135).
//
// # Objects
//
// [Object] gives the *python3.PyObject of a [pybridge.Object], and [Wrap] is the way
// back. Functions of go-python3 need the GIL, and a goroutine that stays on its
// thread: [Do] sees to both. An object that an app is to have from the beginning goes
// into a module before the app is loaded, which the app imports it from; the program
// starts Python by itself then.
package gopython3
