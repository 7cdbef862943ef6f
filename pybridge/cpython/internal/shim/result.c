//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What a program gave, as the frame's answer.
//
// The body is the answer's bytes. meta is empty for a plain JSON answer; else
// it holds, each as a 32-bit length and bytes unless said otherwise:
//   content type, detail, exception type, message, traceback, file, path,
//   line (32 bits), whether the call has the Go error that the exception stands
//   for (32 bits), number of header lines (32 bits), name and value of each.
#include "internal.h"

#include <stdio.h>

typedef struct {
    const char *data;
    size_t len;
} view;

static view view_of(PyObject *o)
{
    if (o == NULL || !(py.Type_GetFlags(o->type) & SPK_UNICODE_SUBCLASS)) {
        return (view){"", 0};
    }
    Py_ssize_t n;
    const char *text = py.Unicode_AsUTF8AndSize(o, &n);
    if (text == NULL) {
        py.Err_Clear(); // a lone surrogate: leave the text out
        return (view){"", 0};
    }
    return (view){text, (size_t)n};
}

static void put_text(spk_buffer *out, PyObject *o)
{
    view v = view_of(o);
    spk_put_run(out, v.data, v.len);
}

static void put_u32(spk_buffer *out, uint32_t v) { spk_put(out, (const char *)&v, sizeof v); }

// lines is a list of pairs of str.
static void put_headers(spk_buffer *out, PyObject *lines)
{
    Py_ssize_t n = lines == NULL ? 0 : py.List_Size(lines);
    put_u32(out, (uint32_t)n);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *pair = py.List_GetItem(lines, i);
        put_text(out, py.Tuple_GetItem(pair, 0));
        put_text(out, py.Tuple_GetItem(pair, 1));
    }
}

enum { META_TEXTS = 7, META_NUMBERS = 3 };

// texts are what comes before the line number; cause is the Go error's.
static void put_meta(spk_frame *f, PyObject *const texts[META_TEXTS], uint32_t line,
                     PyObject *cause, PyObject *headers)
{
    for (int i = 0; i < META_TEXTS; i++) {
        put_text(&f->meta, texts[i]);
    }
    put_u32(&f->meta, line);
    put_u32(&f->meta, spk_put_cause(f, cause));
    put_headers(&f->meta, headers);
}

PyObject *spk_take_exception(void)
{
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    py.Err_NormalizeException(&type, &exc, &traceback);
    if (exc != NULL && traceback != NULL) {
        py.Exception_SetTraceback(exc, traceback);
    }
    spk_decref(type);
    spk_decref(traceback);
    return exc;
}

// The last resort: the exception could not even be described, as when there
// is no memory.
void spk_answer_bare(spk_frame *f, const char *message)
{
    f->outcome = SPK_RAISED;
    f->status = 500;
    f->body.len = f->meta.len = 0;
    spk_put_run(&f->meta, "", 0);
    spk_put_run(&f->meta, "", 0);
    spk_put_run(&f->meta, "SystemError", 11);
    spk_put_run(&f->meta, message, strlen(message));
    for (int i = 4; i < META_TEXTS; i++) {
        spk_put_run(&f->meta, "", 0);
    }
    for (int i = 0; i < META_NUMBERS; i++) {
        put_u32(&f->meta, 0);
    }
}

// describe() gives (outcome, status, detail, type, message, traceback, file,
// line, headers, Go error or None).
static bool put_description(spk_frame *f, PyObject *d, const spk_path *path)
{
    PyObject *where = py.Unicode_FromStringAndSize(path->text, (Py_ssize_t)strlen(path->text));
    f->outcome = (int)py.Long_AsLongLong(py.Tuple_GetItem(d, 0));
    f->status = (int)py.Long_AsLongLong(py.Tuple_GetItem(d, 1));
    PyObject *texts[META_TEXTS] = {
        NULL,
        py.Tuple_GetItem(d, 2),
        py.Tuple_GetItem(d, 3),
        py.Tuple_GetItem(d, 4),
        py.Tuple_GetItem(d, 5),
        py.Tuple_GetItem(d, 6),
        where,
    };
    uint32_t line = (uint32_t)py.Long_AsLongLong(py.Tuple_GetItem(d, 7));
    put_meta(f, texts, line, py.Tuple_GetItem(d, 9), py.Tuple_GetItem(d, 8));
    spk_decref(where);
    return !py.Err_Occurred();
}

void spk_answer_raised(spk_app *a, spk_frame *f, PyObject *exc, const spk_path *path)
{
    static const spk_path nowhere = {""};
    f->body.len = f->meta.len = 0;
    if (exc == NULL) {
        spk_answer_bare(f, "a call failed without an exception");
        return;
    }
    PyObject *d = py.Object_VectorcallDict(a->describe, &exc, 1, NULL);
    if (d == NULL || !put_description(f, d, path == NULL ? &nowhere : path)) {
        py.Err_Clear();
        spk_answer_bare(f, "an exception could not be described");
    }
    spk_decref(d);
}

