package jsonwire

import (
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// String reads the string that [Scanner.Peek] has seen. See [Scanner] for how
// long it is valid.
func (s *Scanner) String() (string, bool) {
	start, ascii := s.pos+1, byte(0)
	for i := start; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '"':
			return s.plain(start, i, ascii < utf8.RuneSelf)
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			return s.badString("control character in a string")
		}
		ascii |= c
	}
	return s.badString("string without an end")
}

// plain ends a string without escapes.
func (s *Scanner) plain(start, end int, ascii bool) (string, bool) {
	out := s.text[start:end]
	if !ascii && !utf8.ValidString(out) {
		return s.badString("string is not UTF-8")
	}
	s.pos = end + 1
	return out, true
}

// escaped goes on with a string from its first backslash.
func (s *Scanner) escaped(start, i int) (string, bool) {
	s.buf = append(s.buf[:0], s.text[start:i]...)
	for i < len(s.text) {
		switch c := s.text[i]; {
		case c == '"':
			return s.unescaped(i)
		case c < ' ':
			return s.badString("control character in a string")
		case c != '\\':
			s.buf = append(s.buf, c)
			i++
		default:
			n := s.escape(i)
			if n == 0 {
				return s.badString("invalid escape in a string")
			}
			i += n
		}
	}
	return s.badString("string without an end")
}

func (s *Scanner) unescaped(end int) (string, bool) {
	if !utf8.Valid(s.buf) {
		return s.badString("string is not UTF-8")
	}
	s.pos = end + 1
	return View(s.buf), true
}

func (s *Scanner) badString(what string) (string, bool) {
	s.fail("%s", what)
	return "", false
}

// simple holds what the one-letter escapes stand for.
var simple = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape appends what the escape at i stands for and gives its length; 0 is an
// invalid one.
func (s *Scanner) escape(i int) int {
	if i+1 >= len(s.text) {
		return 0
	}
	c := s.text[i+1]
	if simple[c] != 0 {
		s.buf = append(s.buf, simple[c])
		return 2
	}
	if c != 'u' {
		return 0
	}
	r, ok := hex4(s.text, i+2)
	if !ok {
		return 0
	}
	if !utf16.IsSurrogate(r) {
		s.buf = utf8.AppendRune(s.buf, r)
		return 6
	}
	return s.pair(r, i+6)
}

// pair appends the character of two escaped surrogates, of which the second
// must stand at i.
func (s *Scanner) pair(high rune, i int) int {
	if i+1 >= len(s.text) || s.text[i] != '\\' || s.text[i+1] != 'u' {
		return 0
	}
	low, ok := hex4(s.text, i+2)
	r := utf16.DecodeRune(high, low)
	if !ok || r == utf8.RuneError {
		return 0
	}
	s.buf = utf8.AppendRune(s.buf, r)
	return 12
}

func hex4(text string, i int) (rune, bool) {
	if i+4 > len(text) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(text[i : i+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
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
