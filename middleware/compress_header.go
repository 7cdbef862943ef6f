package middleware

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// isCoded tells whether an answer has a content coding, be it identity, by
// which a handler switches compression off. That is taken away: RFC 9110,
// section 8.4, has it that no client sees it.
func isCoded(header http.Header) bool {
	codings := header["Content-Encoding"]
	if len(codings) == 1 && strings.EqualFold(codings[0], codingNames[codingIdentity][0]) {
		delete(header, "Content-Encoding")
	}
	return len(codings) > 0
}

// mayCompress tells whether an answer that isn't coded may be, whatever the
// client takes. It goes over the few fields that there are: looking up all
// that matter takes twice as long.
func mayCompress(status int, header http.Header) bool {
	if status < http.StatusOK || status == http.StatusNoContent || status == http.StatusResetContent ||
		status == http.StatusPartialContent || status == http.StatusNotModified {
		return false
	}
	known := false
	for name, lines := range header {
		switch name {
		case "Content-Type":
			known = len(lines) == 1 && compressible(lines[0])
		case "Content-Range", "Content-Digest", "Repr-Digest", "Content-Md5":
			// A part of the plain body, and digests of it.
			if len(lines) > 0 {
				return false
			}
		case "Cache-Control": // RFC 9111, section 5.2.2.6
			if listed(lines, "no-transform") {
				return false
			}
		}
	}
	return known
}

// listed tells whether an item stands in the lines of a header that is a list.
func listed(lines []string, item string) bool {
	for _, line := range lines {
		for more := true; more; {
			var one string
			one, line, more = strings.Cut(line, ",")
			if strings.EqualFold(textproto.TrimString(one), item) {
				return true
			}
		}
	}
	return false
}

// varyLine is shared by all answers, as codingNames are.
var varyLine = []string{"Accept-Encoding"}

// varyByCoding says in Vary that the answer depends on Accept-Encoding.
func varyByCoding(header http.Header) {
	lines := header["Vary"]
	switch {
	case len(lines) == 0:
		header["Vary"] = varyLine
	case listed(lines, varyLine[0]), listed(lines, "*"):
	default:
		// Into the one line: there are clients that read only the first. The
		// lines may be shared with other answers.
		header["Vary"] = []string{strings.Join(lines, ", ") + ", " + varyLine[0]}
	}
}

// weaken makes the validator weak: it is the plain body's, and the compressed
// one isn't equal to it byte by byte (RFC 9110, section 8.8.1).
func weaken(header http.Header) {
	if tag := header["Etag"]; len(tag) == 1 && strings.HasPrefix(tag[0], `"`) {
		header["Etag"] = []string{"W/" + tag[0]}
	}
}

// declaredLength gives the Content-Length, or -1.
func declaredLength(header http.Header) int64 {
	line := header["Content-Length"]
	if len(line) != 1 {
		return -1
	}
	n, err := strconv.ParseInt(line[0], 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// becomeCoded turns the header of a plain body into that of the compressed
// one. Ranges are of the plain body only.
func becomeCoded(header http.Header, c contentCoding) {
	header["Content-Encoding"] = codingNames[c]
	delete(header, "Content-Length")
	delete(header, "Accept-Ranges")
	weaken(header)
	varyByCoding(header)
}

// stored makes a 304 name the validator under which the client has the body.
// The handler knows the strong one only: by what the client sent, its copy is
// compressed, and a cache would not find it by the other (RFC 9111, section
// 4.3.4).
func stored(header, request http.Header) {
	tag, sent := header["Etag"], request["If-None-Match"]
	if len(tag) != 1 || len(sent) == 0 || !strings.HasPrefix(tag[0], `"`) {
		return
	}
	if weak := "W/" + tag[0]; slices.ContainsFunc(sent, func(line string) bool { return strings.Contains(line, weak) }) {
		header["Etag"] = []string{weak}
		varyByCoding(header)
	}
}
