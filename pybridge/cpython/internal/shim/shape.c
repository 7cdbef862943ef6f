//go:build cgo && (linux || darwin) && (amd64 || arm64)

// How the instances of a class are written, looked up once for each class of an
// app.
#include "encode.h"

#include <stdlib.h>

// An app that makes classes while it runs must not make the table grow
// without end: classes beyond this many go through default(), which knows all
// of them too.
enum { MAX_SHAPES = 4096 };

static const spk_shape no_shape = {0};

static void shape_free(spk_shape *s)
{
    spk_decref((PyObject *)s->type);
    spk_decref(s->payload);
    spk_buffer_free(&s->texts);
    free(s->fields);
    free(s);
}

void spk_shapes_free(spk_app *a)
{
    for (size_t i = 0; i < a->shapes_cap; i++) {
        if (a->shapes[i] != NULL) {
            shape_free(a->shapes[i]);
        }
    }
    free(a->shapes);
    a->shapes = NULL;
    a->nshapes = a->shapes_cap = 0;
}

static size_t slot_of(const spk_app *a, const PyTypeObject *type)
{
    size_t i = ((uintptr_t)type >> 4) * (size_t)0x9E3779B97F4A7C15u >> 16;
    while (a->shapes[i & (a->shapes_cap - 1)] != NULL &&
           a->shapes[i & (a->shapes_cap - 1)]->type != type) {
        i++;
    }
    return i & (a->shapes_cap - 1);
}

// The table is at most half full, so that a probe soon finds a free slot.
static bool make_room(spk_app *a)
{
    if (2 * (a->nshapes + 1) <= a->shapes_cap) {
        return true;
    }
    spk_app old = *a;
    a->shapes_cap = old.shapes_cap == 0 ? 64 : old.shapes_cap * 2;
    a->shapes = calloc(a->shapes_cap, sizeof *a->shapes);
    if (a->shapes == NULL) {
        a->shapes = old.shapes;
        a->shapes_cap = old.shapes_cap;
        return false;
    }
    for (size_t i = 0; i < old.shapes_cap; i++) {
        if (old.shapes[i] != NULL) {
            a->shapes[slot_of(a, old.shapes[i]->type)] = old.shapes[i];
        }
    }
    free(old.shapes);
    return true;
}

// The texts are in place when all are there: until then they may move.
static int read_fields(spk_shape *s)
{
    s->size = py.Tuple_Size(s->payload);
    s->fields = s->size < 0 ? NULL : calloc((size_t)s->size + 1, sizeof *s->fields);
    if (s->fields == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < s->size; i++) {
        size_t start = s->texts.len;
        s->fields[i].name = py.Tuple_GetItem(s->payload, i);
        if (spk_put_str(&s->texts, i == 0 ? '{' : ',', s->fields[i].name, ':') < 0) {
            return -1;
        }
        s->fields[i].len = s->texts.len - start;
    }
    const char *text = s->texts.data;
    for (Py_ssize_t i = 0; i < s->size; i++) {
        s->fields[i].text = text;
        text += s->fields[i].len;
    }
    return s->texts.failed ? -1 : 0;
}

// The runtime's shape() gives (kind, payload).
static spk_shape *shape_new(spk_app *a, PyTypeObject *type)
{
    PyObject *ask = py.Object_GetAttrString(a->host, "shape");
    PyObject *class = (PyObject *)type;
    PyObject *pair = ask == NULL ? NULL : py.Object_VectorcallDict(ask, &class, 1, NULL);
    spk_decref(ask);
    spk_shape *s = pair == NULL ? NULL : calloc(1, sizeof *s);
    if (s == NULL) {
        spk_decref(pair);
        return NULL;
    }
    s->type = type;
    spk_incref(class);
    s->kind = (int)py.Long_AsLongLong(py.Tuple_GetItem(pair, 0));
    s->payload = spk_newref(py.Tuple_GetItem(pair, 1));
    spk_decref(pair);
    if (s->kind == SPK_SHAPE_FIELDS && read_fields(s) < 0) {
        shape_free(s);
        return NULL;
    }
    return s;
}

const spk_shape *spk_shape_of(spk_app *a, PyTypeObject *type)
{
    if (a->shapes_cap > 0) {
        const spk_shape *known = a->shapes[slot_of(a, type)];
        if (known != NULL) {
            return known;
        }
    }
    if (a->nshapes >= MAX_SHAPES) {
        return &no_shape;
    }
    spk_shape *s = shape_new(a, type);
    if (s == NULL || !make_room(a)) {
        if (!py.Err_Occurred()) {
            py.Err_SetString(py.MemoryError, "no memory for a class' shape");
        }
        if (s != NULL) {
            shape_free(s);
        }
        return NULL;
    }
    a->shapes[slot_of(a, type)] = s;
    a->nshapes++;
    return s;
}
