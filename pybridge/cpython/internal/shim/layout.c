//go:build cgo && (linux || darwin) && (amd64 || arm64)

#include "layout.h"

#include <string.h>

struct spk_layout spk_layout;

static uint32_t count_of(const PyObject *o) { return (uint32_t)o->refcount; }

// Our own counting must be the interpreter's: an immortal object's stays.
static bool counts_fit(PyObject *o)
{
    uint32_t first = count_of(o);
    py._IncRef(o);
    uint32_t second = count_of(o);
    spk_decref(o);
    bool fits = count_of(o) == first;
    spk_incref(o);
    fits = fits && count_of(o) == second;
    py._DecRef(o);
    return fits && count_of(o) == first;
}

static bool head_fits(PyObject *o)
{
    PyObject *type = py.Object_Type(o);
    bool fits = type != NULL && (PyObject *)o->type == type;
    py._DecRef(type);
    return fits;
}

static bool list_fits(PyObject *a, PyObject *b)
{
    PyObject *o = py.List_New(2);
    if (o == NULL) {
        return false;
    }
    py._IncRef(a);
    py._IncRef(b);
    (void)py.List_SetItem(o, 0, a);
    (void)py.List_SetItem(o, 1, b);
    bool fits = head_fits(o) && count_of(o) == 1 && counts_fit(o) && spk_list_size(o) == 2 &&
                spk_list_items(o)[0] == a && spk_list_items(o)[1] == b;
    py._DecRef(o);
    return fits;
}

static bool tuple_fits(PyObject *a, PyObject *b)
{
    PyObject *o = py.Tuple_New(2);
    if (o == NULL) {
        return false;
    }
    py._IncRef(a);
    py._IncRef(b);
    (void)py.Tuple_SetItem(o, 0, a);
    (void)py.Tuple_SetItem(o, 1, b);
    bool fits = false;
    size_t first = sizeof(PyObject) + sizeof(Py_ssize_t); // of the head and the size
    for (size_t at = first; !fits && at <= first + sizeof(Py_hash_t); at += sizeof(Py_hash_t)) {
        spk_layout.tuple_items = at;
        fits = spk_tuple_size(o) == 2 && spk_tuple_items(o)[0] == a && spk_tuple_items(o)[1] == b;
    }
    py._DecRef(o);
    return fits;
}

static uint32_t state_of(PyObject *o) { return ((spk_str *)o)->state; }

// Finds the flag of ASCII, with the flag before it, which says that the
// characters follow the head. The bits above them may be anything, since
// CPython leaves them as they are in fresh memory; those below are set.
static bool flags_fit(PyObject *ascii, PyObject *latin, PyObject *wide)
{
    for (int bit = 1; bit < 32; bit++) {
        uint32_t flag = (uint32_t)1 << bit, both = flag | flag >> 1;
        if ((state_of(ascii) & both) == both && (state_of(latin) & both) == flag >> 1 &&
            (state_of(wide) & both) == flag >> 1) {
            spk_layout.ascii_flags = both;
            return true;
        }
    }
    return false;
}

static bool str_fits(void)
{
    static const char text[] = "some text", latin_text[] = "\xc3\xa9\xc3\xa9",
                      wide_text[] = "\xe2\x82\xac";
    Py_ssize_t n = sizeof text - 1, size = 0;
    PyObject *o = py.Unicode_New(n, 127), *same = py.Unicode_FromStringAndSize(text, n);
    PyObject *latin = py.Unicode_FromStringAndSize(latin_text, sizeof latin_text - 1);
    PyObject *wide = py.Unicode_FromStringAndSize(wide_text, sizeof wide_text - 1);
    bool fits = false;
    if (o != NULL && same != NULL && latin != NULL && wide != NULL) {
        const char *data = py.Unicode_AsUTF8AndSize(o, &size);
        spk_layout.ascii = (size_t)(data - (const char *)o);
        fits = data != NULL && size == n && spk_ascii_length(o) == n && spk_layout.ascii <= 64;
    }
    if (fits) {
        memcpy(spk_ascii_data(o), text, (size_t)n);
        fits = py.Object_RichCompareBool(o, same, SPK_EQ) == 1 && flags_fit(o, latin, wide) &&
               spk_is_compact_ascii(same);
    }
    py._DecRef(o);
    py._DecRef(same);
    py._DecRef(latin);
    py._DecRef(wide);
    return fits;
}

static bool dict_fits(PyObject *a, PyObject *b)
{
    PyObject *o = py.Dict_New();
    bool fits = o != NULL && spk_dict_size(o) == 0 && py.Dict_SetItem(o, a, a) == 0 &&
                py.Dict_SetItem(o, b, b) == 0 && spk_dict_size(o) == 2;
    py._DecRef(o);
    return fits;
}

static bool float_fits(void)
{
    PyObject *o = py.Float_FromDouble(1.5e300);
    bool fits = o != NULL && spk_float_value(o) == 1.5e300;
    py._DecRef(o);
    return fits;
}

bool spk_layout_check(void)
{
    return head_fits(py._none) && counts_fit(py._none) && list_fits(py._none, py._true) &&
           tuple_fits(py._none, py._true) && dict_fits(py._none, py._true) && str_fits() &&
           float_fits();
}
