package bind

import (
	"math/big"
	"strconv"
	"strings"
)

// decimal is an exact decimal number: 0.digits times ten to the power of exp.
// Comparing two costs no more than their digits, however large the exponents.
type decimal struct {
	neg    bool
	digits string // without zeros at either end; empty is zero
	exp    int
}

// maxExponentDigits keeps exponents within what Python's Decimal takes.
const maxExponentDigits = 18

// parseDecimal reads an optional sign, digits with at most one point, and an
// optional exponent.
func parseDecimal(v string) (decimal, bool) {
	var d decimal
	if v != "" && (v[0] == '-' || v[0] == '+') {
		d.neg, v = v[0] == '-', v[1:]
	}
	mantissa, exponent, scaled := v, "", false
	if i := strings.IndexAny(v, "eE"); i >= 0 {
		mantissa, exponent, scaled = v[:i], v[i+1:], true
	}
	if scaled {
		var ok bool
		if d.exp, ok = parseExponent(exponent); !ok {
			return d, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if !plainDigits(whole + fraction) {
		return d, false
	}
	d.setDigits(whole+fraction, len(whole))
	return d, true
}

func (d *decimal) setDigits(digits string, point int) {
	significant := strings.TrimLeft(digits, "0")
	d.exp += point - (len(digits) - len(significant))
	d.digits = strings.TrimRight(significant, "0")
	if d.digits == "" {
		*d = decimal{}
	}
}

func parseExponent(v string) (int, bool) {
	digits := strings.TrimLeft(v, "+-")
	if len(v)-len(digits) > 1 || len(digits) > maxExponentDigits || !plainDigits(digits) {
		return 0, false
	}
	n, err := strconv.Atoi(v)
	return n, err == nil
}

// compare gives -1, 0 or 1, as cmp.Compare.
func (d decimal) compare(o decimal) int {
	if d.sign() != o.sign() {
		return d.sign() - o.sign()
	}
	if d.neg {
		return o.magnitude(d)
	}
	return d.magnitude(o)
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	default:
		return 1
	}
}

func (d decimal) magnitude(o decimal) int {
	if d.exp != o.exp && d.digits != "" && o.digits != "" {
		if d.exp < o.exp {
			return -1
		}
		return 1
	}
	return strings.Compare(d.digits, o.digits)
}

// A remainder is worked out for numbers up to this size only; a few bytes of
// text can stand for a number that takes seconds to divide.
const (
	maxRatExponent = 1000
	maxRatDigits   = 5000
)

// multipleOf tells whether d is a multiple of m.
func (d decimal) multipleOf(m decimal) bool {
	if d.sign() == 0 {
		return true
	}
	x, y := d.rat(), m.rat()
	if x == nil || y == nil || y.Sign() == 0 {
		return false
	}
	return x.Quo(x, y).IsInt()
}

// rat is d as a fraction, nil when it is too large.
func (d decimal) rat() *big.Rat {
	if d.exp > maxRatExponent || d.exp < -maxRatExponent || len(d.digits) > maxRatDigits {
		return nil
	}
	r, _ := new(big.Rat).SetString("0." + d.digits + "e" + strconv.Itoa(d.exp))
	if r != nil && d.neg {
		r.Neg(r)
	}
	return r
}
