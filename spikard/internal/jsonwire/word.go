package jsonwire

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes of text are looked at as one number, the first of them lowest.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word is the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special marks, by its high bit, the first byte of x that can't stand for
// itself in a string: a quote, a backslash, or a control character. The marks
// above that one mean nothing: subtraction borrows from there.
func special(x uint64) uint64 {
	quote, slash := x^ones*'"', x^ones*'\\'
	return ((quote - ones) | (slash - ones) | (x - ones*' ')) &^ x & highs
}

// eightDigits gives the number that eight digits are, if x is that. It adds
// neighbours up: first digits, then pairs, then fours.
func eightDigits(x uint64) (uint64, bool) {
	x ^= ones * '0'
	if (x+ones*0x76|x)&highs != 0 {
		return 0, false
	}
	x = (x*10 + x>>8) & 0x00ff00ff00ff00ff
	x = (x*100 + x>>16) & 0x0000ffff0000ffff
	return (x*10000 + x>>32) & 0xffffffff, true
}

// plainRun gives the end of the bytes from i on that stand for themselves in a
// string, and whether one of them is above 0x7f.
func plainRun(text string, i int) (end int, high bool) {
	rest, seen := text[i:], uint64(0)
	for ; len(rest) >= 8; rest = rest[8:] {
		x := word(rest)
		if m := special(x); m != 0 {
			seen |= x & (m&-m - 1)
			return len(text) - len(rest) + bits.TrailingZeros64(m)/8, seen&highs != 0
		}
		seen |= x
	}
	for ; rest != "" && rest[0] >= ' ' && rest[0] != '"' && rest[0] != '\\'; rest = rest[1:] {
		seen |= uint64(rest[0])
	}
	return len(text) - len(rest), seen&highs != 0
}

// appendRun is plainRun that also appends those bytes to b.
func appendRun(b []byte, text string, i int) (out []byte, end int, high bool) {
	rest, seen := text[i:], uint64(0)
	for ; len(rest) >= 8; rest = rest[8:] {
		x := word(rest)
		b = binary.LittleEndian.AppendUint64(b, x)
		if m := special(x); m != 0 {
			seen |= x & (m&-m - 1)
			n := bits.TrailingZeros64(m) / 8
			return b[:len(b)-8+n], len(text) - len(rest) + n, seen&highs != 0
		}
		seen |= x
	}
	from := len(text) - len(rest)
	end, high = plainRun(text, from)
	return append(b, text[from:end]...), end, high || seen&highs != 0
}

// spaces has a bit for each character that is white space.
const spaces = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'

// spaceRun gives the end of the white space from i on, most of which is
// indents.
func spaceRun(text string, i int) int {
	for i < len(text) && uint64(spaces)>>text[i]&1 != 0 {
		i++
		for i+8 <= len(text) {
			n := bits.TrailingZeros64(word(text[i:])^ones*' ') / 8
			if i += n; n < 8 {
				break
			}
		}
	}
	return i
}
