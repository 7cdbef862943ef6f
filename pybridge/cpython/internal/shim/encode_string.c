//go:build cgo && (linux || darwin) && (amd64 || arm64)

// JSON strings.
#include "encode.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

enum { LONGEST_ESCAPE = 6 };

static char *escape(char *to, unsigned char c)
{
    const char text[LONGEST_ESCAPE] = {'\\', escapes[c], '0', '0', hex[c >> 4], hex[c & 15]};
    memcpy(to, text, sizeof text);
    return to + (escapes[c] == 'u' ? LONGEST_ESCAPE : 2);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

// Not 0 if a byte of v is below n, which is at most 0x80.
static inline uint64_t below(uint64_t v, uint64_t n) { return (v - EACH(n)) & ~v & EACH(0x80); }

// Whether one of eight bytes wants an escape. A quote is the one character that
// the exchange of its second bit puts next to the control characters.
static inline bool special(uint64_t v)
{
    return (below(v ^ EACH(2), 0x21) | below(v ^ EACH('\\'), 1)) != 0;
}

enum { WORD = 8 };

static inline bool copy_word(char *to, const char *from)
{
    uint64_t v;
    memcpy(&v, from, WORD);
    memcpy(to, &v, WORD);
    return special(v);
}

// Less than a word, as two parts that overlap; what is left of the word is
// filled with spaces.
static inline bool copy_part(char *to, const char *from, size_t n)
{
    if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, from, sizeof a);
        memcpy(&b, from + n - sizeof b, sizeof b);
        memcpy(to, &a, sizeof a);
        memcpy(to + n - sizeof b, &b, sizeof b);
        return special(a | (uint64_t)b << 32);
    }
    uint64_t v = EACH(' ') << 24;
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
    if (n == 0) {
        return false;
    }
    v |= (uint64_t)(unsigned char)from[0] | (uint64_t)(unsigned char)from[n / 2] << 8 |
         (uint64_t)(unsigned char)from[n - 1] << 16;
    return special(v);
}

#ifdef __SSE2__
enum { HALF = 16, BLOCK = 2 * HALF };

// 0xff for each byte that wants an escape.
static inline __m128i specials(__m128i v)
{
    __m128i flipped = _mm_xor_si128(v, _mm_set1_epi8(2));
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(flipped, _mm_set1_epi8(0x20)), flipped);
    return _mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}

// Copies two halves, of which the second begins after that many bytes.
static inline bool copy_halves(char *to, const char *from, size_t second)
{
    __m128i a = _mm_loadu_si128((const __m128i *)from);
    __m128i b = _mm_loadu_si128((const __m128i *)(from + second));
    _mm_storeu_si128((__m128i *)to, a);
    _mm_storeu_si128((__m128i *)(to + second), b);
    return _mm_movemask_epi8(_mm_or_si128(specials(a), specials(b))) != 0;
}
#else
enum { HALF = WORD, BLOCK = 2 * HALF };

static inline bool copy_halves(char *to, const char *from, size_t second)
{
    bool a = copy_word(to, from), b = copy_word(to + second, from + second);
    return a || b;
}
#endif

// Copies up to a block that wants an escape; gives how much. Where the length
// is no multiple of a block, the last one takes some of what is copied already:
// what that costs is less than a branch for each length.
static inline size_t copy_plain(char *to, const char *from, size_t n)
{
    if (n < WORD) {
        return copy_part(to, from, n) ? 0 : n;
    }
    if (n < HALF) {
        bool a = copy_word(to, from), b = copy_word(to + n - WORD, from + n - WORD);
        return a || b ? 0 : n;
    }
    size_t i = 0;
    for (; n - i > BLOCK; i += BLOCK) {
        if (copy_halves(to + i, from + i, HALF)) {
            return i;
        }
    }
    size_t last = n < BLOCK ? 0 : n - BLOCK;
    return copy_halves(to + last, from + last, n < BLOCK ? n - HALF : HALF) ? i : n;
}

// What spk_put_string writes around a text, and what a copy may write too much.
enum { AROUND = 4, MARGIN = WORD * LONGEST_ESCAPE + AROUND };

// A text of which the first word wants an escape, or that is shorter.
__attribute__((noinline)) static char *put_escaped(spk_buffer *out, char *to, const char *text,
                                                   size_t n)
{
    for (const char *end = text + n; text < end;) {
        const char *stop = end - text < WORD ? end : text + WORD;
        for (; text < stop; text++) {
            unsigned char c = (unsigned char)*text;
            *to = (char)c;
            to = escapes[c] == 0 ? to + 1 : escape(to, c);
        }
        out->len = (size_t)(to - out->data);
        if (!spk_reserve(out, (size_t)(end - text) + MARGIN)) {
            return NULL;
        }
        to = out->data + out->len;
        size_t plain = copy_plain(to, text, (size_t)(end - text));
        to += plain;
        text += plain;
    }
    return to;
}

static inline void put_string(spk_buffer *out, char before, const char *text, size_t n, char after)
{
    if (!spk_reserve(out, n + MARGIN)) {
        return; // spk_encode reports it
    }
    char *to = out->data + out->len;
    *to = before;
    to += before != '\0';
    *to++ = '"';
    size_t plain = copy_plain(to, text, n);
    to += plain;
    if (plain < n && (to = put_escaped(out, to, text + plain, n - plain)) == NULL) {
        return;
    }
    *to++ = '"';
    *to = after;
    to += after != '\0';
    out->len = (size_t)(to - out->data);
}

void spk_put_string(spk_buffer *out, char before, const char *text, size_t n, char after)
{
    put_string(out, before, text, n, after);
}

int spk_put_str(spk_buffer *out, char before, PyObject *o, char after)
{
    if (spk_is_ascii(o)) {
        put_string(out, before, spk_ascii_data(o), (size_t)spk_ascii_length(o), after);
        return 0;
    }
    Py_ssize_t n;
    const char *text = py.Unicode_AsUTF8AndSize(o, &n);
    if (text == NULL) {
        return -1; // a lone surrogate has no UTF-8 form
    }
    put_string(out, before, text, (size_t)n, after);
    return 0;
}
