package jsonwire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// simple holds what the one-letter escapes stand for.
var simple = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape gives what the escape at the start of text stands for, and its length;
// 0 is an invalid one.
func escape(text string) (r rune, n int) {
	if len(text) < 2 {
		return 0, 0
	}
	if c := simple[text[1]]; c != 0 {
		return rune(c), 2
	}
	if text[1] != 'u' {
		return 0, 0
	}
	r, ok := hex4(text, 2)
	switch {
	case !ok:
		return 0, 0
	case utf16.IsSurrogate(r):
		return pair(r, text[6:])
	}
	return r, 6
}

// pair gives the character of two escaped surrogates, of which the second must
// stand at the start of text, and the length of both.
func pair(high rune, text string) (r rune, n int) {
	if len(text) < 2 || text[0] != '\\' || text[1] != 'u' {
		return 0, 0
	}
	low, ok := hex4(text, 2)
	if r = utf16.DecodeRune(high, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
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
