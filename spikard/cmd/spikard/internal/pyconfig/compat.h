/*
 * compat.h lets github.com/DataDog/go-python3, which was written for CPython 3.7,
 * compile unmodified against CPython 3.10 to 3.14.
 *
 * It is installed as Python.h in a folder that comes before CPython's own. (The
 * compiler's -include would not do: cgo's _cgo_main.c has the same flags and
 * declares `extern char PyType_Type[];`, so it must not see the real header.)
 * Each stand-in is guarded by the version in which CPython dropped the original.
 */
#ifndef SPIKARD_COMPAT_H
#define SPIKARD_COMPAT_H

/*
 * Up to 3.12 PySignal_SetWakeupFd is declared without PyAPI_FUNC, so the library
 * does not export it. The declaration is put out of the way for the one below.
 */
#include <patchlevel.h>
#if PY_VERSION_HEX < 0x030D0000
#define PySignal_SetWakeupFd spikard_hidden_PySignal_SetWakeupFd
#include_next <Python.h>
#undef PySignal_SetWakeupFd
#else
#include_next <Python.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* go-python3 wraps deprecated functions on purpose. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

/* --- removed in 3.8 --- */
#if PY_VERSION_HEX >= 0x03080000
/* It was for the child of a fork; PyOS_AfterFork_Child has done that since 3.7. */
static inline void PyEval_ReInitThreads(void) {}
#endif

/* --- removed in 3.9 --- */
#if PY_VERSION_HEX >= 0x03090000
/* They gave the number of items freed. A full collection empties these lists now. */
static inline int PyDict_ClearFreeList(void) { return 0; }
static inline int PyFloat_ClearFreeList(void) { return 0; }
static inline int PyList_ClearFreeList(void) { return 0; }
#endif

/* --- not exported before 3.13 --- */
#if PY_VERSION_HEX < 0x030D0000
/*
 * Does the same through the module behind signal.set_wakeup_fd, which refuses
 * more than the C function did: threads other than the main one, and descriptors
 * that are closed or blocking. Gives the descriptor before, or -1 when refused, as
 * for none before; no exception is left set.
 */
static inline int PySignal_SetWakeupFd(int fd)
{
    PyObject *type, *value, *traceback, *module, *result = NULL;
    int before = -1;

    PyErr_Fetch(&type, &value, &traceback);
    module = PyImport_ImportModule("_signal");
    if (module != NULL) {
        result = PyObject_CallMethod(module, "set_wakeup_fd", "i", fd);
        Py_DECREF(module);
    }
    if (result != NULL) {
        before = (int)PyLong_AsLong(result);
        Py_DECREF(result);
    }
    PyErr_Restore(type, value, traceback);
    return before;
}
#endif

/* --- needs an interpreter since 3.12 --- */
#if PY_VERSION_HEX >= 0x030C0000
/*
 * PyMem_Malloc reads the current thread state since 3.12, and Py_EncodeLocale
 * calls it. go-python3's Py_GetProgramName, Py_GetPath, Py_GetPythonHome and the
 * like call that, and would crash before Py_Initialize and after Py_Finalize. The
 * raw allocator does not need one.
 */
static inline char *spikard_Py_EncodeLocale(const wchar_t *text, size_t *error_pos)
{
    size_t i, length = wcslen(text), at = 0;
    char *out;

    if (Py_IsInitialized())
        return Py_EncodeLocale(text, error_pos);
    if (error_pos != NULL)
        *error_pos = (size_t)-1;
    out = (char *)PyMem_RawMalloc(length * MB_CUR_MAX + 1);
    if (out == NULL)
        return NULL;
    for (i = 0; i < length; i++) {
        int size = 1;
        if (text[i] >= 0xDC80 && text[i] <= 0xDCFF) /* surrogateescape */
            out[at] = (char)(text[i] - 0xDC00);
        else
            size = wctomb(out + at, text[i]);
        if (size < 0) {
            if (error_pos != NULL)
                *error_pos = i;
            PyMem_RawFree(out);
            return NULL;
        }
        at += (size_t)size;
    }
    out[at] = 0;
    return out;
}

static inline void spikard_PyMem_Free(void *p)
{
    if (Py_IsInitialized())
        PyMem_Free(p);
    else
        PyMem_RawFree(p);
}
#define Py_EncodeLocale spikard_Py_EncodeLocale
#define PyMem_Free spikard_PyMem_Free
#endif

/* --- removed from the headers in 3.13 --- */
#if PY_VERSION_HEX >= 0x030D0000
/* These are of the stable ABI, so the library exports them still. */
#ifdef __cplusplus
extern "C" {
#endif
PyAPI_FUNC(int) PyEval_ThreadsInitialized(void);
PyAPI_FUNC(void) PySys_AddWarnOption(const wchar_t *);
PyAPI_FUNC(void) PySys_AddXOption(const wchar_t *);
PyAPI_FUNC(void) PySys_SetPath(const wchar_t *);
PyAPI_FUNC(void) Py_SetPath(const wchar_t *);
#ifdef __cplusplus
}
#endif

/*
 * This one is gone. PYTHONIOENCODING has the same effect: the interpreter reads it
 * in Py_Initialize unless told to ignore the environment. As the original, it gives
 * -1 once initialised, and -2 for what can't be set.
 */
static inline int Py_SetStandardStreamEncoding(const char *encoding, const char *errors)
{
    char value[256];
    int size;

    if (Py_IsInitialized())
        return -1;
    size = snprintf(value, sizeof value, "%s%s%s", encoding ? encoding : "", errors ? ":" : "",
                    errors ? errors : "");
    if (size < 0 || size >= (int)sizeof value)
        return -2;
    return setenv("PYTHONIOENCODING", value, 1) == 0 ? 0 : -2;
}
#endif

#endif
