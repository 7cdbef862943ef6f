//go:build cgo && (linux || darwin) && (amd64 || arm64)

// From wire values (pybridge/wire) to Python objects, in one pass.
#include "internal.h"

#include <string.h>

// The opcodes of pybridge/wire/op.go, in its order; opcode_test.go compares them.
enum {
    OP_ABSENT,
    OP_NULL,
    OP_TRUE,
    OP_FALSE,
    OP_INT,
    OP_BIGINT,
    OP_FLOAT,
    OP_STR,
    OP_ASCII,
    OP_BYTES,
    OP_LIST,
    OP_TUPLE,
    OP_DICT,
    OP_OBJECT,
    OP_CONVERT,
    OP_GOVALUE,
    OP_PYOBJECT,
    OP_REQUEST,
};

enum { REQUEST_VALUES = 9 };

// As deep as the encoder goes: each level takes some of the thread's C stack.
enum { MAX_DEPTH = 1000 };

typedef struct {
    spk_app *app;
    const uint8_t *at, *end;
    int depth;
} cursor;

static PyObject *value(cursor *c);

static const uint8_t *take(cursor *c, size_t n)
{
    if ((size_t)(c->end - c->at) < n) {
        py.Err_SetString(py.SystemError, "wire: value is cut short");
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += n;
    return p;
}

static bool take_u32(cursor *c, uint32_t *out)
{
    const uint8_t *p = take(c, sizeof *out);
    if (p == NULL) {
        return false;
    }
    memcpy(out, p, sizeof *out);
    return true;
}

static bool take_run(cursor *c, const char **data, uint32_t *n)
{
    if (!take_u32(c, n)) {
        return false;
    }
    *data = (const char *)take(c, *n);
    return *data != NULL;
}

static PyObject *integer(cursor *c)
{
    int64_t v;
    const uint8_t *p = take(c, sizeof v);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&v, p, sizeof v);
    return py.Long_FromLongLong(v);
}

static PyObject *floating(cursor *c)
{
    double v;
    const uint8_t *p = take(c, sizeof v);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&v, p, sizeof v);
    return py.Float_FromDouble(v);
}

// PyLong_FromString wants a terminated string, which the wire has not.
static PyObject *big_integer(cursor *c)
{
    const char *data;
    uint32_t n;
    if (!take_run(c, &data, &n)) {
        return NULL;
    }
    PyObject *text = py.Unicode_FromStringAndSize(data, n);
    if (text == NULL) {
        return NULL;
    }
    PyObject *number = py.Object_VectorcallDict(py.int_type, &text, 1, NULL);
    spk_decref(text);
    return number;
}

static PyObject *text(cursor *c)
{
    const char *data;
    uint32_t n;
    return take_run(c, &data, &n) ? py.Unicode_FromStringAndSize(data, n) : NULL;
}

static PyObject *bytes(cursor *c)
{
    const char *data;
    uint32_t n;
    return take_run(c, &data, &n) ? py.Bytes_FromStringAndSize(data, n) : NULL;
}

// A count can't be larger than the bytes that are left: each value has one.
static bool take_count(cursor *c, uint32_t *n)
{
    if (!take_u32(c, n)) {
        return false;
    }
    if (*n > (size_t)(c->end - c->at)) {
        py.Err_SetString(py.SystemError, "wire: count is larger than its values");
        return false;
    }
    return true;
}

static PyObject *sequence(cursor *c, PyObject *(*make)(Py_ssize_t),
                          int (*set)(PyObject *, Py_ssize_t, PyObject *))
{
    uint32_t n;
    if (!take_count(c, &n)) {
        return NULL;
    }
    PyObject *out = make(n);
    if (out == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        PyObject *item = value(c);
        if (item == NULL || set(out, i, item) < 0) {
            spk_decref(out);
            return NULL;
        }
    }
    return out;
}

static PyObject *dict(cursor *c)
{
    uint32_t n;
    PyObject *out = NULL, *key = NULL, *item = NULL;
    if (!take_count(c, &n) || (out = py.Dict_New()) == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        if ((key = value(c)) == NULL || (item = value(c)) == NULL ||
            py.Dict_SetItem(out, key, item) < 0) {
            goto fail;
        }
        spk_decref(key);
        spk_decref(item);
        key = item = NULL;
    }
    return out;
fail:
    spk_decref(key);
    spk_decref(item);
    spk_decref(out);
    return NULL;
}

