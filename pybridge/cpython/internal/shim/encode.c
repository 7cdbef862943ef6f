//go:build cgo && (linux || darwin) && (amd64 || arm64)

// From Python objects to JSON text (RFC 8259), as json.dumps would write them
// but compact and in UTF-8.
#include "encode.h"

#include <stdio.h>

enum { MAX_DEPTH = 1000 }; // json.dumps ends at the recursion limit, 1000 by default

static int any(spk_encoder *e, PyObject *o);

// Where to end a UTF-8 text of which at most n bytes are wanted, so that no
// character is cut.
static size_t whole_characters(const char *text, size_t n)
{
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) {
        n--;
    }
    return n;
}

// Puts one more step before the path that is there. What is too long for the
// message is cut at its end.
static void path_prepend(spk_path *path, const char *step, size_t n)
{
    size_t rest = strlen(path->text), room = sizeof path->text - 1 - n;
    if (rest > room) {
        rest = whole_characters(path->text, room);
    }
    memmove(path->text + n, path->text, rest);
    memcpy(path->text, step, n);
    path->text[n + rest] = '\0';
}

static void path_index(spk_path *path, Py_ssize_t i)
{
    char step[32];
    path_prepend(path, step, (size_t)snprintf(step, sizeof step, "[%zd]", i));
}

// The exception that is set is put aside: the name may have no UTF-8 form.
static void path_name(spk_path *path, PyObject *name)
{
    char step[81] = ".";
    Py_ssize_t n = 0;
    const char *text = NULL;
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    if (py.Type_GetFlags(name->type) & SPK_UNICODE_SUBCLASS) {
        text = py.Unicode_AsUTF8AndSize(name, &n);
    }
    py.Err_Restore(type, exc, traceback); // and drops the one of a name without UTF-8
    if (text == NULL) {
        text = "?";
        n = 1;
    }
    size_t size = (size_t)n < sizeof step ? (size_t)n : whole_characters(text, sizeof step - 1);
    memcpy(step + 1, text, size);
    path_prepend(path, step, size + 1);
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

static int member(spk_encoder *e, PyObject *name, PyObject *item)
{
    int failed = key(e, name);
    if (!failed) {
        spk_put_char(e->out, ':');
        failed = any(e, item);
    }
    if (failed) {
        path_name(e->path, name);
    }
    return failed;
}

static int dict(spk_encoder *e, PyObject *o)
{
    Py_ssize_t at = 0, size = py.Dict_Size(o);
    PyObject *name, *item;
    char before = '{';
    while (py.Dict_Next(o, &at, &name, &item)) {
        spk_put_char(e->out, before);
        before = ',';
        spk_incref(name);
        spk_incref(item);
        int failed = member(e, name, item);
        spk_decref(name);
        spk_decref(item);
        if (!failed && py.Dict_Size(o) != size) {
            py.Err_SetString(py.RuntimeError, "dict changed while it was written as JSON");
            failed = -1;
        }
        if (failed) {
            return -1;
        }
    }
    if (before == '{') {
        spk_put_char(e->out, '{'); // it is empty
    }
    spk_put_char(e->out, '}');
    return 0;
}

// A subclass of dict has an order or items of its own: it is asked for them,
// as json.dumps does.
static int mapping(spk_encoder *e, PyObject *o)
{
    PyObject *items = py.Mapping_Items(o);
    if (items == NULL) {
        return -1;
    }
    int failed = 0;
    spk_put_char(e->out, '{');
    for (Py_ssize_t i = 0; !failed && i < py.List_Size(items); i++) {
        if (i > 0) {
            spk_put_char(e->out, ',');
        }
        PyObject *pair = py.List_GetItem(items, i);
        PyObject *name = pair == NULL ? NULL : py.Tuple_GetItem(pair, 0);
        PyObject *item = name == NULL ? NULL : py.Tuple_GetItem(pair, 1);
        failed = item == NULL ? -1 : member(e, name, item);
    }
    spk_put_char(e->out, '}');
    spk_decref(items);
    return failed;
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
        return mapping(e, o);
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
    if (py.Type_IsSubtype(o->type, (PyTypeObject *)py.float_type)) {
        return spk_encode_float(e, o);
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
        path_prepend(path, "$", 1);
    } else if (out->failed) {
        py.Err_SetString(py.MemoryError, "no memory for the answer");
        failed = -1;
    }
    return failed;
}
