package bind

import "strings"

// scanQuery collects the values of the wanted names from a query, as Python's
// parse_qsl reads it: only "&" separates, a name without "=" has an empty
// value, and an escape that means nothing stands for itself.
func (p *pairs) scanQuery(raw string, wanted *names) {
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(part, "=")
		if slot := wanted.find(unescapeQuery(name)); slot >= 0 && part != "" {
			p.add(slot, value)
		}
	}
}

// unescapeQuery decodes a name or value. It allocates only where there is
// something to decode. What it gives need not be UTF-8.
func unescapeQuery(v string) string {
	if !strings.ContainsAny(v, "%+") {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(v) && isHex(v[i+1]) && isHex(v[i+2]):
			out = append(out, unhex(v[i+1])<<4|unhex(v[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}
