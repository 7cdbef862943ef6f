//go:build cgo && (linux || darwin) && (amd64 || arm64)

// From Python objects to JSON text (RFC 8259), as json.dumps would write them
// but compact and in UTF-8.
#include "encode.h"

#include <stdio.h>

enum { MAX_DEPTH = 1000 }; // json.dumps ends at the recursion limit, 1000 by default

static int any(spk_encoder *e, PyObject *o);

// Puts one more step before the path that is there. What is too long for the
// message is cut at its end.
static void path_prepend(spk_path *path, const char *step)
{
    size_t n = strlen(step), rest = strlen(path->text) + 1;
    if (n + rest > sizeof path->text) {
        rest = sizeof path->text - n;
    }
    memmove(path->text + n, path->text, rest);
    memcpy(path->text, step, n);
    path->text[sizeof path->text - 1] = '\0';
}

static void path_index(spk_path *path, Py_ssize_t i)
{
    char step[32];
    snprintf(step, sizeof step, "[%zd]", i);
    path_prepend(path, step);
}

// An exception is set already, so only what can't fail is asked of the name: a
// str that was written has its UTF-8 form at hand.
static void path_name(spk_path *path, PyObject *name)
{
    char step[96];
    Py_ssize_t n;
    const char *text = NULL;
    if (py.Type_GetFlags(name->type) & SPK_UNICODE_SUBCLASS) {
        text = py.Unicode_AsUTF8AndSize(name, &n);
    }
    if (text == NULL) {
        text = "?";
    }
    snprintf(step, sizeof step, ".%.80s", text);
    path_prepend(path, step);
}

static int sequence(spk_encoder *e, PyObject *o, Py_ssize_t (*size)(PyObject *),
                    PyObject *(*item)(PyObject *, Py_ssize_t))
{
    spk_put_char(e->out, '[');
    // The size is asked for each time: default() may run code that changes it.
    for (Py_ssize_t i = 0; i < size(o); i++) {
        if (i > 0) {
            spk_put_char(e->out, ',');
        }
        PyObject *element = item(o, i);
        if (element == NULL) {
            return -1;
        }
        spk_incref(element);
        int failed = any(e, element);
        spk_decref(element);
        if (failed) {
            path_index(e->path, i);
            return -1;
        }
    }
    spk_put_char(e->out, ']');
    return 0;
}

// A key that isn't a str is written as json.dumps writes it: numbers, True,
// False and None as their JSON text, and what default() turns into one of
// these.
static int key(spk_encoder *e, PyObject *o)
{
    if (o->type == (PyTypeObject *)py.str_type ||
        py.Type_GetFlags(o->type) & SPK_UNICODE_SUBCLASS) {
        return spk_encode_str(e, o);
    }
    size_t start = e->out->len;
    spk_put_char(e->out, '"');
    size_t at = e->out->len;
    if (any(e, o) < 0) {
        return -1;
    }
    if (e->out->failed || at >= e->out->len) {
        return 0;
    }
    char first = e->out->data[at];
    if (first == '"') { // default() gave a str: it is quoted already
        memmove(e->out->data + start, e->out->data + at, e->out->len - at);
        e->out->len--;
        return 0;
    }
    if (first == '{' || first == '[') {
        py.Err_SetString(py.TypeError, "a dict's keys must be str, int, float, bool or None");
        return -1;
    }
    spk_put_char(e->out, '"');
    return 0;
}

static int dict(spk_encoder *e, PyObject *o)
{
    Py_ssize_t at = 0, size = py.Dict_Size(o);
    PyObject *name, *item;
    bool first = true;
    spk_put_char(e->out, '{');
    while (py.Dict_Next(o, &at, &name, &item)) {
        if (!first) {
            spk_put_char(e->out, ',');
        }
        first = false;
        spk_incref(name);
        spk_incref(item);
        int failed = key(e, name);
        if (!failed) {
            spk_put_char(e->out, ':');
            failed = any(e, item);
        }
        if (failed) {
            path_name(e->path, name);
        } else if (py.Dict_Size(o) != size) {
            py.Err_SetString(py.RuntimeError, "dict changed while it was written as JSON");
            failed = -1;
        }
        spk_decref(name);
        spk_decref(item);
        if (failed) {
            return -1;
        }
    }
    spk_put_char(e->out, '}');
    return 0;
}

