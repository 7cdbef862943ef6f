//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What a program gave, as the frame's answer.
//
// The body is the answer's bytes. meta is empty for a plain JSON answer; else
// it holds, each as a 32-bit length and bytes unless said otherwise:
//   content type, detail, exception type, message, traceback, file, path,
//   line (32 bits), number of header lines (32 bits), name and value of each.
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

enum { META_TEXTS = 7 };

// texts are what comes before the line number.
static void put_meta(spk_frame *f, PyObject *const texts[META_TEXTS], uint32_t line,
                     PyObject *headers)
{
    for (int i = 0; i < META_TEXTS; i++) {
        put_text(&f->meta, texts[i]);
    }
    put_u32(&f->meta, line);
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
    put_u32(&f->meta, 0);
    put_u32(&f->meta, 0);
}

// describe() gives (outcome, status, detail, type, message, traceback, file,
// line, headers).
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
    put_meta(f, texts, line, py.Tuple_GetItem(d, 8));
    spk_decref(where);
    return !py.Err_Occurred();
}

void spk_answer_exception(spk_app *a, spk_frame *f, const spk_path *path)
{
    static const spk_path nowhere = {""};
    PyObject *exc = spk_take_exception();
    f->body.len = f->meta.len = 0;
    if (exc == NULL) {
        spk_answer_bare(f, "a call failed without an exception");
        return;
    }
    PyObject *d = py.Object_VectorcallDict(a->describe, &exc, 1, NULL);
    spk_decref(exc);
    if (d == NULL || !put_description(f, d, path == NULL ? &nowhere : path)) {
        py.Err_Clear();
        spk_answer_bare(f, "an exception could not be described");
    }
    spk_decref(d);
}

static int answer_json(spk_app *a, spk_frame *f, PyObject *o)
{
    spk_path path;
    if (spk_encode(a, o, &f->body, &path) < 0) {
        spk_answer_exception(a, f, &path);
        return -1;
    }
    return 0;
}

static int put_bytes(spk_frame *f, PyObject *o)
{
    char *data;
    Py_ssize_t n;
    if (py.Bytes_AsStringAndSize(o, &data, &n) < 0) {
        return -1;
    }
    spk_put(&f->body, data, (size_t)n);
    return 0;
}

// _parts() gives (status, content type or None, header lines, bytes or None,
// content).
static void answer_response(spk_app *a, spk_frame *f, PyObject *response)
{
    PyObject *parts = py.Object_VectorcallDict(a->parts, &response, 1, NULL);
    if (parts == NULL) {
        goto fail;
    }
    f->status = (int)py.Long_AsLongLong(py.Tuple_GetItem(parts, 0));
    PyObject *raw = py.Tuple_GetItem(parts, 3);
    if (raw != py._none) {
        if (put_bytes(f, raw) < 0) {
            goto fail;
        }
    } else if (answer_json(a, f, py.Tuple_GetItem(parts, 4)) < 0) {
        spk_decref(parts);
        return;
    }
    PyObject *texts[META_TEXTS] = {py.Tuple_GetItem(parts, 1)};
    put_meta(f, texts, 0, py.Tuple_GetItem(parts, 2));
    spk_decref(parts);
    if (py.Err_Occurred()) {
        spk_answer_exception(a, f, NULL);
    }
    return;
fail:
    spk_decref(parts);
    spk_answer_exception(a, f, NULL);
}

static void answer_bytes(spk_app *a, spk_frame *f, PyObject *o)
{
    if (put_bytes(f, o) < 0) {
        spk_answer_exception(a, f, NULL);
        return;
    }
    static const char type[] = "application/octet-stream";
    spk_put_run(&f->meta, type, sizeof type - 1);
    for (int i = 1; i < META_TEXTS; i++) {
        spk_put_run(&f->meta, "", 0);
    }
    put_u32(&f->meta, 0);
    put_u32(&f->meta, 0);
}

// The values of a program without a handler stay in f->held; Go gets their
// addresses.
static void answer_held(spk_app *a, spk_frame *f, PyObject *held)
{
    PyObject *values = py.Object_GetAttrString(held, "values");
    PyObject *open = py.Object_GetAttrString(held, "is_open");
    if (values == NULL || open == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        for (Py_ssize_t i = 0; i < py.List_Size(values); i++) {
            uint64_t address = (uint64_t)(uintptr_t)py.List_GetItem(values, i);
            spk_put(&f->meta, (const char *)&address, sizeof address);
        }
        f->outcome = SPK_VALUES;
        f->status = open == py._true;
        f->held = spk_newref(held);
    }
    spk_decref(values);
    spk_decref(open);
}

void spk_answer(spk_app *a, const spk_program *p, spk_frame *f, PyObject *result)
{
    PyTypeObject *type = result->type;
    f->outcome = SPK_ANSWERED;
    f->status = p->status;
    if (type == (PyTypeObject *)py.dict_type || type == (PyTypeObject *)py.list_type) {
        (void)answer_json(a, f, result);
    } else if (py.Type_IsSubtype(type, (PyTypeObject *)a->response_type)) {
        answer_response(a, f, result);
    } else if (type == (PyTypeObject *)a->held_type) {
        answer_held(a, f, result);
    } else if (py.Type_GetFlags(type) & SPK_BYTES_SUBCLASS) {
        answer_bytes(a, f, result);
    } else {
        (void)answer_json(a, f, result);
    }
    if (f->body.failed || f->meta.failed) {
        f->body.failed = f->meta.failed = false;
        spk_answer_bare(f, "no memory for the answer");
    }
}
