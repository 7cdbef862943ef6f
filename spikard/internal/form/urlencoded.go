package form

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/api"
)

// ParseURLEncoded parses application/x-www-form-urlencoded as the WHATWG has
// it: only "&" separates, a name without "=" has an empty value, "+" is a
// space, and an escape that means nothing stands for itself.
//
// # Errors
//
// 400 for what isn't UTF-8, 413 for more than the limits allow.
func ParseURLEncoded(body []byte, l Limits) (*Form, *api.Problem) {
	f := &Form{}
	for {
		if body = bytes.TrimLeft(body, "&"); len(body) == 0 {
			return f, nil
		}
		var pair []byte
		pair, body, _ = bytes.Cut(body, []byte{'&'})
		if len(f.Fields) >= l.Fields {
			return nil, beyond(tooManyFields, int64(l.Fields))
		}
		name, value, _ := bytes.Cut(pair, []byte{'='})
		if int64(max(len(name), len(value))/escapeLength) > l.FieldSize {
			return nil, beyond(tooLong, l.FieldSize) // however it is escaped
		}
		field := Field{Name: unescape(name), Value: unescape(value)}
		if p := l.text(field.Name, field.Value); p != nil {
			return nil, p
		}
		f.Fields = append(f.Fields, field)
	}
}

// escapeLength is how many bytes may stand for one.
const escapeLength = 3

// text checks the name and the value of a field.
func (l Limits) text(name, value string) *api.Problem {
	switch {
	case int64(max(len(name), len(value))) > l.FieldSize:
		return beyond(tooLong, l.FieldSize)
	case !utf8.ValidString(name):
		return badForm("The form has a name that is not UTF-8")
	case !utf8.ValidString(value):
		return badForm("The form's field %s is not UTF-8", shown(name))
	}
	return nil
}

// unescape decodes a name or a value.
func unescape(v []byte) string {
	if bytes.IndexByte(v, '%') < 0 && bytes.IndexByte(v, '+') < 0 {
		return string(v)
	}
	var out strings.Builder
	out.Grow(len(v))
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '+':
			out.WriteByte(' ')
		case c == '%' && i+2 < len(v) && isHex(v[i+1]) && isHex(v[i+2]):
			out.WriteByte(hexValue(v[i+1])<<4 | hexValue(v[i+2]))
			i += 2
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
