//go:build cgo && (linux || darwin) && (amd64 || arm64)

// JSON numbers.
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
