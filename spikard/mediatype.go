package spikard

import (
	"mime"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/spikard/spikard-go/spikard/api"
)

// mediaType is a Content-Type, read. The zero value is a request that declares
// none.
type mediaType struct {
	name   string // in lower case, without parameters
	params map[string]string
}

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// readMediaType reads a Content-Type header (RFC 9110, 8.3).
func readMediaType(lines []string) (mediaType, *api.Problem) {
	switch {
	case len(lines) == 0 || len(lines) == 1 && lines[0] == "":
		return mediaType{}, nil
	case len(lines) > 1:
		return mediaType{}, api.NewProblem(http.StatusBadRequest, "bad-request", "Several Content-Type headers")
	case lines[0] == jsonType:
		return mediaType{name: jsonType}, nil
	}
	name, params, err := mime.ParseMediaType(lines[0])
	if err != nil {
		return mediaType{}, unsupportedMediaType()
	}
	return mediaType{name: name, params: params}, nil
}

// isJSON tells whether the type is JSON (RFC 8259) or built on it (RFC 6839).
func (m mediaType) isJSON() bool {
	return m.name == jsonType || strings.HasSuffix(m.name, "+json")
}

// isJSON tells whether an answer's type is JSON.
func isJSON(contentType string) bool {
	media, problem := readMediaType([]string{contentType})
	return problem == nil && media.isJSON()
}

// fits tells whether the type is within a range, as "image/*".
func (m mediaType) fits(wanted string) bool {
	if kind, whole := strings.CutSuffix(wanted, "/*"); whole {
		return kind == "*" || strings.HasPrefix(m.name, kind+"/")
	}
	return m.name == wanted
}

// isUTF8 tells whether the text is UTF-8, as it is unless a charset says
// something else. ASCII is a part of it.
func (m mediaType) isUTF8() bool {
	charset, ok := m.params["charset"]
	if !ok {
		return true
	}
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}

// toUTF8 decodes a text by the charset that the client names, one of those of
// the WHATWG's Encoding Standard.
func (m mediaType) toUTF8(body []byte) ([]byte, *api.Problem) {
	if m.isUTF8() {
		return body, nil
	}
	encoding, err := htmlindex.Get(m.params["charset"])
	if err != nil {
		return nil, unsupportedCharset("Unsupported charset '" + m.params["charset"] + "'")
	}
	text, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return nil, api.NewProblem(http.StatusBadRequest, "bad-request", "The body is not in the charset it declares")
	}
	return text, nil
}

func unsupportedMediaType() *api.Problem {
	return api.NewProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "Unsupported media type")
}

func unsupportedCharset(detail string) *api.Problem {
	p := api.NewProblem(http.StatusUnsupportedMediaType, "unsupported-charset", detail)
	p.Title = "Unsupported Charset"
	return p
}
