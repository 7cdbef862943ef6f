package spikard

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/pybridge"
)

// addHeader adds what a handler set, but for the framing of the message, which
// is the server's: a length that isn't the body's would break the connection.
// To HEAD, a handler may tell the length of a body that it didn't make. A field of
// theirs takes the place of one that middleware has set, as of a request's id, but
// for those that are lists of several people's.
func (x *exchange) addHeader(lines []pybridge.HeaderLine) {
	for i, line := range lines {
		switch {
		case strings.EqualFold(line.Name, "Transfer-Encoding"):
		case strings.EqualFold(line.Name, "Content-Length") && x.Method() != http.MethodHead:
		case isShared(line.Name) || isNamed(lines[:i], line.Name):
			x.AddHeader(line.Name, line.Value)
		default:
			x.SetHeader(line.Name, line.Value)
		}
	}
}

func isNamed(lines []pybridge.HeaderLine, name string) bool {
	return slices.ContainsFunc(lines, func(l pybridge.HeaderLine) bool { return strings.EqualFold(l.Name, name) })
}

// isShared tells whether a field is one that middleware and handlers add to.
func isShared(name string) bool {
	return strings.EqualFold(name, "Vary") || strings.EqualFold(name, "Set-Cookie")
}

// addLines adds what Go's handlers and problems have, by the same rule.
func addLines(to, lines http.Header) {
	for name, values := range lines {
		if !isShared(name) {
			to.Del(name)
		}
		for _, value := range values {
			to.Add(name, value)
		}
	}
}

// jsonTypeLine is shared by all answers; net/http only reads it.
var jsonTypeLine = []string{jsonType}

// chunked is the size from which net/http sends a body in chunks unless it is
// told the length; up to it, it counts by itself.
const chunked = 2048

// respond sends a whole answer. 204 and 304 have neither a body nor its type;
// HEAD has all of the header that GET would have.
func respond(w http.ResponseWriter, method string, status int, contentType string, body []byte) error {
	header := w.Header()
	if status == http.StatusNoContent || status == http.StatusNotModified {
		delete(header, "Content-Type")
		w.WriteHeader(status)
		return flushHeader(w)
	}
	switch contentType {
	case jsonType:
		header["Content-Type"] = jsonTypeLine
	case "":
		// A nil entry keeps net/http from guessing a type.
		if _, ok := header["Content-Type"]; !ok {
			header["Content-Type"] = nil
		}
	default:
		header["Content-Type"] = []string{contentType}
	}
	if method == http.MethodHead {
		if _, told := header["Content-Length"]; told && len(body) == 0 {
			w.WriteHeader(status)
			return flushHeader(w)
		}
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
		w.WriteHeader(status)
		return flushHeader(w)
	}
	if len(body) >= chunked {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if len(body) == 0 {
		return flushHeader(w)
	}
	_, err := w.Write(body)
	return err
}

// flushHeader has Gin's writer, which waits for a body, pass the header on.
func flushHeader(w http.ResponseWriter) error {
	if gw, ok := w.(gin.ResponseWriter); ok {
		gw.WriteHeaderNow()
	}
	return nil
}

// validStatus tells whether a status can end a request. net/http panics on
// others.
func validStatus(status int) bool { return status >= 200 && status <= 999 }
