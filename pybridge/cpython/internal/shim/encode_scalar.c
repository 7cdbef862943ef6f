//go:build cgo && (linux || darwin) && (amd64 || arm64)

// JSON numbers, and what needs nobody to hold it while it is written.
#include "encode.h"

#include "digits.h"

#include <math.h>

static void put_int(spk_buffer *out, int64_t v)
{
    if (!spk_reserve(out, 32)) { // a sign, 19 digits, and what is written too much
        return;                  // spk_encode reports it
    }
    char *to = out->data + out->len;
    *to = '-';
    to += v < 0;
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    int n = spk_count_digits(magnitude);
    spk_put_digits(to, magnitude, n);
    out->len = (size_t)(to + n - out->data);
}

int spk_encode_int(spk_encoder *e, PyObject *o)
{
    int overflow;
    long long v = py.Long_AsLongLongAndOverflow(o, &overflow);
    if (overflow == 0) {
        if (v == -1 && py.Err_Occurred()) {
            return -1;
        }
        put_int(e->out, v);
        return 0;
    }
    // Not str(): a subclass, as an IntEnum, may have its own.
    PyObject *text = py.Number_ToBase(o, 10);
    if (text == NULL) {
        return -1; // over CPython's limit of 4,300 digits
    }
    Py_ssize_t n;
    const char *data = py.Unicode_AsUTF8AndSize(text, &n);
    if (data != NULL) {
        spk_put(e->out, data, (size_t)n);
    }
    spk_decref(text);
    return data == NULL ? -1 : 0;
}

int spk_encode_float(spk_encoder *e, PyObject *o)
{
    double v = spk_float_value(o);
    if (!isfinite(v)) {
        py.Err_SetString(py.ValueError, "NaN and Infinity have no JSON form");
        return -1;
    }
    spk_put_float(e->out, v);
    return 0;
}

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

bool spk_encode_scalar(spk_encoder *e, char before, PyObject *o, int *failed)
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
