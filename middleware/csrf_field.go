package middleware

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

const (
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"
)

// maxPeek bounds what is read of a body, and held, before the handler runs.
const maxPeek = 64 << 10

// mediaType gives the request's media type without parameters, in lower case.
func mediaType(r *http.Request) string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// formValue gives the first value of a form's field, if it lies within the
// first maxPeek bytes, which can be read again.
func formValue(r *http.Request, field string) string {
	switch mediaType(r) {
	case mediaForm:
		return queryValue(string(peek(r)), field)
	case mediaMultipart:
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || params["boundary"] == "" {
			return ""
		}
		return partValue(multipart.NewReader(bytes.NewReader(peek(r)), params["boundary"]), field)
	default:
		return ""
	}
}

// partValue looks through the parts as far as they were read.
func partValue(parts *multipart.Reader, field string) string {
	for {
		part, err := parts.NextPart()
		if err != nil {
			return ""
		}
		if part.FormName() != field || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return ""
		}
		return string(value)
	}
}

// peek reads the beginning of the body and puts it back. An error comes again
// when the handler reads.
func peek(r *http.Request) []byte {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, maxPeek))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failedReader{err}
	}
	r.Body = peekedBody{Reader: io.MultiReader(bytes.NewReader(head), rest), Closer: r.Body}
	return head
}

type peekedBody struct {
	io.Reader
	io.Closer
}

type failedReader struct{ err error }

func (f failedReader) Read([]byte) (int, error) { return 0, f.err }
