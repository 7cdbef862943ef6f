//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Instances of classes, and values that a callable in Python makes.
#include "decode.h"

#include <stdlib.h>

enum { FEW = 16 };

void spk_classes_free(spk_app *a)
{
    free(a->classes);
    a->classes = NULL;
    a->nclasses = 0;
}

// row is (builder, constructor | None, names, mapping); the list of them
// belongs to the runtime's App.
int spk_classes_read(spk_app *a, PyObject *rows)
{
    Py_ssize_t n = py.List_Size(rows);
    if (n < 0 || (a->classes = calloc((size_t)n + 1, sizeof *a->classes)) == NULL) {
        return -1;
    }
    a->nclasses = (size_t)n;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *row = py.List_GetItem(rows, i), *last = py.Tuple_GetItem(row, 3);
        if (last == NULL) {
            return -1;
        }
        PyObject *constructor = py.Tuple_GetItem(row, 1);
        a->classes[i] = (spk_class){
            .builder = py.Tuple_GetItem(row, 0),
            .constructor = constructor == py._none ? NULL : constructor,
            .names = py.Tuple_GetItem(row, 2),
            .mapping = last == py._true,
        };
    }
    return 0;
}

// The fields of one instance, in the manifest's order.
typedef struct {
    PyObject *few[FEW + 1], **items; // items has one more in front, for the call
    uint32_t n, size;                // read, and all
    uint32_t given;                  // those before the first that is absent
    bool holes;                      // one that is there comes after one that is absent
} fields;

static void fields_free(fields *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        spk_decref(f->items[i]);
    }
    if (f->items != f->few + 1) {
        free(f->items - 1);
    }
}

static bool fields_read(spk_cursor *c, fields *f, const spk_class *class)
{
    f->items = f->few + 1;
    if (f->size > FEW) {
        PyObject **memory = malloc(sizeof *memory * ((size_t)f->size + 1));
        if (memory == NULL) {
            py.Err_SetString(py.MemoryError, "no memory for an object's fields");
            return false;
        }
        f->items = memory + 1;
    }
    for (; f->n < f->size; f->n++) {
        PyObject *item = f->items[f->n] = spk_value(c);
        if (item == NULL) {
            if (spk_refused(c) && f->n < (size_t)spk_tuple_size(class->names)) {
                spk_refuse_step(c, spk_tuple_items(class->names)[f->n]);
            }
            return false;
        }
        if (item == c->app->missing) {
            continue;
        }
        f->holes = f->holes || f->given != f->n;
        f->given += f->given == f->n;
    }
    return true;
}

// A TypedDict is a dict of what was given.
static PyObject *mapping(spk_cursor *c, const spk_class *class, const fields *f)
{
    PyObject *out = py.Dict_New();
    for (uint32_t i = 0; out != NULL && i < f->n; i++) {
        if (f->items[i] != c->app->missing &&
            py.Dict_SetItem(out, spk_tuple_items(class->names)[i], f->items[i]) < 0) {
            spk_decref(out);
            return NULL;
        }
    }
    return out;
}

static PyObject *call(PyObject *target, const fields *f, uint32_t n)
{
    return py.Object_VectorcallDict(target, f->items, n | SPK_VECTORCALL_OFFSET, NULL);
}

static PyObject *build(spk_cursor *c, const spk_class *class, const fields *f)
{
    if ((size_t)spk_tuple_size(class->names) == f->n) {
        if (class->mapping) {
            return mapping(c, class, f);
        }
        if (class->constructor != NULL && !f->holes) {
            return call(class->constructor, f, f->given);
        }
    }
    return call(class->builder, f, f->n);
}

// The refused value is the tuple of the fields.
static void refuse(spk_cursor *c, const fields *f, uint32_t index)
{
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    PyObject *raw = py.Tuple_New(f->n);
    for (uint32_t i = 0; raw != NULL && i < f->n; i++) {
        (void)py.Tuple_SetItem(raw, i, spk_newref(f->items[i]));
    }
    py.Err_Restore(type, exc, traceback); // and drops one of too little memory
    spk_refuse_begin(c, raw, (int)index);
    spk_decref(raw);
}

PyObject *spk_instance(spk_cursor *c)
{
    uint32_t index;
    fields f = {0};
    if (!spk_take_u32(c, &index) || !spk_take_count(c, &f.size)) {
        return NULL;
    }
    if (index >= c->app->nclasses) {
        return py.Err_Format(py.SystemError, "wire: there is no class %d", (int)index);
    }
    const spk_class *class = &c->app->classes[index];
    PyObject *out = NULL;
    if (fields_read(c, &f, class)) {
        out = build(c, class, &f);
        if (out == NULL && c->refusal != NULL) {
            refuse(c, &f, index);
        }
    }
    fields_free(&f);
    return out;
}

// The pairs that a dict whose keys are no str is made of: it is made at once,
// and a step into it is a key.
static bool pair(spk_cursor *c, PyObject *out)
{
    uint32_t n = 0;
    const uint8_t *op = spk_take(c, 1);
    if (op == NULL || *op != OP_TUPLE || !spk_take_u32(c, &n) || n != 2) {
        if (op != NULL) {
            py.Err_SetString(py.SystemError, "wire: a dict's members must be pairs");
        }
        return false;
    }
    PyObject *key = spk_value(c), *item = NULL;
    if (key != NULL && (item = spk_value(c)) == NULL) {
        spk_refuse_step(c, key);
    }
    bool ok = item != NULL && py.Dict_SetItem(out, key, item) == 0;
    spk_decref(key);
    spk_decref(item);
    return ok;
}

static PyObject *pairs(spk_cursor *c)
{
    uint32_t n;
    c->at++; // OP_LIST
    PyObject *out = spk_take_count(c, &n) ? py.Dict_New() : NULL;
    for (uint32_t i = 0; out != NULL && i < n; i++) {
        if (!pair(c, out)) {
            spk_decref(out);
            return NULL;
        }
    }
    return out;
}

PyObject *spk_converted(spk_cursor *c)
{
    uint32_t index;
    if (!spk_take_u32(c, &index)) {
        return NULL;
    }
    PyObject *converter = py.List_GetItem(c->app->converters, index);
    if (converter == py.dict_type && c->at < c->end && *c->at == OP_LIST) {
        return pairs(c);
    }
    PyObject *raw = converter == NULL ? NULL : spk_value(c);
    if (raw == NULL) {
        return NULL;
    }
    PyObject *out = py.Object_VectorcallDict(converter, &raw, 1, NULL);
    if (out == NULL) {
        spk_refuse_begin(c, raw, -1);
    }
    spk_decref(raw);
    return out;
}
