//go:build cgo && (linux || darwin) && (amd64 || arm64)

// From wire values (pybridge/wire) to Python objects, in one pass.
#include "decode.h"

_Thread_local uint64_t spk_ticket;

enum { REQUEST_VALUES = 10 };

// As deep as the encoder goes: each level takes some of the thread's C stack.
enum { MAX_DEPTH = 1000 };

// Reads n items into the slots of a new list or tuple, which owns them.
static bool items(spk_cursor *c, PyObject **slots, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((slots[i] = spk_value(c)) == NULL) {
            spk_refuse_index(c, i);
            return false;
        }
    }
    return true;
}

static PyObject *list(spk_cursor *c)
{
    uint32_t n;
    PyObject *out = spk_take_count(c, &n) ? py.List_New(n) : NULL;
    if (out != NULL && !items(c, spk_list_items(out), n)) {
        spk_decref(out);
        return NULL;
    }
    return out;
}

static PyObject *tuple(spk_cursor *c)
{
    uint32_t n;
    PyObject *out = spk_take_count(c, &n) ? py.Tuple_New(n) : NULL;
    // The empty tuple is one that all share.
    if (out != NULL && n > 0 && !items(c, spk_tuple_items(out), n)) {
        spk_decref(out);
        return NULL;
    }
    return out;
}

static PyObject *name(spk_cursor *c)
{
    if (c->at < c->end && *c->at == OP_ASCII) {
        c->at++;
        return spk_key(c);
    }
    return spk_value(c);
}

static bool member(spk_cursor *c, PyObject *out)
{
    PyObject *key = name(c);
    if (key == NULL) {
        return false;
    }
    PyObject *item = spk_value(c);
    if (item == NULL) {
        spk_refuse_step(c, key);
    }
    bool ok = item != NULL && py.Dict_SetItem(out, key, item) == 0;
    spk_decref(key);
    if (item != NULL) {
        spk_decref(item);
    }
    return ok;
}

// Not presized: CPython makes such a dict with the larger table, for keys of any
// type, and building and dropping it costs more than growing does.
static PyObject *dict(spk_cursor *c)
{
    uint32_t n;
    PyObject *out = spk_take_count(c, &n) ? py.Dict_New() : NULL;
    for (uint32_t i = 0; out != NULL && i < n; i++) {
        if (!member(c, out)) {
            spk_decref(out);
            return NULL;
        }
    }
    return out;
}

static PyObject *go_value(spk_cursor *c)
{
    uint64_t handle;
    const uint8_t *p = spk_take(c, sizeof handle);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&handle, p, sizeof handle);
    PyObject *proxy = py.List_GetItem(c->app->kept, (Py_ssize_t)handle);
    return proxy == NULL ? NULL : spk_newref(proxy);
}

static PyObject *go_instance(spk_cursor *c)
{
    uint32_t export, number;
    if (!spk_take_u32(c, &export) || !spk_take_u32(c, &number)) {
        return NULL;
    }
    if (spk_ticket == 0) {
        py.Err_SetString(py.SystemError, "wire: a Go value of a call that has none");
        return NULL;
    }
    PyObject *class = py.List_GetItem(c->app->proxies, export);
    return class == NULL ? NULL : spk_proxy_new(class, spk_ticket, number);
}

static PyObject *held_object(spk_cursor *c)
{
    uint64_t handle;
    const uint8_t *p = spk_take(c, sizeof handle);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&handle, p, sizeof handle);
    PyObject *object = spk_object_of(c->app, handle);
    return object == NULL ? NULL : spk_newref(object);
}

static PyObject *request(spk_cursor *c)
{
    PyObject *args[REQUEST_VALUES] = {0}, *out = NULL;
    int n = 0;
    while (n < REQUEST_VALUES && (args[n] = spk_value(c)) != NULL) {
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

static PyObject *nested(spk_cursor *c, uint8_t op)
{
    switch (op) {
    case OP_LIST:
        return list(c);
    case OP_TUPLE:
        return tuple(c);
    case OP_DICT:
        return dict(c);
    case OP_OBJECT:
        return spk_instance(c);
    case OP_CONVERT:
        return spk_converted(c);
    case OP_REQUEST:
        return request(c);
    default:
        return py.Err_Format(py.SystemError, "wire: unknown opcode %d", (int)op);
    }
}

static PyObject *compound(spk_cursor *c, uint8_t op)
{
    if (c->depth == MAX_DEPTH) {
        py.Err_SetString(py.RecursionError, "wire: value is nested too deeply");
        return NULL;
    }
    c->depth++;
    PyObject *out = nested(c, op);
    c->depth--;
    return out;
}

PyObject *spk_value(spk_cursor *c)
{
    const uint8_t *op = spk_take(c, 1);
    if (op == NULL) {
        return NULL;
    }
    switch (*op) {
    case OP_ABSENT:
        // Within a value: a field's default. The inputs' own defaults are
        // seen to in spk_read_inputs.
        return spk_newref(c->app->missing);
    case OP_NULL:
        return spk_newref(py._none);
    case OP_TRUE:
        return spk_newref(py._true);
    case OP_FALSE:
        return spk_newref(py._false);
    case OP_INT:
        return spk_integer(c);
    case OP_BIGINT:
        return spk_big_integer(c);
    case OP_FLOAT:
        return spk_floating(c);
    case OP_STR:
        return spk_text(c);
    case OP_ASCII:
        return spk_ascii(c);
    case OP_BYTES:
        return spk_bytes(c);
    case OP_GOVALUE:
        return go_value(c);
    case OP_GOINSTANCE:
        return go_instance(c);
    case OP_PYOBJECT:
        return held_object(c);
    default:
        return compound(c, *op);
    }
}

PyObject *spk_decode(spk_app *a, const uint8_t **at, const uint8_t *end, spk_refusal *refusal)
{
    spk_cursor c = {.app = a, .at = *at, .end = end, .refusal = refusal};
    PyObject *out = spk_value(&c);
    *at = c.at;
    return out;
}
