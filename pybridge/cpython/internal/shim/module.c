//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The module _spikard: the functions that the runtime's Python code calls.
#include "internal.h"

#include <stdlib.h>

// Exported by callback.go. They run without the GIL.
extern int spikardGoCall(uintptr_t app, spk_frame *current, uint64_t handle, int method, char *args,
                         size_t n, char **out, size_t *out_len);
extern void spikardGoLog(int level, char *record, size_t n);

void spk_loop_finish(spk_frame *f, PyObject *result, PyObject *error);

static PyObject *argument(PyObject *args, Py_ssize_t i) { return py.Tuple_GetItem(args, i); }

// finish(frame, result, error): a task has ended.
static PyObject *finish(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *error = argument(args, 2);
    if (error == NULL) {
        return NULL;
    }
    spk_loop_finish(py.Long_AsVoidPtr(argument(args, 0)), argument(args, 1), error);
    return spk_newref(py._none);
}

// request_id(): of the call this thread is in; "" outside of one.
static PyObject *request_id(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    spk_frame *f = spk_current;
    return py.Unicode_FromStringAndSize(f == NULL ? "" : f->request_id,
                                        f == NULL ? 0 : (Py_ssize_t)f->request_id_len);
}

// log(level, record): record is what Go needs of a log line, as JSON.
// Writing it may block, so it is done without the GIL.
static PyObject *write_log(PyObject *self, PyObject *args)
{
    (void)self;
    Py_ssize_t n;
    PyObject *record = argument(args, 1);
    const char *text = record == NULL ? NULL : py.Unicode_AsUTF8AndSize(record, &n);
    if (text == NULL) {
        return NULL;
    }
    int level = (int)py.Long_AsLongLong(argument(args, 0));
    PyThreadState *state = py.Eval_SaveThread();
    spikardGoLog(level, (char *)text, (size_t)n);
    py.Eval_RestoreThread(state);
    return spk_newref(py._none);
}

static PyObject *raise_go_error(const char *text, size_t n)
{
    PyObject *module = py.Import_ImportModule("spikard._exceptions");
    PyObject *type = module == NULL ? NULL : py.Object_GetAttrString(module, "GoError");
    PyObject *message = py.Unicode_FromStringAndSize(text, (Py_ssize_t)n);
    if (type != NULL && message != NULL) {
        py.Err_SetObject(type, message);
    }
    spk_decref(message);
    spk_decref(type);
    spk_decref(module);
    return NULL;
}

// The app behind the runtime's App object, as a new use of it; NULL with an
// exception if it was closed. Its address is read here and not in Python,
// where another thread could close the app between the reading and the use.
static spk_app *use_app(PyObject *host)
{
    PyObject *address = py.Object_GetAttrString(host, "address");
    spk_app *a = NULL;
    if (address == py._none) {
        py.Err_SetString(py.RuntimeError,
                         "a method of a Go value was called after its app was closed");
    } else if (address != NULL && (a = py.Long_AsVoidPtr(address)) != NULL) {
        a->users++;
    }
    spk_decref(address);
    return a;
}

// Calls the Go method with arguments that are JSON already, without the GIL.
static PyObject *cross_to_go(spk_app *a, uint64_t handle, int method, spk_buffer *json)
{
    char *out = NULL;
    size_t n = 0;
    spk_frame *current = spk_current;
    PyThreadState *state = py.Eval_SaveThread();
    int failed = spikardGoCall(a->id, current, handle, method, json->data, json->len, &out, &n);
    py.Eval_RestoreThread(state);
    spk_current = current; // Go may have called into Python on this thread
    PyObject *result;
    if (failed) {
        result = raise_go_error(out, n);
    } else if (a->closed) {
        result = py.Err_Format(py.RuntimeError, "the app was closed during a method of a Go value");
    } else {
        const uint8_t *at = (const uint8_t *)out;
        result = spk_decode(a, &at, at + n, NULL);
    }
    free(out);
    return result;
}

// go_call(app, handle, method, arguments): calls a method of a Go value. The
// arguments go over as a JSON array, the result comes as a wire value.
static PyObject *go_call(PyObject *self, PyObject *args)
{
    (void)self;
    spk_buffer json = {0};
    spk_path path;
    PyObject *values = argument(args, 3), *result = NULL;
    spk_app *a = values == NULL ? NULL : use_app(argument(args, 0));
    if (a == NULL) {
        return NULL;
    }
    uint64_t handle = (uint64_t)py.Long_AsLongLong(argument(args, 1));
    int method = (int)py.Long_AsLongLong(argument(args, 2));
    if (spk_encode(a, values, &json, &path) == 0) {
        result = cross_to_go(a, handle, method, &json);
    }
    spk_app_unref(a);
    spk_buffer_free(&json);
    return result;
}

static PyMethodDef functions[] = {
    {"finish", finish, SPK_METH_VARARGS, "finish(frame, result, error)"},
    {"request_id", request_id, SPK_METH_NOARGS, "request_id() -> str"},
    {"log", write_log, SPK_METH_VARARGS, "log(level, record)"},
    {"go_call", go_call, SPK_METH_VARARGS, "go_call(app, handle, method, arguments)"},
};

int spk_module_init(void)
{
    PyObject *module = py.Import_AddModule("_spikard"); // borrowed from sys.modules
    if (module == NULL) {
        return -1;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        PyObject *function = py.CFunction_NewEx(&functions[i], NULL, NULL);
        if (function == NULL || py.Object_SetAttrString(module, functions[i].name, function) < 0) {
            spk_decref(function);
            return -1;
        }
        spk_decref(function);
    }
    return 0;
}