static int shaped(spk_encoder *e, PyObject *o, const spk_shape *shape)
{
    spk_put_char(e->out, '{');
    for (Py_ssize_t i = 0; i < shape->size; i++) {
        if (i > 0) {
            spk_put_char(e->out, ',');
        }
        PyObject *name = py.Tuple_GetItem(shape->names, i);
        if (spk_encode_str(e, name) < 0) {
            return -1;
        }
        spk_put_char(e->out, ':');
        PyObject *item = py.Object_GetAttr(o, name);
        int failed = item == NULL ? -1 : any(e, item);
        spk_decref(item);
        if (failed) {
            path_name(e->path, name);
            return -1;
        }
    }
    spk_put_char(e->out, '}');
    return 0;
}

// Subclasses of the builtin types are written as these; anything else goes by
// its shape or through the runtime's default().
static int other(spk_encoder *e, PyObject *o)
{
    unsigned long flags = py.Type_GetFlags(o->type);
    if (flags & SPK_UNICODE_SUBCLASS) {
        return spk_encode_str(e, o);
    }
    if (flags & SPK_DICT_SUBCLASS) {
        return dict(e, o);
    }
    if (flags & SPK_LIST_SUBCLASS) {
        return sequence(e, o, py.List_Size, py.List_GetItem);
    }
    if (flags & SPK_TUPLE_SUBCLASS) {
        return sequence(e, o, py.Tuple_Size, py.Tuple_GetItem);
    }
    if (flags & SPK_LONG_SUBCLASS) {
        return spk_encode_int(e, o);
    }
    const spk_shape *shape = spk_shape_of(e->app, o->type);
    if (shape == NULL) {
        return -1;
    }
    if (shape->names != NULL) {
        return shaped(e, o, shape);
    }
    PyObject *simpler = py.Object_VectorcallDict(e->app->encode_default, &o, 1, NULL);
    int failed = simpler == NULL ? -1 : any(e, simpler);
    spk_decref(simpler);
    return failed;
}

static int container(spk_encoder *e, PyObject *o)
{
    if (++e->depth > MAX_DEPTH) {
        py.Err_SetString(py.RecursionError, "value is nested too deeply to be written as JSON");
        e->depth--;
        return -1;
    }
    PyTypeObject *type = o->type;
    int failed;
    if (type == (PyTypeObject *)py.dict_type) {
        failed = dict(e, o);
    } else if (type == (PyTypeObject *)py.list_type) {
        failed = sequence(e, o, py.List_Size, py.List_GetItem);
    } else if (type == (PyTypeObject *)py.tuple_type) {
        failed = sequence(e, o, py.Tuple_Size, py.Tuple_GetItem);
    } else {
        failed = other(e, o);
    }
    e->depth--;
    return failed;
}

static int any(spk_encoder *e, PyObject *o)
{
    PyTypeObject *type = o->type;
    if (type == (PyTypeObject *)py.str_type) {
        return spk_encode_str(e, o);
    }
    if (type == (PyTypeObject *)py.int_type) {
        return spk_encode_int(e, o);
    }
    if (o == py._none) {
        spk_put(e->out, "null", 4);
        return 0;
    }
    if (o == py._true) {
        spk_put(e->out, "true", 4);
        return 0;
    }
    if (o == py._false) {
        spk_put(e->out, "false", 5);
        return 0;
    }
    if (type == (PyTypeObject *)py.float_type) {
        return spk_encode_float(e, o);
    }
    return container(e, o);
}

int spk_encode(spk_app *a, PyObject *o, spk_buffer *out, spk_path *path)
{
    spk_encoder e = {.app = a, .out = out, .path = path};
    path->text[0] = '\0';
    int failed = any(&e, o);
    if (failed) {
        path_prepend(path, "$");
    } else if (out->failed) {
        py.Err_SetString(py.MemoryError, "no memory for the answer");
        failed = -1;
    }
    return failed;
}
