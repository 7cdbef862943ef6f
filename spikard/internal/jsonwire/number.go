package jsonwire

import "strconv"

// Num is a number as it was written.
type Num struct {
	Text string
	// Int says that there is neither a fraction nor an exponent.
	Int bool
}

// Int64 is the value of an integer that fits.
func (n Num) Int64() (int64, bool) {
	if !n.Int {
		return 0, false
	}
	v, err := strconv.ParseInt(n.Text, 10, 64)
	return v, err == nil
}

// Float64 is the nearest float, an infinity when there is none.
func (n Num) Float64() float64 {
	v, _ := strconv.ParseFloat(n.Text, 64) // its error is the infinity
	return v
}

// Number reads the number that [Scanner.Peek] has seen. Its text is a part of
// the scanner's text.
func (s *Scanner) Number() (Num, bool) {
	start, i := s.pos, s.pos
	if s.at(i) == '-' {
		i++
	}
	first := i
	if i = s.digits(i); i == first || (s.text[first] == '0' && i > first+1) {
		return s.badNumber("invalid number")
	}
	end := s.exponent(s.fraction(i))
	if end < 0 {
		return s.badNumber("invalid number")
	}
	if end == i && i-first > MaxDigits {
		return s.badNumber("integer of too many digits")
	}
	s.pos = end
	return Num{Text: s.text[start:end], Int: end == i}, true
}

// fraction gives the end of the fraction at i, if there is one; -1 is an
// invalid one.
func (s *Scanner) fraction(i int) int {
	if s.at(i) != '.' {
		return i
	}
	if end := s.digits(i + 1); end > i+1 {
		return end
	}
	return -1
}

// exponent is like fraction, for an exponent.
func (s *Scanner) exponent(i int) int {
	if i < 0 || s.at(i)|0x20 != 'e' {
		return i
	}
	i++
	if c := s.at(i); c == '+' || c == '-' {
		i++
	}
	if end := s.digits(i); end > i {
		return end
	}
	return -1
}

func (s *Scanner) digits(i int) int {
	for i < len(s.text) && s.text[i]-'0' <= 9 {
		i++
	}
	return i
}

// at is the byte at i, or 0 behind the end.
func (s *Scanner) at(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

func (s *Scanner) badNumber(what string) (Num, bool) {
	s.fail("%s", what)
	return Num{}, false
}
