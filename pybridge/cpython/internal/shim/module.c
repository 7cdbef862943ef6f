//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The module _spikard: the functions that the runtime's Python code calls.
#include "internal.h"

#include <stdlib.h>

// Exported by callback.go. It runs without the GIL.
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

// answer(frame, result): writes the answer of a call. None, or why it can't be
// written; or True: it is one in parts, which are still to be sent.
static PyObject *answer(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *result = argument(args, 1);
    if (result == NULL) {
        return NULL;
    }
    spk_frame *f = py.Long_AsVoidPtr(argument(args, 0));
    PyObject *failure = spk_answer(f->program->app, f->program, f, result);
    if (failure != NULL) {
        return failure;
    }
    return spk_newref(f->outcome == SPK_STREAMED ? py._true : py._none);
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

static PyMethodDef functions[] = {
    {"finish", finish, SPK_METH_VARARGS, "finish(frame, result, error)"},
    {"answer", answer, SPK_METH_VARARGS, "answer(frame, result) -> exception, True or None"},
    {"request_id", request_id, SPK_METH_NOARGS, "request_id() -> str"},
    {"log", write_log, SPK_METH_VARARGS, "log(level, record)"},
    {"background", spk_background, SPK_METH_VARARGS, "background(app, kind, event)"},
    {"go_call", spk_go_call, SPK_METH_VARARGS,
     "go_call(app, proxy, export, method, arguments, future)"},
    {"go_ask", spk_go_ask, SPK_METH_VARARGS, "go_ask(app, kind, ticket, number, payload, future)"},
    {"go_values", spk_go_values, SPK_METH_VARARGS, "go_values(app, ticket, bytes)"},
    {"go_cancel", spk_go_cancel, SPK_METH_VARARGS, "go_cancel(app, number)"},
    {"signal_stack", spk_signal_stack, SPK_METH_NOARGS, "signal_stack()"},
};

int spk_module_init(void)
{
    PyObject *module = py.Import_AddModule("_spikard"); // borrowed from sys.modules
    if (module == NULL || spk_proxy_init() < 0 || spk_signal_stack_init() != 0) {
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
