//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Instances that stand for Go values: see _runtime_proxy.py.
#include "internal.h"

typedef PyObject *(*newfunc)(PyTypeObject *, PyObject *, PyObject *);

enum { TYPE_NEW = 65 }; // Py_tp_new, in the stable ABI

static newfunc object_new;
static PyObject *no_arguments, *ticket_slot, *number_slot;

int spk_proxy_init(void)
{
    object_new = (newfunc)py.Type_GetSlot((PyTypeObject *)py.object_type, TYPE_NEW);
    no_arguments = py.Tuple_New(0);
    ticket_slot = py.Unicode_InternFromString("_spikard_ticket");
    number_slot = py.Unicode_InternFromString("_spikard_number");
    bool made = object_new != NULL && no_arguments != NULL && ticket_slot != NULL;
    return made && number_slot != NULL ? 0 : -1;
}

// Past a __setattr__ of the class' own.
static int set(PyObject *o, PyObject *name, uint64_t number)
{
    PyObject *value = py.Long_FromLongLong((long long)number);
    int failed = value == NULL ? -1 : py.Object_GenericSetAttr(o, name, value);
    spk_decref(value);
    return failed;
}

PyObject *spk_proxy_new(PyObject *class, uint64_t ticket, uint32_t number)
{
    PyObject *o = object_new((PyTypeObject *)class, no_arguments, NULL);
    if (o != NULL && (set(o, ticket_slot, ticket) < 0 || set(o, number_slot, number) < 0)) {
        spk_decref(o);
        return NULL;
    }
    return o;
}

static int get(PyObject *o, PyObject *name, uint64_t *out)
{
    PyObject *value = py.Object_GenericGetAttr(o, name);
    *out = value == NULL ? 0 : (uint64_t)py.Long_AsLongLong(value);
    spk_decref(value);
    return py.Err_Occurred() ? -1 : 0;
}

int spk_proxy_read(PyObject *o, uint64_t *ticket, uint64_t *number)
{
    return get(o, ticket_slot, ticket) < 0 || get(o, number_slot, number) < 0 ? -1 : 0;
}
