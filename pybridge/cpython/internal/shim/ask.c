//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What Python asks of Go: methods of Go values, values to build, app.scope().
// Go is waited for without the GIL; or it is told of a future, and completes
// that on the event loop.
#include "internal.h"

#include <stdlib.h>

#include "ask.h"

// Exported by callback.go. The first is called without the GIL. The others
// don't block and are called with it.
extern void spikardGoAsk(uintptr_t app, spk_frame *current, spk_ask *ask, spk_told *told);
extern void spikardGoBegin(uintptr_t app, spk_frame *current, spk_ask *ask, spk_told *told);
extern void spikardGoCancel(uintptr_t app, uint64_t operation);

static PyObject *argument(PyObject *args, Py_ssize_t i) { return py.Tuple_GetItem(args, i); }

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

// The call that the running code belongs to: by its context, which its tasks
// and threads have a copy of, or by the thread.
static uint64_t caller(const spk_app *a)
{
    PyObject *value = NULL;
    uint64_t ticket = 0;
    if (py.ContextVar_Get(a->ticket, NULL, &value) < 0) {
        py.Err_Clear();
    } else if (value != NULL) {
        ticket = (uint64_t)py.Long_AsLongLong(value);
    }
    spk_decref(value);
    return ticket != 0 || spk_current == NULL ? ticket : spk_current->ticket;
}

// A value of the call with that ticket.
static PyObject *decode(spk_app *a, uint64_t ticket, const uint8_t **at, const uint8_t *end)
{
    uint64_t outer = spk_ticket;
    spk_ticket = ticket;
    PyObject *out = spk_decode(a, at, end, NULL);
    spk_ticket = outer;
    return out;
}

// What Go gave. None for no bytes; for a segment they stay bytes, as what is
// built has to be cleaned up if they can't be made into values.
static PyObject *decoded(spk_app *a, int kind, uint64_t ticket, const char *data, size_t n)
{
    if (kind == ASK_BUILD) {
        return py.Bytes_FromStringAndSize(data, (Py_ssize_t)n);
    }
    const uint8_t *at = (const uint8_t *)data;
    return n == 0 ? spk_newref(py._none) : decode(a, ticket, &at, at + n);
}

static void take_back(spk_app *a, const char *objects, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t handle;
        memcpy(&handle, objects + i * sizeof handle, sizeof handle);
        spk_object_return(a, handle);
    }
}

// Wire values of a call are a call's own: those of a kept value's method belong
// to the call that asked.
static uint64_t owner(const spk_ask *ask) { return ask->ticket != 0 ? ask->ticket : ask->caller; }

static PyObject *wait_for_go(spk_app *a, spk_ask *ask)
{
    spk_told told = {0};
    spk_frame *current = spk_current;
    PyThreadState *state = py.Eval_SaveThread();
    spikardGoAsk(a->id, current, ask, &told);
    py.Eval_RestoreThread(state);
    spk_current = current; // Go may have called into Python on this thread
    PyObject *result;
    if (!a->closed) {
        take_back(a, (const char *)told.objects, told.nobjects);
    }
    if (told.error != 0) {
        result = spk_raise_go_error(told.data, told.len, told.error);
    } else if (a->closed) {
        result = py.Err_Format(py.RuntimeError, "the app was closed during a method of a Go value");
    } else {
        result = decoded(a, ask->kind, owner(ask), told.data, told.len);
    }
    free(told.objects);
    free(told.data);
    return result;
}

// The number of what was begun.
static PyObject *begin(spk_app *a, spk_ask *ask, PyObject *future)
{
    spk_told told = {0};
    ask->future = (uintptr_t)spk_newref(future);
    spikardGoBegin(a->id, spk_current, ask, &told);
    take_back(a, (const char *)told.objects, told.nobjects);
    PyObject *result;
    if (told.error == 0) {
        result = py.Long_FromLongLong((long long)told.operation);
    } else {
        result = spk_raise_go_error(told.data, told.len, told.error);
        spk_decref(future);
    }
    free(told.objects);
    free(told.data);
    return result;
}