// The runtime's builder for a class takes the fields in order, with its
// sentinel for those that were not given.
static PyObject *instance(cursor *c)
{
    uint32_t class_index, n;
    if (!take_u32(c, &class_index) || !take_count(c, &n)) {
        return NULL;
    }
    PyObject *builder = py.List_GetItem(c->app->classes, class_index);
    PyObject *fields = builder == NULL ? NULL : py.Tuple_New(n);
    if (fields == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        PyObject *field = value(c);
        if (field == NULL || py.Tuple_SetItem(fields, i, field) < 0) {
            spk_decref(fields);
            return NULL;
        }
    }
    PyObject *out = py.Object_CallObject(builder, fields);
    spk_decref(fields);
    return out;
}

static PyObject *converted(cursor *c)
{
    uint32_t index;
    if (!take_u32(c, &index)) {
        return NULL;
    }
    PyObject *converter = py.List_GetItem(c->app->converters, index);
    PyObject *raw = converter == NULL ? NULL : value(c);
    if (raw == NULL) {
        return NULL;
    }
    PyObject *out = py.Object_VectorcallDict(converter, &raw, 1, NULL);
    spk_decref(raw);
    return out;
}

static PyObject *go_value(cursor *c)
{
    uint64_t handle;
    const uint8_t *p = take(c, sizeof handle + sizeof(uint32_t));
    if (p == NULL) {
        return NULL;
    }
    memcpy(&handle, p, sizeof handle);
    PyObject *proxy = py.List_GetItem(c->app->exports, (Py_ssize_t)handle);
    return proxy == NULL ? NULL : spk_newref(proxy);
}

static PyObject *held_object(cursor *c)
{
    uint64_t handle;
    const uint8_t *p = take(c, sizeof handle);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&handle, p, sizeof handle);
    return spk_newref((PyObject *)(uintptr_t)handle);
}

static PyObject *request(cursor *c)
{
    PyObject *args[REQUEST_VALUES] = {0}, *out = NULL;
    int n = 0;
    while (n < REQUEST_VALUES && (args[n] = value(c)) != NULL) {
        n++;
    }
    if (n == REQUEST_VALUES) {
        out = py.Object_VectorcallDict(c->app->request_type, args, REQUEST_VALUES, NULL);
    }
    while (n > 0) {
        spk_decref(args[--n]);
    }
    return out;
}

static PyObject *compound(cursor *c, uint8_t op)
{
    switch (op) {
    case OP_LIST:
        return sequence(c, py.List_New, py.List_SetItem);
    case OP_TUPLE:
        return sequence(c, py.Tuple_New, py.Tuple_SetItem);
    case OP_DICT:
        return dict(c);
    case OP_OBJECT:
        return instance(c);
    case OP_CONVERT:
        return converted(c);
    case OP_REQUEST:
        return request(c);
    default:
        return py.Err_Format(py.SystemError, "wire: unknown opcode %d", (int)op);
    }
}

static PyObject *value(cursor *c)
{
    const uint8_t *op = take(c, 1);
    if (op == NULL) {
        return NULL;
    }
    switch (*op) {
    case OP_ABSENT:
        // Within a value: a field's default. The inputs' own defaults are
        // seen to in spk_read_inputs.
        return py.Object_GetAttrString(c->app->host, "missing");
    case OP_NULL:
        return spk_newref(py._none);
    case OP_TRUE:
        return spk_newref(py._true);
    case OP_FALSE:
        return spk_newref(py._false);
    case OP_INT:
        return integer(c);
    case OP_BIGINT:
        return big_integer(c);
    case OP_FLOAT:
        return floating(c);
    case OP_STR:
    case OP_ASCII:
        return text(c);
    case OP_BYTES:
        return bytes(c);
    case OP_GOVALUE:
        return go_value(c);
    case OP_PYOBJECT:
        return held_object(c);
    default:
        break;
    }
    if (c->depth == MAX_DEPTH) {
        py.Err_SetString(py.RecursionError, "wire: value is nested too deeply");
        return NULL;
    }
    c->depth++;
    PyObject *out = compound(c, *op);
    c->depth--;
    return out;
}

PyObject *spk_decode(spk_app *a, const uint8_t **at, const uint8_t *end)
{
    cursor c = {.app = a, .at = *at, .end = end};
    PyObject *out = value(&c);
    *at = c.at;
    return out;
}
