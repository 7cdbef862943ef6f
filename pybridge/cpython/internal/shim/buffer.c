//go:build cgo && (linux || darwin) && (amd64 || arm64)

#include "buffer.h"

#include <stdlib.h>

bool spk_buffer_grow(spk_buffer *b, size_t n)
{
    size_t cap = b->cap < 256 ? 256 : b->cap * 2;
    if (cap < b->len + n) {
        cap = b->len + n;
    }
    char *data = realloc(b->data, cap);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void spk_buffer_free(spk_buffer *b)
{
    free(b->data);
    *b = (spk_buffer){0};
}

void spk_buffer_reset(spk_buffer *b, size_t keep)
{
    if (b->cap > keep) {
        spk_buffer_free(b);
    }
    b->len = 0;
    b->failed = false;
}