static PyObject *ask_go(spk_app *a, spk_ask *ask, PyObject *future)
{
    ask->caller = caller(a);
    return future == py._none ? wait_for_go(a, ask) : begin(a, ask, future);
}

PyObject *spk_go_call(PyObject *self, PyObject *args)
{
    (void)self;
    spk_buffer json = {0};
    spk_path path;
    PyObject *future = argument(args, 5), *result = NULL;
    spk_app *a = future == NULL ? NULL : use_app(argument(args, 0));
    if (a == NULL) {
        return NULL;
    }
    spk_ask ask = {
        .kind = ASK_METHOD,
        .export = (int)py.Long_AsLongLong(argument(args, 2)),
        .method = (int)py.Long_AsLongLong(argument(args, 3)),
    };
    if (spk_proxy_read(argument(args, 1), &ask.ticket, &ask.number) == 0 &&
        spk_encode(a, argument(args, 4), &json, &path) == 0) {
        ask.data = json.data;
        ask.len = json.len;
        result = ask_go(a, &ask, future);
    }
    spk_app_unref(a);
    spk_buffer_free(&json);
    return result;
}

static int put_str(spk_buffer *out, PyObject *o)
{
    Py_ssize_t n;
    const char *text = o == NULL ? NULL : py.Unicode_AsUTF8AndSize(o, &n);
    if (text == NULL) {
        return -1;
    }
    spk_put_run(out, text, (size_t)n);
    return 0;
}

static int put_failure(spk_buffer *out, spk_ask *ask, PyObject *failure)
{
    if (failure == py._none) {
        return 0;
    }
    if (put_str(out, argument(failure, 0)) < 0 || put_str(out, argument(failure, 1)) < 0) {
        return -1;
    }
    ask->fails = true;
    ask->cause = spk_cause(argument(failure, 2));
    return py.Err_Occurred() ? -1 : 0;
}

static int put_objects(spk_app *a, spk_buffer *out, PyObject *tuple)
{
    for (Py_ssize_t i = 0; i < py.Tuple_Size(tuple); i++) {
        uint64_t handle = spk_object_lend(a, argument(tuple, i));
        if (handle == 0) {
            take_back(a, out->data, out->len / sizeof handle);
            return -1;
        }
        spk_put(out, (const char *)&handle, sizeof handle);
    }
    return py.Err_Occurred() ? -1 : 0;
}

static int put_json(spk_app *a, spk_buffer *out, PyObject *o)
{
    spk_path path;
    return spk_encode(a, o, out, &path);
}

// A message is bytes, or a str, which goes as UTF-8; else it goes as JSON.
static int put_message(spk_app *a, spk_buffer *out, const spk_ask *ask, PyObject *o)
{
    bool raw = py.Type_GetFlags(o->type) & (SPK_UNICODE_SUBCLASS | SPK_BYTES_SUBCLASS);
    return raw && ask->number != MESSAGE_VALUE ? spk_put_bytes(out, o) : put_json(a, out, o);
}

// What the data of a question is made of, by its kind.
static int put_payload(spk_app *a, spk_buffer *out, spk_ask *ask, PyObject *payload)
{
    switch (ask->kind) {
    case ASK_BUILD:
        return put_objects(a, out, payload);
    case ASK_CLOSE:
    case ASK_END:
        return put_failure(out, ask, payload);
    case ASK_GET:
    case ASK_JOIN:
        return put_str(out, payload);
    case ASK_CAST: // (group, message)
        if (put_str(out, argument(payload, 0)) < 0) {
            return -1;
        }
        return put_message(a, out, ask, argument(payload, 1));
    case ASK_BEGIN:
        return put_json(a, out, payload);
    case ASK_SEND:
        return put_message(a, out, ask, payload);
    default:
        return 0;
    }
}

