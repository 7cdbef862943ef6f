package jsonwire

import (
	"unicode/utf8"
	"unsafe"
)

// String reads the string that [Scanner.Peek] has seen. See [Scanner] for how
// long it is valid.
func (s *Scanner) String() (string, bool) {
	v, _, ok := s.Text()
	return v, ok
}

// Text is String, and tells whether all bytes of v are below 0x80.
func (s *Scanner) Text() (v string, ascii, ok bool) {
	start := s.pos + 1
	end, high := plainRun(s.text, start)
	if s.at(end) != '"' {
		return s.escaped(start, end, high)
	}
	v = s.text[start:end]
	if high && !utf8.ValidString(v) {
		return s.badString("string is not UTF-8")
	}
	s.pos = end + 1
	return v, !high, true
}

// escaped goes on with a string at what may be its first backslash.
func (s *Scanner) escaped(start, i int, high bool) (v string, ascii, ok bool) {
	s.buf = append(s.buf[:0], s.text[start:i]...)
	ascii = true
	for s.at(i) == '\\' {
		r, n := escape(s.text[i:])
		if n == 0 {
			return s.badString("invalid escape in a string")
		}
		s.buf = utf8.AppendRune(s.buf, r)
		ascii = ascii && r < utf8.RuneSelf
		var more bool
		s.buf, i, more = appendRun(s.buf, s.text, i+n)
		high = high || more
	}
	switch {
	case i >= len(s.text):
		return s.badString("string without an end")
	case s.text[i] != '"':
		return s.badString("control character in a string")
	case high && !utf8.Valid(s.buf):
		return s.badString("string is not UTF-8")
	}
	s.pos = i + 1
	return View(s.buf), ascii && !high, true
}

func (s *Scanner) badString(what string) (v string, ascii, ok bool) {
	s.fail("%s", what)
	return "", false, false
}

// Unquote gives the string whose opening quote is at the start of text, which
// a scanner has accepted before.
func Unquote(text string) string {
	var s Scanner
	s.Reset(text)
	out, _ := s.String()
	return string(append([]byte(nil), out...))
}

// AppendQuote appends v, which must be valid UTF-8, as a JSON string.
func AppendQuote(b []byte, v string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// View is b as a string, without a copy.
//
// # Memory
//
// The string changes when b does: it must not be kept longer than b is left
// alone.
func View(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
