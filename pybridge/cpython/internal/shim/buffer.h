// A growing run of bytes that owns its memory. Running out of memory is kept
// as a flag, so that writers need not check each call.
#ifndef SPK_BUFFER_H
#define SPK_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    char *data;
    size_t len, cap;
    bool failed; // out of memory: what is in data is incomplete
} spk_buffer;

// Makes room for n more bytes. False (and failed) if there is no memory.
bool spk_buffer_grow(spk_buffer *b, size_t n);
void spk_buffer_free(spk_buffer *b);

// Empties b; memory above keep bytes is given back.
void spk_buffer_reset(spk_buffer *b, size_t keep);

static inline bool spk_reserve(spk_buffer *b, size_t n)
{
    return b->cap - b->len >= n || spk_buffer_grow(b, n);
}

static inline void spk_put(spk_buffer *b, const char *data, size_t n)
{
    if (spk_reserve(b, n)) {
        memcpy(b->data + b->len, data, n);
        b->len += n;
    }
}

static inline void spk_put_char(spk_buffer *b, char c)
{
    if (spk_reserve(b, 1)) {
        b->data[b->len++] = c;
    }
}

// Writes a 32-bit length and the bytes.
static inline void spk_put_run(spk_buffer *b, const char *data, size_t n)
{
    uint32_t size = (uint32_t)n;
    spk_put(b, (const char *)&size, sizeof size);
    spk_put(b, data, n);
}

#endif
