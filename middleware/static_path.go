package middleware

import (
	"net/url"
	"runtime"
	"strings"
	"unicode/utf8"
)

// place is what a request's path names.
type place struct {
	name  string // as for io/fs; "." is the folder itself
	slash bool   // the path ends with one
}

// locate reads an escaped path. It is decoded once, and what could mean
// another file than it seems to, here or on another system, names none.
func (s *Static) locate(escaped string) (place, bool) {
	path, ok := decodePath(escaped)
	if !ok {
		return place{}, false
	}
	rest, ok := strings.CutPrefix(path, s.prefix)
	switch {
	case !ok:
		return place{}, false
	case rest == "":
		return place{name: "."}, s.prefix != ""
	case rest == "/":
		return place{name: ".", slash: true}, true
	case rest[0] != '/':
		return place{}, false
	}
	name, slash := strings.CutSuffix(rest[1:], "/")
	return place{name, slash}, servable(name, s.prefix == "")
}

// decodePath refuses an escaped "/", which is no separator (RFC 3986, section
// 2.2) and can't be in a name, and with it the backslash and what can't be
// seen.
func decodePath(escaped string) (string, bool) {
	if strings.Contains(escaped, "%2F") || strings.Contains(escaped, "%2f") {
		return "", false
	}
	path, err := url.PathUnescape(escaped)
	if err != nil || !utf8.ValidString(path) {
		return "", false
	}
	for i := range len(path) {
		if c := path[i]; c < ' ' || c == 0x7f || c == '\\' {
			return "", false
		}
	}
	return path, true
}

// servable looks at each segment of a name. At the site's root, .well-known is
// one that is meant to be seen (RFC 8615).
func servable(name string, atRoot bool) bool {
	for more := true; more; {
		var segment string
		segment, name, more = strings.Cut(name, "/")
		if !servableSegment(segment) && !(atRoot && more && segment == ".well-known") {
			return false
		}
		atRoot = false
	}
	return true
}

// servableSegment refuses empty and hidden names, and those by which Windows
// means something else: it drops trailing dots and spaces, has drives and
// streams after a colon, devices, and short names for hidden files.
func servableSegment(s string) bool {
	if s == "" || s[0] == '.' || strings.Contains(s, ":") || isDevice(s) {
		return false
	}
	if last := s[len(s)-1]; last == '.' || last == ' ' {
		return false
	}
	return runtime.GOOS != "windows" || !strings.Contains(s, "~")
}

// isDevice knows the names that are devices in each folder of Windows, with
// any extension. They are refused everywhere, so that a folder serves the same
// files wherever it is tested.
func isDevice(s string) bool {
	base, _, _ := strings.Cut(s, ".")
	base = strings.TrimRight(base, " ")
	switch len(base) {
	case 3:
		return foldPrefix(base, "con") || foldPrefix(base, "prn") || foldPrefix(base, "aux") || foldPrefix(base, "nul")
	case 4, 5: // 5 with a superscript digit
		digit := base[3:]
		return (foldPrefix(base, "com") || foldPrefix(base, "lpt")) &&
			(len(digit) == 1 && '0' <= digit[0] && digit[0] <= '9' || digit == "\u00b9" || digit == "\u00b2" || digit == "\u00b3")
	}
	return strings.EqualFold(base, "conin$") || strings.EqualFold(base, "conout$")
}
