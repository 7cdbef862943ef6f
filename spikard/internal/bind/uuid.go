package bind

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// uuidFormat takes a UUID with or without hyphens, in braces or as a URN, and
// writes it in its canonical form.
type uuidFormat struct{}

const (
	uuidLength = 36
	uuidDigits = 32
)

func (uuidFormat) read(s *state, v string) *fault {
	digits := v
	if len(v) >= 9 && strings.EqualFold(v[:9], "urn:uuid:") {
		digits = v[9:]
	} else if len(v) == uuidLength+2 && v[0] == '{' && v[len(v)-1] == '}' {
		digits = v[1 : len(v)-1]
	}
	if len(digits) == uuidDigits {
		s.spare = appendGroups(s.spare[:0], digits)
		digits = jsonwire.View(s.spare)
	}
	if !isUUID(digits) {
		return uuidFault(v)
	}
	s.spare = append(s.spare[:0], digits...)
	for i, c := range s.spare {
		if 'A' <= c && c <= 'F' {
			s.spare[i] = c | 0x20
		}
	}
	s.w.Str(jsonwire.View(s.spare))
	return nil
}

func appendGroups(b []byte, digits string) []byte {
	for i := range len(digits) {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		b = append(b, digits[i])
	}
	return b
}

func isUUID(v string) bool {
	if len(v) != uuidLength {
		return false
	}
	for i := range len(v) {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (v[i] == '-') || !hyphen && !isHex(v[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' <= 5 }

// uuidFault tells what is wrong with a parameter that is no UUID.
func uuidFault(v string) *fault {
	f := uuidParsing
	f.msg += ", " + uuidReason(v)
	return &f
}

func uuidReason(v string) string {
	for i, c := range v {
		if c != '-' && (c >= utf8.RuneSelf || !isHex(byte(c))) {
			return fmt.Sprintf("invalid character: expected an optional prefix of `urn:uuid:` followed by "+
				"[0-9a-fA-F-], found `%c` at %d", c, i)
		}
	}
	groups := strings.Split(v, "-")
	if len(groups) == 1 {
		return fmt.Sprintf("invalid length: expected length %d for simple format, found %d", uuidDigits, len(v))
	}
	if len(groups) != 5 {
		return fmt.Sprintf("invalid group count: expected 5, found %d", len(groups))
	}
	for i, n := range [...]int{8, 4, 4, 4, 12} {
		if len(groups[i]) != n {
			return fmt.Sprintf("invalid group length in group %d: expected %d, found %d", i, n, len(groups[i]))
		}
	}
	return "invalid form"
}
