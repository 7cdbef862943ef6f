//go:build cgo && (linux || darwin) && (amd64 || arm64)

// JSON strings and numbers.
#include "encode.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static const char hex[] = "0123456789abcdef";

// 0: the byte is written as it is; 'u': as \u00XX; else as \ and that letter.
static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', [0x08] = 'b', [0x09] = 't', [0x0a] = 'n', [0x0c] = 'f',
    [0x0d] = 'r', [0x00] = 'u',  [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u',
    [0x05] = 'u', [0x06] = 'u',  [0x07] = 'u', [0x0b] = 'u', [0x0e] = 'u', [0x0f] = 'u',
    [0x10] = 'u', [0x11] = 'u',  [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',
    [0x16] = 'u', [0x17] = 'u',  [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u',
    [0x1c] = 'u', [0x1d] = 'u',  [0x1e] = 'u', [0x1f] = 'u',
};

static void escape(spk_buffer *out, unsigned char c)
{
    char text[6] = {'\\', escapes[c], '0', '0', hex[c >> 4], hex[c & 15]};
    spk_put(out, text, escapes[c] == 'u' ? 6 : 2);
}

int spk_encode_str(spk_encoder *e, PyObject *o)
{
    Py_ssize_t n;
    const char *text = py.Unicode_AsUTF8AndSize(o, &n);
    if (text == NULL) {
        return -1; // a lone surrogate has no UTF-8 form
    }
    spk_buffer *out = e->out;
    if (!spk_reserve(out, (size_t)n + 2)) {
        return 0; // spk_encode reports it
    }
    out->data[out->len++] = '"';
    Py_ssize_t from = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (escapes[(unsigned char)text[i]] != 0) {
            spk_put(out, text + from, (size_t)(i - from));
            escape(out, (unsigned char)text[i]);
            from = i + 1;
        }
    }
    spk_put(out, text + from, (size_t)(n - from));
    spk_put_char(out, '"');
    return 0;
}

// Digits of v, written backwards before end; gives where they start.
static char *digits(uint64_t v, char *end)
{
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return end;
}

static void put_int(spk_buffer *out, int64_t v)
{
    char text[24], *end = text + sizeof text;
    char *start = digits(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, end);
    if (v < 0) {
        *--start = '-';
    }
    spk_put(out, start, (size_t)(end - start));
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

// Writes v if it has a decimal form of at most 15 digits with at most 4 of
// them after the point, as prices and measures have. Any decimal of up to
// DBL_DIG (15) digits survives the way to binary and back, so the shortest
// form that divides to v is the one that repr would give, without the
// hundreds of nanoseconds that repr takes.
static bool put_short_float(spk_buffer *out, double v)
{
    static const double scales[] = {1, 10, 100, 1000, 10000};
    double magnitude = fabs(v);
    if (magnitude >= 1e11 || (v == 0 && signbit(v)) || (magnitude != 0 && magnitude < 1e-3)) {
        return false;
    }
    for (int places = 0; places < 5; places++) {
        double scaled = (double)(int64_t)(magnitude * scales[places] + 0.5);
        if (scaled / scales[places] != magnitude) {
            continue;
        }
        char text[32], *end = text + sizeof text;
        uint64_t whole = (uint64_t)scaled / (uint64_t)scales[places];
        uint64_t rest = (uint64_t)scaled % (uint64_t)scales[places];
        char *start = digits(rest, end);
        while (end - start < (places == 0 ? 1 : places)) {
            *--start = '0';
        }
        *--start = '.';
        start = digits(whole, start);
        if (v < 0) {
            *--start = '-';
        }
        spk_put(out, start, (size_t)(end - start));
        return true;
    }
    return false;
}

int spk_encode_float(spk_encoder *e, PyObject *o)
{
    double v = py.Float_AsDouble(o);
    if (!isfinite(v)) {
        py.Err_SetString(py.ValueError, "NaN and Infinity have no JSON form");
        return -1;
    }
    if (put_short_float(e->out, v)) {
        return 0;
    }
    enum { ADD_DOT_0 = 2 }; // Py_DTSF_ADD_DOT_0
    char *text = py.OS_double_to_string(v, 'r', 0, ADD_DOT_0, NULL);
    if (text == NULL) {
        return -1;
    }
    spk_put(e->out, text, strlen(text));
    py.Mem_Free(text);
    return 0;
}
