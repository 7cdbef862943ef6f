//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Errors of Go's as Python exceptions, and the way back.
#include "internal.h"

#include "ask.h"

// Exported by callback.go. They don't block, and may run with the GIL.
extern void spikardGoForget(uintptr_t error);
extern void spikardGoFailed(uintptr_t owner, uintptr_t error);

static const char capsule_name[] = "spikard.go_error";

// The capsule owns the Go error, so that it goes with the exception.
static void forget(PyObject *capsule)
{
    spikardGoForget((uintptr_t)py.Capsule_GetPointer(capsule, capsule_name));
}

static int set_cause(PyObject *exc, uintptr_t error)
{
    PyObject *capsule = py.Capsule_New((void *)error, capsule_name, forget);
    if (capsule == NULL) {
        spikardGoForget(error);
        return -1;
    }
    int failed = py.Object_SetAttrString(exc, "_go", capsule);
    spk_decref(capsule);
    return failed;
}

PyObject *spk_go_error(const char *text, size_t n, uintptr_t error)
{
    PyObject *module = py.Import_ImportModule("spikard._exceptions");
    PyObject *type = module == NULL ? NULL : py.Object_GetAttrString(module, "GoError");
    PyObject *message = type == NULL ? NULL : py.Unicode_FromStringAndSize(text, (Py_ssize_t)n);
    PyObject *exc = message == NULL ? NULL : py.Object_VectorcallDict(type, &message, 1, NULL);
    if (exc == NULL) {
        spikardGoForget(error);
    } else if (set_cause(exc, error) < 0) {
        spk_decref(exc);
        exc = NULL;
    }
    spk_decref(message);
    spk_decref(type);
    spk_decref(module);
    return exc;
}

PyObject *spk_raise_go_error(const char *text, size_t n, uintptr_t error)
{
    PyObject *exc = spk_go_error(text, n, error);
    if (exc != NULL) {
        py.Err_SetObject((PyObject *)exc->type, exc);
        spk_decref(exc);
    }
    return NULL;
}

uintptr_t spk_cause(PyObject *capsule)
{
    return capsule == NULL || capsule == py._none
               ? 0
               : (uintptr_t)py.Capsule_GetPointer(capsule, capsule_name);
}

uint32_t spk_put_cause(spk_frame *f, PyObject *capsule)
{
    uintptr_t error = spk_cause(capsule);
    if (error != 0) {
        spikardGoFailed(f->owner, error);
    }
    return error != 0;
}
