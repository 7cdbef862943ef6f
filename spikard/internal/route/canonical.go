package route

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Canonical gives a URL's escaped path in the one form that routes are matched
// in: letters, digits and "-._~!'()*" stand for themselves, other escapes have
// upper-case digits, bytes that a path can't hold are escaped, and "%2F" stays
// apart from "/". It is false for what isn't a path: bad escapes, text that
// isn't UTF-8, and targets without a leading slash ("*" of OPTIONS). The empty
// path is "/", as RFC 3986 section 6.2.3 has it.
//
// The set goes beyond RFC 3986's unreserved characters by "!'()*": [url.URL]
// escapes those on its own and forgets how they came, so both forms must mean
// the same.
//
// RawPath is used while it is an encoding of Path, and Path otherwise, as in
// [url.URL.EscapedPath]. Beyond that method, a RawPath that also holds bytes
// that should have been escaped keeps its "%2F".
//
// Dot segments and double slashes stay. Clients resolve dot segments before
// they send; a server that does it again, or that joins slashes, serves one
// resource under paths that the proxies in front of it took for others, which
// is how access rules are walked around. Such a path is simply not a route's.
//
// # Memory
//
// A path that is canonical already is returned as it is, after one scan,
// without allocating.
func Canonical(u *url.URL) (string, bool) {
	if u.RawPath != "" {
		decodes, valid := encodes(u.RawPath, u.Path)
		if !valid {
			return "", false
		}
		if decodes {
			return canonical(u.RawPath, true)
		}
	}
	if u.Path == "" {
		return "/", true
	}
	return canonical(u.Path, false)
}

// canonical normalises a path in which "%" starts an escape, or in which it
// is a character as any other.
func canonical(path string, escaped bool) (string, bool) {
	if path == "" || path[0] != '/' {
		return "", false
	}
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case classes[c] != 0:
		case c == '%' && escaped && isCanonicalEscape(path[i:]):
			i += 2
		default:
			return rewrite(path, i, escaped)
		}
	}
	// Canonical escapes may still spell bytes that aren't UTF-8.
	if escaped && !validEscapes(path) {
		return "", false
	}
	return path, true
}

// rewrite makes the canonical form of a path whose first n bytes have it.
func rewrite(path string, n int, escaped bool) (string, bool) {
	var b strings.Builder
	b.Grow(len(path) + 16)
	b.WriteString(path[:n])
	for i := n; i < len(path); i++ {
		c := path[i]
		if c == '%' && escaped {
			if !isEscape(path[i:]) {
				return "", false
			}
			appendEscaped(&b, unhex(path[i+1])<<4|unhex(path[i+2]))
			i += 2
		} else {
			appendRaw(&b, c)
		}
	}
	if !validEscapes(b.String()) {
		return "", false
	}
	return b.String(), true
}

// The classes of bytes in a canonical path: a delimiter stands for itself and
// means something else when it is escaped; a mark, letter or digit means the
// same either way and is never escaped; the rest is always escaped.
const (
	delimiter = iota + 1
	plain
)

var classes = func() (t [256]uint8) {
	for _, c := range []byte("/$&+,;=:@") {
		t[c] = delimiter
	}
	for _, c := range []byte("-._~!'()*" +
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		t[c] = plain
	}
	return t
}()

const upperHex = "0123456789ABCDEF"

// appendRaw writes a byte that stood unescaped.
func appendRaw(b *strings.Builder, c byte) {
	if classes[c] != 0 {
		b.WriteByte(c)
	} else {
		writeEscape(b, c)
	}
}

// appendEscaped writes a byte that stood escaped.
func appendEscaped(b *strings.Builder, c byte) {
	if classes[c] == plain {
		b.WriteByte(c)
	} else {
		writeEscape(b, c)
	}
}

func writeEscape(b *strings.Builder, c byte) {
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

func isEscape(s string) bool {
	return len(s) >= 3 && isHex(s[1]) && isHex(s[2])
}

func isCanonicalEscape(s string) bool {
	return isEscape(s) && s[1] < 'a' && s[2] < 'a' && classes[unhex(s[1])<<4|unhex(s[2])] != plain
}

// encodes tells whether raw decodes to path, and whether it decodes at all.
func encodes(raw, path string) (same, valid bool) {
	n, same := 0, true
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if !isEscape(raw[i:]) {
				return false, false
			}
			c, i = unhex(raw[i+1])<<4|unhex(raw[i+2]), i+2
		}
		same = same && n < len(path) && path[n] == c
		n++
	}
	return same && n == len(path), true
}

// validEscapes tells whether canonical text decodes to UTF-8. Bytes above
// ASCII are always escaped there, and each rune's escapes follow one another.
func validEscapes(s string) bool {
	for i := strings.IndexByte(s, '%'); i >= 0 && i < len(s); {
		if s[i] != '%' {
			i++
			continue
		}
		var run [utf8.UTFMax]byte
		n := 0
		for j := i; n < len(run) && j < len(s) && s[j] == '%'; j += 3 {
			run[n] = unhex(s[j+1])<<4 | unhex(s[j+2])
			n++
		}
		r, size := utf8.DecodeRune(run[:n])
		if r == utf8.RuneError && size <= 1 {
			return false
		}
		i += 3 * size
	}
	return true
}
