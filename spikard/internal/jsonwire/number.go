package jsonwire

import (
	"math"
	"strconv"
)

// Num is a number as it was written. It is kept at four words: larger ones
// don't go through registers.
type Num struct {
	Text string
	// The number is mantissa times ten to the power of exp, but for its sign,
	// unless exp is inexact: then it has too many digits for that.
	mantissa uint64
	exp      int32
	// Int says that there is neither a fraction nor an exponent.
	Int bool
}

const inexact = math.MinInt32

// maxExact is how many digits surely fit a mantissa.
const maxExact = 19

// Int64 is the value of an integer that fits.
func (n Num) Int64() (int64, bool) {
	switch v := int64(n.mantissa); {
	case !n.Int:
		return 0, false
	case n.exp == inexact || v < 0:
		v, err := strconv.ParseInt(n.Text, 10, 64)
		return v, err == nil
	case n.negative():
		return -v, true
	default:
		return v, true
	}
}

// Float64 is the nearest float, an infinity when there is none.
func (n Num) Float64() float64 {
	v, ok := scaled(n.mantissa, int(n.exp))
	if !ok {
		v, _ = strconv.ParseFloat(n.Text, 64) // its error is the infinity
		return v
	}
	if n.negative() {
		return -v
	}
	return v
}

func (n Num) negative() bool { return n.Text != "" && n.Text[0] == '-' }

// Number reads the number that [Scanner.Peek] has seen. Its text is a part of
// the scanner's text.
func (s *Scanner) Number() (Num, bool) {
	first := s.pos
	if s.at(first) == '-' {
		first++
	}
	end, mantissa := s.digits(first, 0)
	count := end - first
	if count == 0 || (s.text[first] == '0' && count > 1) {
		return s.badNumber()
	}
	if c := s.at(end); c == '.' || c|0x20 == 'e' {
		return s.real(first, end, mantissa)
	}
	if count > MaxDigits {
		s.tooManyDigits()
		return Num{}, false
	}
	n := Num{Text: s.text[s.pos:end], Int: true, mantissa: mantissa}
	if count > maxExact {
		n.exp = inexact
	}
	s.pos = end
	return n, true
}

// real goes on with a number, whose digits begin at first, at the end of its
// whole part.
func (s *Scanner) real(first, end int, mantissa uint64) (Num, bool) {
	exp := 0
	if s.at(end) == '.' {
		from := end + 1
		if end, mantissa = s.fraction(from, mantissa); end == from {
			return s.badNumber()
		}
		exp = from - end
	}
	digits := s.text[first:end]
	if s.at(end)|0x20 == 'e' {
		var scale int
		if end, scale = s.exponent(end + 1); end < 0 {
			return s.badNumber()
		}
		exp += scale
	}
	if len(digits) > maxExact && significant(digits) > maxExact {
		exp = inexact
	}
	n := Num{Text: s.text[s.pos:end], mantissa: mantissa, exp: int32(exp)}
	s.pos = end
	return n, true
}

// significant is how many digits follow zeros in front. A point among them
// counts as one, which does no harm.
func significant(digits string) int {
	i := 0
	for i < len(digits) && (digits[i] == '0' || digits[i] == '.') {
		i++
	}
	return len(digits) - i
}

// maxExponent is beyond what a body's digits could make up for: digits behind
// it change nothing.
const maxExponent = 1e8

// exponent reads the exponent at i and gives its end; -1 is an invalid one.
func (s *Scanner) exponent(i int) (end, exp int) {
	sign := s.at(i)
	if sign == '+' || sign == '-' {
		i++
	}
	end = i
	for ; s.at(end)-'0' <= 9; end++ {
		if exp < maxExponent {
			exp = exp*10 + int(s.text[end]-'0')
		}
	}
	switch {
	case end == i:
		return -1, 0
	case sign == '-':
		return end, -exp
	}
	return end, exp
}

// digits gives the end of the digits at i, and m with them appended. Past
// maxExact of them m means nothing.
func (s *Scanner) digits(i int, m uint64) (end int, mantissa uint64) {
	for ; i < len(s.text); i++ {
		d := s.text[i] - '0'
		if d > 9 {
			break
		}
		m = m*10 + uint64(d)
	}
	return i, m
}

// fraction is digits for where there may be many.
func (s *Scanner) fraction(i int, m uint64) (end int, mantissa uint64) {
	for i+8 <= len(s.text) {
		v, ok := eightDigits(word(s.text[i:]))
		if !ok {
			break
		}
		m = m*1e8 + v
		i += 8
	}
	return s.digits(i, m)
}

func (s *Scanner) badNumber() (Num, bool) {
	s.fail("invalid number")
	return Num{}, false
}
