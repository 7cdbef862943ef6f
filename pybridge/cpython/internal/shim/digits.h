// Decimal digits.
#ifndef SPK_DIGITS_H
#define SPK_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The powers of ten that have room in 64 bits.
static const uint64_t spk_powers[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    10000000000000000000u,
};

// How many digits v has.
static inline int spk_count_digits(uint64_t v)
{
    // 1233 / 4096 is a little more than log10(2).
    int n = (64 - __builtin_clzll(v | 1)) * 1233 >> 12;
    return n + (v >= spk_powers[n] || v == 0);
}

// "00000000"
#define SPK_EIGHT_ZEROS UINT64_C(0x3030303030303030)

// The eight digits of v as text, the first one in the lowest byte. Halves,
// quarters and digits are split off in all parts of the word at once, by
// multiplication with a reciprocal: x * 10486 >> 20 is x / 100 for x < 10000,
// and x * 103 >> 10 is x / 10 for x < 100.
static inline uint64_t spk_eight_digits(uint32_t v)
{
    uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t hundreds = x * 10486 >> 20 & 0x7f0000007f;
    x = hundreds | (x - 100 * hundreds) << 16;
    uint64_t tens = x * 103 >> 10 & 0x0f000f000f000f;
    x = tens | (x - 10 * tens) << 8;
    return x | SPK_EIGHT_ZEROS;
}

// Writes the last n digits of v, of which there is at least one. Up to seven
// bytes behind them are overwritten.
static inline void spk_put_digits(char *to, uint64_t v, int n)
{
    uint64_t eight, lower[2];
    int count = 0;
    for (; n > 8; n -= 8, v /= 100000000) {
        lower[count++] = spk_eight_digits((uint32_t)(v % 100000000));
    }
    eight = spk_eight_digits((uint32_t)v) >> 8 * (8 - n);
    memcpy(to, &eight, sizeof eight);
    for (to += n; count > 0; to += sizeof eight) {
        memcpy(to, &lower[--count], sizeof eight);
    }
}

#endif
