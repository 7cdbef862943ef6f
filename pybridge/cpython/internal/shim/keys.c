//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The keys of dicts: the same few come again and again, and a str that is kept
// has its hash already. The table has one place for a key and holds what came
// last, so whatever a client sends it stays as large as it is.
#include "decode.h"

#include <stdlib.h>

enum { MAX_KEY = 64, KEYS = 2048 }; // KEYS is a power of two

struct spk_keys {
    PyObject *of[KEYS]; // each of 2 to MAX_KEY ASCII characters, or NULL
};

void spk_keys_free(spk_app *a)
{
    for (size_t i = 0; a->keys != NULL && i < KEYS; i++) {
        spk_decref(a->keys->of[i]);
    }
    free(a->keys);
    a->keys = NULL;
}

static inline uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

// n is at least two. The last bytes are read together with some of those
// before, so that no copy has a length that varies.
static size_t place_of(const char *p, size_t n)
{
    uint64_t h = n;
    const char *end = p + n;
    for (; end - p > 8; p += 8) {
        h = mix(h, load(p, 8));
    }
    if (n >= 8) {
        h = mix(h, load(end - 8, 8));
    } else if (n >= 4) {
        h = mix(h, load(p, 4) << 32 | load(end - 4, 4));
    } else {
        h = mix(h, load(p, 2) << 16 | load(end - 2, 2));
    }
    return (size_t)(h >> 32) & (KEYS - 1);
}

// As memcmp, which costs a call. n is at least two.
static bool equal(const char *p, const char *q, size_t n)
{
    if (n >= 8) {
        size_t i = 0;
        while (n - i > 8 && load(p + i, 8) == load(q + i, 8)) {
            i += 8;
        }
        return n - i <= 8 && load(p + n - 8, 8) == load(q + n - 8, 8);
    }
    if (n >= 4) {
        return load(p, 4) == load(q, 4) && load(p + n - 4, 4) == load(q + n - 4, 4);
    }
    return load(p, 2) == load(q, 2) && load(p + n - 2, 2) == load(q + n - 2, 2);
}

static bool same(PyObject *key, const char *data, size_t n)
{
    return key != NULL && (size_t)spk_ascii_length(key) == n && equal(spk_ascii_data(key), data, n);
}

PyObject *spk_key(spk_cursor *c)
{
    const uint8_t *start = c->at;
    const char *data;
    uint32_t n;
    if (!spk_take_run(c, &data, &n)) {
        return NULL;
    }
    spk_app *a = c->app;
    if (n < 2 || n > MAX_KEY ||
        (a->keys == NULL && (a->keys = calloc(1, sizeof *a->keys)) == NULL)) {
        c->at = start;
        return spk_ascii(c);
    }
    PyObject **place = &a->keys->of[place_of(data, n)];
    if (same(*place, data, n)) {
        return spk_newref(*place);
    }
    c->at = start;
    PyObject *key = spk_ascii(c);
    if (key != NULL) {
        PyObject *old = *place;
        *place = spk_newref(key);
        spk_decref(old);
    }
    return key;
}
