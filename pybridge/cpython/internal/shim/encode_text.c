//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Values whose JSON form is a text of their own: bytes, UUIDs, dates and times.
#include "encode.h"

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Three bytes as four characters (RFC 4648), of which n + 1 are given.
static void quad(char *to, const unsigned char *p, size_t n)
{
    uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
    to[0] = base64[v >> 18];
    to[1] = base64[v >> 12 & 63];
    to[2] = n > 1 ? base64[v >> 6 & 63] : '=';
    to[3] = n > 2 ? base64[v & 63] : '=';
}

int spk_encode_bytes(spk_encoder *e, PyObject *o)
{
    char *data;
    Py_ssize_t size;
    if (py.Bytes_AsStringAndSize(o, &data, &size) < 0) {
        return -1;
    }
    size_t n = (size_t)size;
    if (!spk_reserve(e->out, (n + 2) / 3 * 4 + 2)) {
        return 0; // spk_encode reports it
    }
    char *to = e->out->data + e->out->len;
    *to++ = '"';
    for (size_t i = 0; i < n; i += 3, to += 4) {
        quad(to, (const unsigned char *)data + i, n - i);
    }
    *to++ = '"';
    e->out->len = (size_t)(to - e->out->data);
    return 0;
}

// The number in hex digits, without CPython's "0x".
static void put_uuid(spk_buffer *out, const char *hex, size_t n)
{
    char text[38] = {'"'}, *to = text + 1;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            *to++ = '-';
        }
        *to++ = i < 32 - n ? '0' : hex[i - (32 - n)];
    }
    *to = '"';
    spk_put(out, text, sizeof text);
}

// str() of a UUID is Python code; its number in base 16 takes a third of that.
int spk_encode_uuid(spk_encoder *e, PyObject *o, PyObject *attribute)
{
    PyObject *number = py.Object_GetAttr(o, attribute);
    PyObject *hex = number == NULL ? NULL : py.Number_ToBase(number, 16);
    Py_ssize_t n = 0;
    const char *text = hex == NULL ? NULL : py.Unicode_AsUTF8AndSize(hex, &n);
    int failed = 0;
    if (text == NULL) {
        failed = -1;
    } else if (n < 3 || n > 34 || text[0] == '-') {
        py.Err_SetString(py.ValueError, "a UUID's number is not one of 128 bits");
        failed = -1;
    } else {
        put_uuid(e->out, text + 2, (size_t)n - 2);
    }
    spk_decref(hex);
    spk_decref(number);
    return failed;
}

// RFC 3339's short form of UTC.
static size_t shorten(char *text, size_t n)
{
    static const char utc[] = "+00:00";
    size_t rest = sizeof utc - 1;
    if (n <= rest || memcmp(text + n - rest, utc, rest) != 0) {
        return n;
    }
    text[n - rest] = 'Z';
    return n - rest + 1;
}

int spk_encode_iso(spk_encoder *e, PyObject *o, PyObject *method)
{
    PyObject *iso = py.Object_VectorcallMethod(method, &o, 1, NULL);
    Py_ssize_t n;
    const char *text = iso == NULL ? NULL : py.Unicode_AsUTF8AndSize(iso, &n);
    if (text != NULL) {
        size_t start = e->out->len;
        spk_put_string(e->out, '\0', text, (size_t)n, '\0');
        if (!e->out->failed) { // between the quotes
            char *written = e->out->data + start + 1;
            size_t size = shorten(written, e->out->len - start - 2);
            written[size] = '"';
            e->out->len = start + size + 2;
        }
    }
    spk_decref(iso);
    return text == NULL ? -1 : 0;
}
