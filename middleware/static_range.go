package middleware

import (
	"net/http"
	"net/textproto"
	"strings"
)

// maxRanges is how many ranges of one request are served. More are more likely
// an attack than a client, and may be passed over (RFC 9110, section 14.2).
const maxRanges = 64

// readRange gives the request as [http.ServeContent] should see it, and whether
// it asks for ranges. ServeContent answers 416 to whatever it can't read, to
// HEAD as to GET; RFC 9110, section 14.2, has only GET do ranges, has units that
// aren't known passed over, and allows it for ranges that aren't well formed.
// That is done here.
func readRange(r *http.Request) (_ *http.Request, ranged bool) {
	lines := r.Header["Range"]
	if len(lines) == 0 {
		return r, false
	}
	ranges, ok := "", false
	if r.Method == http.MethodGet && len(lines) == 1 {
		ranges, ok = parseRanges(lines[0])
	}
	if ok && ranges == lines[0] {
		return r, true
	}
	changed := new(http.Request)
	*changed = *r
	changed.Header = r.Header.Clone()
	delete(changed.Header, "Range")
	if ok {
		changed.Header["Range"] = []string{ranges}
	}
	return changed, ok
}

// parseRanges checks a Range and writes it so that ServeContent reads it right.
func parseRanges(line string) (string, bool) {
	const unit = "bytes="
	if !foldPrefix(line, unit) {
		return "", false
	}
	var b strings.Builder
	rest, count := line[len(unit):], 0
	for more := true; more; {
		var item string
		item, rest, more = strings.Cut(rest, ",")
		if item = textproto.TrimString(item); item == "" {
			continue
		}
		first, last, ok := parseRange(item)
		if count++; !ok || count > maxRanges {
			return "", false
		}
		if count == 1 {
			b.WriteString(unit)
		} else {
			b.WriteByte(',')
		}
		b.WriteString(first)
		b.WriteByte('-')
		b.WriteString(last)
	}
	return b.String(), count > 0
}

// far is a position that no file has, and that is as good as any beyond.
const far = "999999999999999999"

// parseRange takes a range apart (RFC 9110, section 14.1.1). The last zero bytes
// are none: what begins far behind the end says so.
func parseRange(item string) (first, last string, ok bool) {
	first, last, ok = strings.Cut(item, "-")
	if !ok || first == "" && last == "" || !digits(first) || !digits(last) {
		return "", "", false
	}
	first, last = position(first), position(last)
	switch {
	case first == "" && last == "0":
		return far, "", true
	case first != "" && last != "":
		ok = len(first) < len(last) || len(first) == len(last) && first <= last
	}
	return first, last, ok
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// position drops leading zeros and brings what is too long for a number down.
func position(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	if len(s) > len(far) {
		return far
	}
	return s
}
