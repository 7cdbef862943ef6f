//go:build cgo && (linux || darwin) && (amd64 || arm64)

// From Python objects to JSON text (RFC 8259), as json.dumps would write them
// but compact and in UTF-8.
#include "encode.h"

enum { MAX_DEPTH = 1000 }; // json.dumps ends at the recursion limit, 1000 by default

static int put_word(spk_buffer *out, const char *word, size_t n)
{
    spk_put(out, word, n);
    return 0;
}

static inline void put_before(spk_buffer *out, char before)
{
    if (before != '\0') {
        spk_put_char(out, before);
    }
}

// An object of a type that runs no code while it is written, so that nobody
// need hold it: None, and what is a bool, int, float or str and of no
// subclass. before is written before it, '\0' stands for none. False: it is
// something else, and nothing is written.
static inline bool scalar(spk_encoder *e, char before, PyObject *o, int *failed)
{
    spk_buffer *out = e->out;
    PyTypeObject *type = o->type;
    if (type == (PyTypeObject *)py.str_type) {
        *failed = spk_put_str(out, before, o, '\0');
    } else if (type == (PyTypeObject *)py.int_type) {
        put_before(out, before);
        *failed = spk_encode_int(e, o);
    } else if (type == (PyTypeObject *)py.float_type) {
        put_before(out, before);
        *failed = spk_encode_float(e, o);
    } else if (type == (PyTypeObject *)py.bool_type) {
        put_before(out, before);
        *failed = o == py._true ? put_word(out, "true", 4) : put_word(out, "false", 5);
    } else if (o == py._none) {
        put_before(out, before);
        *failed = put_word(out, "null", 4);
    } else {
        return false;
    }
    return true;
}

static int container(spk_encoder *e, PyObject *o);

// What isn't a scalar is held while it is written: what that calls may take it
// out of where it is.
static int item(spk_encoder *e, PyObject *o, Py_ssize_t i)
{
    int failed = 0;
    char before = i == 0 ? '[' : ',';
    if (!scalar(e, before, o, &failed)) {
        spk_put_char(e->out, before);
        spk_incref(o);
        failed = container(e, o);
        spk_decref(o);
    }
    if (failed) {
        spk_path_index(e->path, i);
    }
    return failed;
}

static int end_items(spk_encoder *e, Py_ssize_t n)
{
    if (n == 0) {
        spk_put_char(e->out, '[');
    }
    spk_put_char(e->out, ']');
    return 0;
}

enum { AHEAD = 8 }; // how far ahead of its turn an item is fetched into the cache

// The size is looked at each time: what is called may change it.
int spk_encode_items(spk_encoder *e, PyObject *list)
{
    Py_ssize_t i = 0;
    for (; i < spk_list_size(list); i++) {
        if (i + AHEAD < spk_list_size(list)) {
            __builtin_prefetch(spk_list_items(list)[i + AHEAD]);
        }
        if (item(e, spk_list_items(list)[i], i) < 0) {
            return -1;
        }
    }
    return end_items(e, i);
}

static int tuple(spk_encoder *e, PyObject *o)
{
    Py_ssize_t i = 0;
    for (; i < spk_tuple_size(o); i++) {
        if (item(e, spk_tuple_items(o)[i], i) < 0) {
            return -1;
        }
    }
    return end_items(e, i);
}

static bool is_str(const PyObject *o)
{
    return o->type == (PyTypeObject *)py.str_type ||
           py.Type_GetFlags(o->type) & SPK_UNICODE_SUBCLASS;
}

// A key that isn't a str is written as json.dumps writes it: numbers, True,
// False and None as their JSON text, and what has a text or one of these for
// its JSON form.
static int odd_key(spk_encoder *e, PyObject *o)
{
    size_t start = e->out->len;
    spk_put_char(e->out, '"');
    size_t at = e->out->len;
    if (spk_encode_any(e, o) < 0) {
        return -1;
    }
    if (e->out->failed || at >= e->out->len) {
        return 0;
    }
    char first = e->out->data[at];
    if (first == '{' || first == '[') {
        py.Err_SetString(py.TypeError, "a dict's keys must be str, int, float, bool or None");
        return -1;
    }
    if (first == '"') { // it is quoted already
        memmove(e->out->data + start, e->out->data + at, e->out->len - at);
        e->out->len--;
    } else {
        spk_put_char(e->out, '"');
    }
    spk_put_char(e->out, ':');
    return 0;
}

static int key(spk_encoder *e, char before, PyObject *name)
{
    if (is_str(name)) {
        return spk_put_str(e->out, before, name, ':');
    }
    spk_put_char(e->out, before);
    return odd_key(e, name);
}

