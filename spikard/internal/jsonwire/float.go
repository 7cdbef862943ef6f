package jsonwire

import (
	"math"
	"math/bits"
)

// fives are the powers of five that fit a word.
var fives = [...]uint64{
	1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125,
	244140625, 1220703125, 6103515625, 30517578125, 152587890625, 762939453125,
	3814697265625, 19073486328125, 95367431640625, 476837158203125,
	2384185791015625, 11920928955078125, 59604644775390625, 298023223876953125,
	1490116119384765625, 7450580596923828125,
}

// scaled gives the float nearest to m times ten to the power of exp, or false
// where two words don't do to tell it; most numbers that anybody writes are
// near enough to 1 for them. Ten is five times two, and powers of two scale a
// float without rounding it.
func scaled(m uint64, exp int) (float64, bool) {
	switch {
	case exp >= len(fives) || exp <= -len(fives):
		return 0, false
	case m == 0:
		return 0, true
	case exp < 0:
		return quotient(m, fives[-exp]) * exp2(exp), true
	default:
		return product(m, fives[exp]) * exp2(exp), true
	}
}

// quotient gives the float nearest to a/b, neither of which is 0. Both are
// shifted to the top of their words, so the quotient has 62 or 63 bits. A float
// has 53: that there is a remainder matters, but not how much.
func quotient(a, b uint64) float64 {
	up, down := bits.LeadingZeros64(a), bits.LeadingZeros64(b)
	a <<= up
	q, rest := bits.Div64(a>>2, a<<62, b<<down)
	if rest != 0 {
		q |= 1
	}
	return float64(int64(q)) * exp2(down-up-62)
}

// product gives the float nearest to a·b.
func product(a, b uint64) float64 {
	high, low := bits.Mul64(a, b)
	if high == 0 {
		return float64(low)
	}
	up := bits.LeadingZeros64(high)
	top := high<<up | low>>(64-up)
	if low<<up != 0 {
		top |= 1
	}
	return float64(top) * exp2(64-up)
}

// exp2 is 2 to the power of n, which is far from a float's ends.
func exp2(n int) float64 { return math.Float64frombits(uint64(1023+n) << 52) }
