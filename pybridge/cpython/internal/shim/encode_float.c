//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The shortest decimal that is read back as the same double, as repr writes
// it, by Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2021):
// of the decimals with the least digits in the interval of those that are
// rounded to v, the one next to v. CPython's own takes twenty times as long.
#include "encode.h"

#include "digits.h"
#include "pow10.h"

#include <math.h>

typedef struct {
    uint64_t digits;
    int exponent; // of ten
} decimal;

// floor(e * log10(2)), floor(log10(3/4 * 2^e)) and floor(e * log2(10)), for
// the exponents of doubles.
static int log10_pow2(int e) { return e * 1262611 >> 22; }
static int log10_three_quarters_pow2(int e) { return (e * 1262611 - 524031) >> 22; }
static int log2_pow10(int e) { return e * 1741647 >> 19; }

// g * v / 2^128, with its last bit set if it is not exact: what is left out is
// then seen when it is compared with a multiple of two.
static uint64_t round_to_odd(spk_pow10 g, uint64_t v)
{
    unsigned __int128 low = (unsigned __int128)g.low * v;
    unsigned __int128 high = (unsigned __int128)g.high * v + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

// v is c * 2^q. In units of 10^k / 4, value is v and lower and upper are the
// bounds of its interval.
static decimal shortest(uint64_t c, int q, bool lower_is_closer)
{
    bool odd = c & 1; // then the bounds are rounded to another double
    int k = lower_is_closer ? log10_three_quarters_pow2(q) : log10_pow2(q);
    int h = q + log2_pow10(-k) + 1;
    spk_pow10 g = spk_pow10_of(-k);
    uint64_t value = round_to_odd(g, 4 * c << h);
    uint64_t lower = round_to_odd(g, (4 * c - 2 + lower_is_closer) << h) + odd;
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = value / 4;
    if (s >= 10) { // is there one with a digit less?
        uint64_t t = s / 10;
        bool below = lower <= 40 * t, above = 40 * t + 40 <= upper;
        if (below != above) {
            return (decimal){t + above, k + 1};
        }
    }
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    uint64_t middle = 4 * s + 2;
    bool nearer = value > middle || (value == middle && (s & 1));
    return (decimal){s + (below != above ? above : nearer), k};
}

// magnitude is not 0.
static decimal decimal_of(uint64_t magnitude)
{
    enum { FRACTION = 52, BIAS = 1023 + FRACTION };
    uint64_t fraction = magnitude & ((UINT64_C(1) << FRACTION) - 1);
    int exponent = (int)(magnitude >> FRACTION);
    if (exponent == 0) {
        return shortest(fraction, 1 - BIAS, false);
    }
    return shortest(fraction | UINT64_C(1) << FRACTION, exponent - BIAS,
                    fraction == 0 && exponent > 1);
}

// A decimal's digits, followed by as many zeros as make DIGITS of them, which
// is what a double can have.
enum { DIGITS = 17 };

typedef struct {
    char first;
    uint64_t words[2]; // the others, as text
    int n;             // without the zeros
} digits;

static int zeros_at_end(uint64_t word) { return __builtin_clzll(word - SPK_EIGHT_ZEROS) / 8; }

static digits digits_of(uint64_t v, int size)
{
    v *= spk_powers[DIGITS - size];
    uint64_t high = v / 100000000;
    digits d = {
        .first = (char)('0' + high / 100000000),
        .words = {spk_eight_digits((uint32_t)(high % 100000000)),
                  spk_eight_digits((uint32_t)(v % 100000000))},
    };
    if (d.words[1] != SPK_EIGHT_ZEROS) {
        d.n = DIGITS - zeros_at_end(d.words[1]);
    } else if (d.words[0] != SPK_EIGHT_ZEROS) {
        d.n = DIGITS - 8 - zeros_at_end(d.words[0]);
    } else {
        d.n = 1;
    }
    return d;
}

static void put_word(char *to, uint64_t word) { memcpy(to, &word, sizeof word); }

static void put_digits(char *to, const digits *d)
{
    to[0] = d->first;
    put_word(to + 1, d->words[0]);
    put_word(to + 9, d->words[1]);
}

// The point comes after that many digits. What is behind it is written again,
// from the words, as reading back what was just written takes longer.
static char *positional(char *to, const digits *d, int point)
{
    if (point <= 0) {
        memcpy(to, "0.000", 5); // there are no more than three zeros
        to += 2 - point;
        put_digits(to, d);
        return to + d->n;
    }
    put_digits(to, d);
    if (point <= 8) {
        put_word(to + point + 1, d->words[0] >> 8 * (point - 1));
        put_word(to + 10, d->words[1]);
    } else {
        put_word(to + point + 1, d->words[1] >> 8 * (point - 9));
    }
    to[point] = '.';
    if (d->n <= point) {
        to[point + 1] = '0';
        return to + point + 2;
    }
    return to + d->n + 1;
}

static char *scientific(char *to, const digits *d, int exponent)
{
    to = d->n > 1 ? positional(to, d, 1) : (*to = d->first, to + 1);
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    uint64_t size = (uint64_t)(exponent < 0 ? -exponent : exponent);
    int wide = size < 100 ? 2 : 3;
    spk_put_digits(to, size, wide);
    return to + wide;
}

static char *put_decimal(char *to, decimal v)
{
    int size = spk_count_digits(v.digits), point = size + v.exponent;
    digits d = digits_of(v.digits, size);
    bool plain = point > -4 && point <= 16; // as repr decides it
    return plain ? positional(to, &d, point) : scientific(to, &d, point - 1);
}

// A decimal of at most 15 digits is the only one of so few that is rounded to
// its double: where there is one, with no more than six digits behind the
// point as prices and places have, it is the shortest, and found in less time.
// It is given in millionths; 0: there is none.
static uint64_t millionths(double v)
{
    if (v < 1e-4 || v >= 1e9) { // repr writes less than that another way
        return 0;
    }
    int64_t scaled = (int64_t)(v * 1e6 + 0.5);
    return (double)scaled / 1e6 == v ? (uint64_t)scaled : 0;
}

static char *put_millionths(char *to, uint64_t v)
{
    uint32_t whole = (uint32_t)(v / 1000000), rest = (uint32_t)(v % 1000000);
    int n = spk_count_digits(whole);
    spk_put_digits(to, whole, n);
    to += n;
    *to++ = '.';
    uint64_t word = spk_eight_digits(rest); // the first two are zeros
    put_word(to, word >> 16);
    return to + (rest == 0 ? 1 : 6 - zeros_at_end(word));
}

void spk_put_float(spk_buffer *out, double v)
{
    // A sign, 17 digits, "0.000" or a point and "e-324", and what is written too much.
    enum { LONGEST = 40 };
    if (!spk_reserve(out, LONGEST)) {
        return; // spk_encode reports it
    }
    char *to = out->data + out->len;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    *to = '-';
    to += bits >> 63;
    uint64_t magnitude = bits & ~(UINT64_C(1) << 63), simple = millionths(fabs(v));
    if (simple != 0) {
        to = put_millionths(to, simple);
    } else if (magnitude != 0) {
        to = put_decimal(to, decimal_of(magnitude));
    } else {
        memcpy(to, "0.0", 3);
        to += 3;
    }
    out->len = (size_t)(to - out->data);
}