void spk_answer_exception(spk_app *a, spk_frame *f, const spk_path *path)
{
    PyObject *exc = spk_take_exception();
    spk_answer_raised(a, f, exc, path);
    spk_decref(exc);
}

int spk_put_bytes(spk_buffer *out, PyObject *o)
{
    char *data;
    Py_ssize_t n;
    if (py.Type_GetFlags(o->type) & SPK_UNICODE_SUBCLASS) {
        const char *text = py.Unicode_AsUTF8AndSize(o, &n);
        if (text == NULL) {
            return -1;
        }
        spk_put(out, text, (size_t)n);
        return 0;
    }
    if (py.Bytes_AsStringAndSize(o, &data, &n) < 0) {
        return -1;
    }
    spk_put(out, data, (size_t)n);
    return 0;
}

// _parts() gives (status, content type or None, header lines, bytes or None,
// content, outcome, background work or None).
static int put_response(spk_app *a, spk_frame *f, PyObject *response, spk_path *path)
{
    PyObject *parts = py.Object_VectorcallDict(a->parts, &response, 1, NULL);
    if (parts == NULL) {
        return -1;
    }
    f->status = (int)py.Long_AsLongLong(py.Tuple_GetItem(parts, 0));
    f->outcome = (int)py.Long_AsLongLong(py.Tuple_GetItem(parts, 5));
    PyObject *raw = py.Tuple_GetItem(parts, 3);
    int failed = raw != py._none ? spk_put_bytes(&f->body, raw)
                                 : spk_encode(a, py.Tuple_GetItem(parts, 4), &f->body, path);
    if (failed == 0) {
        PyObject *texts[META_TEXTS] = {py.Tuple_GetItem(parts, 1)};
        put_meta(f, texts, 0, NULL, py.Tuple_GetItem(parts, 2));
        failed = py.Err_Occurred() ? -1 : spk_put_later(a, f, py.Tuple_GetItem(parts, 6));
    }
    spk_decref(parts);
    return failed;
}

static int put_raw(spk_frame *f, PyObject *o)
{
    if (spk_put_bytes(&f->body, o) < 0) {
        return -1;
    }
    static const char type[] = "application/octet-stream";
    spk_put_run(&f->meta, type, sizeof type - 1);
    for (int i = 1; i < META_TEXTS; i++) {
        spk_put_run(&f->meta, "", 0);
    }
    for (int i = 0; i < META_NUMBERS; i++) {
        put_u32(&f->meta, 0);
    }
    return 0;
}

// Puts the numbers of a list's items where Go finds them. False with an exception.
static bool lend(spk_app *a, spk_frame *f, PyObject *values)
{
    for (Py_ssize_t i = 0; i < py.List_Size(values); i++) {
        uint64_t handle = spk_object_lend(a, py.List_GetItem(values, i));
        if (handle == 0) {
            return false;
        }
        spk_put(&f->meta, (const char *)&handle, sizeof handle);
    }
    return true;
}

// The values of a program without a handler are lent to Go, and their clean-up
// stays in f->held.
void spk_answer_held(spk_app *a, spk_frame *f, PyObject *held)
{
    if (f->outcome == SPK_STREAMED) {
        spk_keep_stream(a, f, held);
        return;
    }
    PyObject *values = py.Object_GetAttrString(held, "values");
    PyObject *open = py.Object_GetAttrString(held, "is_open");
    if (values == NULL || open == NULL || !lend(a, f, values)) {
        spk_answer_exception(a, f, NULL);
    } else {
        f->outcome = SPK_VALUES;
        f->status = open == py._true;
        f->held = spk_newref(held);
    }
    spk_decref(values);
    spk_decref(open);
}

static int put_answer(spk_app *a, spk_frame *f, PyObject *result, spk_path *path)
{
    PyTypeObject *type = result->type;
    if (type == (PyTypeObject *)py.dict_type || type == (PyTypeObject *)py.list_type) {
        return spk_encode(a, result, &f->body, path);
    }
    if (py.Type_IsSubtype(type, (PyTypeObject *)a->response_type)) {
        return put_response(a, f, result, path);
    }
    if (py.Type_GetFlags(type) & SPK_BYTES_SUBCLASS) {
        return put_raw(f, result);
    }
    return spk_encode(a, result, &f->body, path);
}

PyObject *spk_answer(spk_app *a, const spk_program *p, spk_frame *f, PyObject *result)
{
    spk_path path;
    path.text[0] = '\0';
    f->outcome = SPK_ANSWERED;
    f->status = p->status;
    int failed = put_answer(a, f, result, &path);
    if (f->body.failed || f->meta.failed) {
        f->body.failed = f->meta.failed = false;
        f->body.len = f->meta.len = 0;
        py.Err_SetString(py.MemoryError, "no memory for the answer");
        failed = -1;
    }
    if (failed == 0) {
        return NULL;
    }
    PyObject *exc = spk_take_exception();
    spk_answer_raised(a, f, exc, &path);
    return exc;
}
