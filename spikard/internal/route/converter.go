package route

import (
	"slices"
	"strings"
)

// Converter says which texts a parameter is meant for. It chooses between
// templates (see the package documentation); the binder decides whether a
// value is valid.
type Converter uint8

// The converters. Str is that of a parameter without one.
const (
	Str Converter = iota
	Int
	Float
	Bool
	UUID
	Date
	DateTime
	Path
)

var converterNames = [...]string{"str", "int", "float", "bool", "uuid", "date", "datetime", "path"}

// String is the converter's name in a template.
func (c Converter) String() string {
	if int(c) < len(converterNames) {
		return converterNames[c]
	}
	return "unknown"
}

func converterByName(name string) (Converter, bool) {
	i := slices.Index(converterNames[:], name)
	return Converter(max(i, 0)), i >= 0
}

// chooses tells whether the converter refuses any text at all.
func (c Converter) chooses() bool { return c != Str && c != Path }

// longestEscaped bounds the values with escapes that are decoded to be judged:
// nothing longer is a number or a date.
const longestEscaped = 64

// accepts judges a value as it stands in a canonical path. The ":" and "+" of
// a datetime may come escaped.
func (c Converter) accepts(escaped string) bool {
	if !c.chooses() {
		return true
	}
	if strings.IndexByte(escaped, '%') < 0 {
		return accepts(c, escaped)
	}
	var buf [longestEscaped]byte
	n := 0
	for i := 0; i < len(escaped); i++ {
		b := escaped[i]
		if b == '%' {
			if !isEscape(escaped[i:]) {
				return false
			}
			b, i = unhex(escaped[i+1])<<4|unhex(escaped[i+2]), i+2
		}
		if n == len(buf) {
			return false
		}
		buf[n] = b
		n++
	}
	return accepts(c, buf[:n])
}

func accepts[T string | []byte](c Converter, s T) bool {
	switch c {
	case Int:
		return isInt(s)
	case Float:
		return isFloat(s)
	case Bool:
		return isBool(s)
	case UUID:
		return isUUID(s)
	case Date:
		return isDate(s)
	case DateTime:
		return isDateTime(s)
	default:
		return true
	}
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}
