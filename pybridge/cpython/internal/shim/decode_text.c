//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Texts that are not all ASCII. CPython's decoder grows its str as it finds
// wider characters; here the characters below U+10000, which nearly all texts
// are made of, are put into units of 16 bits, from which CPython makes a str in
// one go. Any other text, and bytes that are no UTF-8, are left to it.
#include "decode.h"

#include <stdlib.h>

enum { FEW = 512 };

static bool follows(uint8_t c) { return (c & 0xC0) == 0x80; }

// Reads a character of two or three bytes; gives how many, 0 for any other.
static size_t wide(const uint8_t *p, size_t n, uint16_t *to)
{
    if (n >= 2 && p[0] >= 0xC2 && p[0] < 0xE0 && follows(p[1])) {
        *to = (uint16_t)((p[0] & 0x1F) << 6 | (p[1] & 0x3F));
        return 2;
    }
    if (n < 3 || (p[0] & 0xF0) != 0xE0 || !follows(p[1]) || !follows(p[2])) {
        return 0;
    }
    *to = (uint16_t)((p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F));
    bool surrogate = (*to & 0xF800) == 0xD800;
    return *to < 0x800 || surrogate ? 0 : 3;
}

// to has room for n. Gives the number of characters, or -1.
static Py_ssize_t widen(const uint8_t *p, size_t n, uint16_t *to)
{
    const uint8_t *end = p + n;
    uint16_t *start = to;
    while (p < end) {
        if (*p < 0x80) {
            *to++ = *p++;
            continue;
        }
        size_t size = wide(p, (size_t)(end - p), to);
        if (size == 0) {
            return -1;
        }
        p += size;
        to++;
    }
    return to - start;
}

static PyObject *decode(const char *data, size_t n, uint16_t *units)
{
    enum { KIND = 2 }; // PyUnicode_2BYTE_KIND
    Py_ssize_t size = widen((const uint8_t *)data, n, units);
    if (size < 0) {
        return py.Unicode_FromStringAndSize(data, (Py_ssize_t)n);
    }
    return py.Unicode_FromKindAndData(KIND, units, size);
}

PyObject *spk_text(spk_cursor *c)
{
    const char *data;
    uint32_t n;
    if (!spk_take_run(c, &data, &n)) {
        return NULL;
    }
    uint16_t few[FEW], *units = few;
    if (n > FEW && (units = malloc(sizeof *units * n)) == NULL) {
        return py.Unicode_FromStringAndSize(data, n);
    }
    PyObject *out = decode(data, n, units);
    if (units != few) {
        free(units);
    }
    return out;
}
