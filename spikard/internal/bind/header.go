package bind

import (
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/api"
)

// headerText gives a header's text. Bytes that aren't UTF-8 are Latin-1, which
// headers were defined in and Python's servers decode them by.
func headerText(v string) string {
	if utf8.ValidString(v) {
		return v
	}
	out := make([]rune, len(v))
	for i := range len(v) {
		out[i] = rune(v[i])
	}
	return string(out)
}

// hostHeader isn't among the headers of every transport.
const hostHeader = "Host"

// headerValue gives the first value of a header, without asking for the list
// of them where that can be avoided.
func headerValue(x api.Exchange, name string) (string, bool) {
	if v := x.Header(name); v != "" {
		return headerText(v), true
	}
	if len(x.HeaderValues(name)) > 0 {
		return "", true
	}
	if name == hostHeader {
		v := x.Host()
		return headerText(v), v != ""
	}
	return "", false
}
