package bind

import "strings"

// scanCookies collects the values of the wanted names from a Cookie header, in
// the lenient way of RFC 6265, section 5: what isn't name=value is passed over.
func (p *pairs) scanCookies(header string, wanted *names) {
	for header != "" {
		var part string
		part, header, _ = strings.Cut(header, ";")
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		if slot := wanted.find(trimBlank(name)); slot >= 0 {
			p.add(slot, trimBlank(value))
		}
	}
}

func trimBlank(v string) string { return strings.Trim(v, " \t") }

// unquoteCookie takes off the quotes that servers put around a value with
// special characters, and undoes their escapes: \" and \\ and octal ones, as
// Python's http.cookies writes them.
func unquoteCookie(v string) string {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return headerText(v)
	}
	v = v[1 : len(v)-1]
	if !strings.Contains(v, `\`) {
		return headerText(v)
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] != '\\' || i+1 == len(v):
			out = append(out, v[i])
		case isOctal(v[i+1:]):
			out = append(out, (v[i+1]-'0')<<6|(v[i+2]-'0')<<3|(v[i+3]-'0'))
			i += 3
		default:
			i++
			out = append(out, v[i])
		}
	}
	return headerText(string(out))
}

// isOctal tells whether v starts with three octal digits of one byte.
func isOctal(v string) bool {
	return len(v) >= 3 && v[0]-'0' <= 3 && v[1]-'0' <= 7 && v[2]-'0' <= 7
}
