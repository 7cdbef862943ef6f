//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Objects that are written by the shape of their class.
#include "encode.h"

static int fields(spk_encoder *e, PyObject *o, const spk_shape *shape)
{
    for (Py_ssize_t i = 0; i < shape->size; i++) {
        const spk_field *f = &shape->fields[i];
        spk_put(e->out, f->text, f->len);
        PyObject *value = py.Object_GetAttr(o, f->name);
        int failed = value == NULL ? -1 : spk_encode_any(e, value);
        spk_decref(value);
        if (failed) {
            spk_path_name(e->path, f->name);
            return -1;
        }
    }
    if (shape->size == 0) {
        spk_put_char(e->out, '{');
    }
    spk_put_char(e->out, '}');
    return 0;
}

// Writes what is made of an object in its place; takes the reference.
static int instead(spk_encoder *e, PyObject *simpler)
{
    int failed = simpler == NULL ? -1 : spk_encode_any(e, simpler);
    spk_decref(simpler);
    return failed;
}

static PyObject *call(PyObject *function, PyObject *o)
{
    return py.Object_VectorcallDict(function, &o, 1, NULL);
}

// A library's serializer is trusted to write JSON.
static int raw(spk_encoder *e, PyObject *text)
{
    char *data;
    Py_ssize_t n;
    int failed = text == NULL ? -1 : py.Bytes_AsStringAndSize(text, &data, &n);
    if (!failed) {
        spk_put(e->out, data, (size_t)n);
    }
    spk_decref(text);
    return failed;
}

// A copy: what is called may change a set that is iterated over.
static int copied(spk_encoder *e, PyObject *list)
{
    int failed = list == NULL ? -1 : spk_encode_items(e, list);
    spk_decref(list);
    return failed;
}

int spk_encode_shaped(spk_encoder *e, PyObject *o, const spk_shape *shape)
{
    switch (shape->kind) {
    case SPK_SHAPE_FIELDS:
        return fields(e, o, shape);
    case SPK_SHAPE_CALL:
        return instead(e, call(shape->payload, o));
    case SPK_SHAPE_RAW:
        return raw(e, call(shape->payload, o));
    case SPK_SHAPE_ITEMS:
        return copied(e, py.Sequence_List(o));
    case SPK_SHAPE_ATTRIBUTE:
        return instead(e, py.Object_GetAttr(o, shape->payload));
    case SPK_SHAPE_UUID:
        return spk_encode_uuid(e, o, shape->payload);
    case SPK_SHAPE_ISO:
        return spk_encode_iso(e, o, shape->payload);
    default:
        return instead(e, call(e->app->encode_default, o));
    }
}