PyObject *spk_go_ask(PyObject *self, PyObject *args)
{
    (void)self;
    spk_buffer data = {0};
    PyObject *future = argument(args, 5), *result = NULL;
    spk_app *a = future == NULL ? NULL : use_app(argument(args, 0));
    if (a == NULL) {
        return NULL;
    }
    spk_ask ask = {
        .kind = (int)py.Long_AsLongLong(argument(args, 1)),
        .ticket = (uint64_t)py.Long_AsLongLong(argument(args, 2)),
        .number = (uint64_t)py.Long_AsLongLong(argument(args, 3)),
    };
    if (!py.Err_Occurred() && put_payload(a, &data, &ask, argument(args, 4)) == 0) {
        ask.data = data.data;
        ask.len = data.len;
        result = data.failed ? py.Err_Format(py.MemoryError, "no memory to ask Go for a value")
                             : ask_go(a, &ask, future);
    }
    spk_app_unref(a);
    spk_buffer_free(&data);
    return result;
}

static PyObject *values(spk_app *a, uint64_t ticket, const uint8_t *at, size_t n)
{
    const uint8_t *end = at + n;
    PyObject *out = py.List_New(0);
    while (out != NULL && at < end) {
        PyObject *value = decode(a, ticket, &at, end);
        if (value == NULL || py.List_Append(out, value) < 0) {
            spk_decref(out);
            out = NULL;
        }
        spk_decref(value);
    }
    return out;
}

PyObject *spk_go_values(PyObject *self, PyObject *args)
{
    (void)self;
    char *data;
    Py_ssize_t n;
    PyObject *bytes = argument(args, 2), *result = NULL;
    spk_app *a = bytes == NULL ? NULL : use_app(argument(args, 0));
    if (a == NULL) {
        return NULL;
    }
    uint64_t ticket = (uint64_t)py.Long_AsLongLong(argument(args, 1));
    if (py.Bytes_AsStringAndSize(bytes, &data, &n) == 0) {
        result = values(a, ticket, (const uint8_t *)data, (size_t)n);
    }
    spk_app_unref(a);
    return result;
}

PyObject *spk_go_cancel(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *operation = argument(args, 1);
    spk_app *a = operation == NULL ? NULL : use_app(argument(args, 0));
    if (a == NULL) {
        return NULL;
    }
    spikardGoCancel(a->id, (uint64_t)py.Long_AsLongLong(operation));
    spk_app_unref(a);
    return spk_newref(py._none);
}

// Completes one future. What it can't be told, as there is no memory, it never
// learns: its task stays.
static void finish(spk_app *a, const spk_finished *f, const char *data)
{
    PyObject *value = NULL, *exc = NULL;
    take_back(a, data + f->len, f->nobjects);
    if (f->error != 0) {
        exc = spk_go_error(data, f->len, (uintptr_t)f->error);
    } else {
        value = decoded(a, (int)f->kind, f->ticket, data, f->len);
    }
    if (value == NULL && exc == NULL) {
        exc = spk_take_exception();
    }
    PyObject *future = (PyObject *)(uintptr_t)f->future;
    PyObject *args[3] = {future, value == NULL ? py._none : value, exc == NULL ? py._none : exc};
    PyObject *result = py.Object_VectorcallDict(a->resolve, args, 3, NULL);
    if (result == NULL) {
        py.Err_Clear();
    }
    spk_decref(result);
    spk_decref(value);
    spk_decref(exc);
    spk_decref(future);
}

void spk_finish(spk_app *a, const char *finished, size_t n)
{
    const char *end = finished + n;
    while (finished < end) {
        spk_finished head;
        memcpy(&head, finished, sizeof head);
        finished += sizeof head;
        finish(a, &head, finished);
        finished += head.len + head.nobjects * sizeof(uint64_t);
    }
}

void spk_forget(const uint64_t *objects, size_t n)
{
    spk_enter();
    for (size_t i = 0; i < n; i++) {
        spk_decref((PyObject *)(uintptr_t)objects[i]);
    }
    spk_leave();
}
