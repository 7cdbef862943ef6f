// The few fields of Python's objects that are read or set without a call: a
// call through the table of pointers costs more than what it does. They lie in
// the same place in every CPython from 3.10 to 3.14, or their place is found at
// the start; spk_layout_check tries each of them on the running one.
#ifndef SPK_LAYOUT_H
#define SPK_LAYOUT_H

#include "pyapi.h"

// What differs between versions. Filled by spk_layout_check, read only after.
struct spk_layout {
    uint32_t ascii_flags; // set in the state of a str whose characters follow it, all ASCII
    size_t ascii;         // from a str to its characters, if it is all ASCII
    size_t tuple_items;   // from a tuple to its items: 3.14 has a hash before them
};

extern struct spk_layout spk_layout;

// Whether the running interpreter's objects are as the functions below take
// them to be. It needs the GIL.
bool spk_layout_check(void);

// The head of a list. items has room for at least size of them.
typedef struct {
    PyObject head;
    Py_ssize_t size;
    PyObject **items;
} spk_list;

typedef struct {
    PyObject head;
    double value;
} spk_float;

typedef struct {
    PyObject head;
    Py_ssize_t length;
    Py_hash_t hash;
    uint32_t state;
} spk_str;

static inline PyObject **spk_list_items(PyObject *o) { return ((spk_list *)o)->items; }
static inline Py_ssize_t spk_list_size(PyObject *o) { return ((spk_list *)o)->size; }

// The sizes of these lie where a list's does.
static inline Py_ssize_t spk_tuple_size(PyObject *o) { return ((spk_list *)o)->size; }
static inline Py_ssize_t spk_dict_size(PyObject *o) { return ((spk_list *)o)->size; }

static inline PyObject **spk_tuple_items(PyObject *o)
{
    return (PyObject **)((char *)o + spk_layout.tuple_items);
}

static inline double spk_float_value(PyObject *o) { return ((spk_float *)o)->value; }

// The characters of a str that is all ASCII. They may be set in one that
// Unicode_New has made for more than one and that nobody else has seen yet.
static inline char *spk_ascii_data(PyObject *o) { return (char *)o + spk_layout.ascii; }

// For an object whose type is str itself.
static inline bool spk_is_compact_ascii(PyObject *o)
{
    uint32_t state = ((spk_str *)o)->state;
    return (state & spk_layout.ascii_flags) == spk_layout.ascii_flags;
}

static inline bool spk_is_ascii(PyObject *o)
{
    return o->type == (PyTypeObject *)py.str_type && spk_is_compact_ascii(o);
}

// A str's length lies where a list's size does.
static inline Py_ssize_t spk_ascii_length(PyObject *o) { return ((spk_list *)o)->size; }

// The low half of the count is all of it: the high half is unused before 3.12,
// and flags after. From 3.12 on an immortal object has the low half's top bit
// set; before, no count gets that far but in a program that leaks, and the
// calls see to both.
static inline void spk_incref(PyObject *o)
{
    if ((int32_t)o->refcount >= 0) {
        o->refcount++;
    } else {
        py._IncRef(o);
    }
}

// NULL is allowed. The last reference is CPython's to drop.
static inline void spk_decref(PyObject *o)
{
    if (o != NULL && (int32_t)o->refcount > 1) {
        o->refcount--;
    } else {
        py._DecRef(o);
    }
}

#endif
