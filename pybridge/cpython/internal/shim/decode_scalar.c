//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Numbers and strings from their wire form.
#include "decode.h"

PyObject *spk_integer(spk_cursor *c)
{
    int64_t v;
    const uint8_t *p = spk_take(c, sizeof v);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&v, p, sizeof v);
    return py.Long_FromLongLong(v);
}

PyObject *spk_floating(spk_cursor *c)
{
    double v;
    const uint8_t *p = spk_take(c, sizeof v);
    if (p == NULL) {
        return NULL;
    }
    memcpy(&v, p, sizeof v);
    return py.Float_FromDouble(v);
}

// PyLong_FromString wants a terminated string, which the wire has not.
PyObject *spk_big_integer(spk_cursor *c)
{
    PyObject *text = spk_text(c);
    if (text == NULL) {
        return NULL;
    }
    PyObject *number = py.Object_VectorcallDict(py.int_type, &text, 1, NULL);
    spk_decref(text);
    return number;
}

// Go has seen that it is ASCII. Texts of less than two characters are CPython's
// own, one for each.
PyObject *spk_ascii(spk_cursor *c)
{
    const char *data;
    uint32_t n;
    if (!spk_take_run(c, &data, &n)) {
        return NULL;
    }
    if (n < 2) {
        return py.Unicode_FromStringAndSize(data, n);
    }
    PyObject *out = py.Unicode_New(n, 127);
    if (out != NULL) {
        memcpy(spk_ascii_data(out), data, n);
    }
    return out;
}

PyObject *spk_bytes(spk_cursor *c)
{
    const char *data;
    uint32_t n;
    return spk_take_run(c, &data, &n) ? py.Bytes_FromStringAndSize(data, n) : NULL;
}