// The value of a member whose key is written. As in item, both are held if the
// value is no scalar.
static int member_value(spk_encoder *e, PyObject *name, PyObject *value)
{
    int failed = 0;
    if (!scalar(e, '\0', value, &failed)) {
        spk_incref(name);
        spk_incref(value);
        failed = container(e, value);
        if (failed) {
            spk_path_name(e->path, name);
        }
        spk_decref(name);
        spk_decref(value);
    } else if (failed) {
        spk_path_name(e->path, name);
    }
    return failed;
}

// A key that runs code while it is written.
static int odd_member(spk_encoder *e, char before, PyObject *name, PyObject *value)
{
    spk_incref(name);
    spk_incref(value);
    int failed = key(e, before, name);
    if (failed) {
        spk_path_name(e->path, name);
    } else {
        failed = member_value(e, name, value);
    }
    spk_decref(name);
    spk_decref(value);
    return failed;
}

static int member(spk_encoder *e, char before, PyObject *name, PyObject *value)
{
    if (name->type != (PyTypeObject *)py.str_type) {
        return odd_member(e, before, name, value);
    }
    if (spk_put_str(e->out, before, name, ':') < 0) {
        spk_path_name(e->path, name);
        return -1;
    }
    return member_value(e, name, value);
}

static int dict(spk_encoder *e, PyObject *o)
{
    Py_ssize_t at = 0, size = spk_dict_size(o);
    PyObject *name, *value;
    char before = '{';
    while (py.Dict_Next(o, &at, &name, &value)) {
        int failed = member(e, before, name, value);
        before = ',';
        if (!failed && spk_dict_size(o) != size) {
            py.Err_SetString(py.RuntimeError, "dict changed while it was written as JSON");
            failed = -1;
        }
        if (failed) {
            return -1;
        }
    }
    if (before == '{') { // it is empty
        spk_put_char(e->out, '{');
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
    Py_ssize_t i = 0;
    for (; !failed && i < py.List_Size(items); i++) {
        PyObject *pair = py.List_GetItem(items, i);
        PyObject *name = pair == NULL ? NULL : py.Tuple_GetItem(pair, 0);
        PyObject *value = name == NULL ? NULL : py.Tuple_GetItem(pair, 1);
        failed = value == NULL ? -1 : member(e, i == 0 ? '{' : ',', name, value);
    }
    if (i == 0) {
        spk_put_char(e->out, '{');
    }
    spk_put_char(e->out, '}');
    spk_decref(items);
    return failed;
}

// Subclasses of the builtin types are written as these; anything else goes by
// its shape.
static int other(spk_encoder *e, PyObject *o)
{
    unsigned long flags = py.Type_GetFlags(o->type);
    if (flags & SPK_UNICODE_SUBCLASS) {
        return spk_put_str(e->out, '\0', o, '\0');
    }
    if (flags & SPK_DICT_SUBCLASS) {
        return mapping(e, o);
    }
    if (flags & SPK_LIST_SUBCLASS) {
        return spk_encode_items(e, o);
    }
    if (flags & SPK_TUPLE_SUBCLASS) {
        return tuple(e, o);
    }
    if (flags & SPK_LONG_SUBCLASS) {
        return spk_encode_int(e, o);
    }
    if (flags & SPK_BYTES_SUBCLASS) {
        return spk_encode_bytes(e, o);
    }
    if (py.Type_IsSubtype(o->type, (PyTypeObject *)py.float_type)) {
        return spk_encode_float(e, o);
    }
    const spk_shape *shape = spk_shape_of(e->app, o->type);
    return shape == NULL ? -1 : spk_encode_shaped(e, o, shape);
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
        failed = spk_encode_items(e, o);
    } else if (type == (PyTypeObject *)py.tuple_type) {
        failed = tuple(e, o);
    } else {
        failed = other(e, o);
    }
    e->depth--;
    return failed;
}

int spk_encode_any(spk_encoder *e, PyObject *o)
{
    int failed = 0;
    return scalar(e, '\0', o, &failed) ? failed : container(e, o);
}

int spk_encode(spk_app *a, PyObject *o, spk_buffer *out, spk_path *path)
{
    spk_encoder e = {.app = a, .out = out, .path = path};
    path->text[0] = '\0';
    int failed = spk_encode_any(&e, o);
    if (failed) {
        spk_path_root(path);
    } else if (out->failed) {
        py.Err_SetString(py.MemoryError, "no memory for the answer");
        failed = -1;
    }
    return failed;
}
