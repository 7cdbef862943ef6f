package middleware_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

// multipartForm writes fields as name, value pairs, then a file.
func multipartForm(t testing.TB, fields ...string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	part, err := w.CreateFormFile("file", "f.bin")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(bytes.Repeat([]byte("x"), 100_000))
	w.Close()
	return b.String(), w.FormDataContentType()
}

// TestCSRFPeek has fields beyond what is looked at, and bodies that break.
func TestCSRFPeek(t *testing.T) {
	t.Parallel()
	engine := csrfEngine(t, middleware.CSRFConfig{})
	token, cookie := page(t, engine)
	padding := strings.Repeat("x", 64<<10)
	late, lateType := multipartForm(t, "a", padding, "csrf_token", token)
	const fileType = "multipart/form-data; boundary=b"
	fileOnly := "--b\r\nContent-Disposition: form-data; name=csrf_token; filename=f\r\n\r\n" + token + "\r\n--b--\r\n"
	broken := errors.New("the client left")
	for _, tt := range []struct {
		name, contentType, reason string
		body                      io.Reader
	}{
		{"early in a long form", formType, "", strings.NewReader("csrf_token=" + token + "&a=" + padding)},
		{"late in a long form", formType, csrfMissing, strings.NewReader("a=" + padding + "&csrf_token=" + token)},
		{"late in a form with files", lateType, csrfMissing, strings.NewReader(late)},
		{"a file of the field's name", fileType, csrfMissing, strings.NewReader(fileOnly)},
		{"no boundary", "multipart/form-data", csrfMissing, strings.NewReader(late)},
		{"no multipart at all", "multipart/form-data; boundary=x", csrfMissing, strings.NewReader("csrf_token=" + token)},
		{"breaks before", formType, csrfMissing, io.MultiReader(strings.NewReader("a=1"), failing{broken})},
	} {
		r := httptest.NewRequest("POST", "/echo", tt.body)
		r.Header.Set("Content-Type", tt.contentType)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		if reason := csrfReason(t, w); reason != tt.reason {
			t.Errorf("%s: %q, want %q", tt.name, reason, tt.reason)
		}
	}
	r := httptest.NewRequest("POST", "/echo", io.MultiReader(strings.NewReader("csrf_token="+token), failing{broken}))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	if w.Code != 500 || w.Body.String() != broken.Error() {
		t.Errorf("the handler hears of a broken body: %d %s", w.Code, w.Body)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
