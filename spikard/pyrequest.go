package spikard

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// writeRequest writes the request as Python's Request.
func (x *exchange) writeRequest(body []byte) {
	w := &x.wire
	w.Request()
	w.Str(x.Method())
	w.Str(unescaped(x.path))
	w.Str(text(x.RawQuery()))
	at, n := w.Len(), 0
	w.List(0)
	for name, value := range x.Headers() {
		w.Str(text(strings.ToLower(name)))
		w.Str(text(value))
		n += 2
	}
	w.SetCount(at, n)
	client := x.who()
	w.Str(client.Addr)
	w.Str(client.Scheme)
	w.Str(text(client.Host))
	w.Dict(len(x.pathNames))
	for i, name := range x.pathNames {
		w.Str(name)
		w.Str(unescaped(x.values[i]))
	}
	w.Raw(body)
}

// unescaped decodes a canonical path, which always can be.
func unescaped(path string) string {
	out, err := url.PathUnescape(path)
	if err != nil {
		return text(path)
	}
	return text(out)
}

// text makes a str of header or query bytes that aren't UTF-8: HTTP's bytes
// are Latin-1 then, as ASGI has it.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
