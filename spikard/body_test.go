package spikard_test

import (
	"context"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// takes is a handler that answers with its one parameter.
func takes(name string, p pybridge.Param) pybridgetest.Func {
	p.Name, p.Required = "value", true
	return pybridgetest.Func{Name: name, Params: []pybridge.Param{p}, Run: func(_ context.Context, args []any) (any, error) {
		if raw, ok := args[0].([]byte); ok {
			return "bytes: " + string(raw), nil
		}
		return args[0], nil
	}}
}

// bodies is an app with a route for each kind of body.
func bodies() *pybridgetest.Engine {
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Post("/json", takes("app.json", pybridge.Param{In: pybridge.InBody, Type: &pybridge.Type{Kind: pybridge.TypeAny}}))
	app.Post("/raw", takes("app.raw", pybridge.Param{In: pybridge.InBody, Type: &pybridge.Type{Kind: pybridge.TypeBytes}}))
	app.Post("/image", takes("app.image", pybridge.Param{
		In: pybridge.InBody, MediaType: "image/*", Type: &pybridge.Type{Kind: pybridge.TypeBytes},
	}))
	app.Post("/text", takes("app.text", pybridge.Param{
		In: pybridge.InBody, MediaType: "text/plain", Type: &pybridge.Type{Kind: pybridge.TypeStr},
	}))
	app.Post("/form", takes("app.form", pybridge.Param{
		In: pybridge.InForm, Whole: true, Type: &pybridge.Type{Kind: pybridge.TypeAny},
	}))
	return engine
}

func TestBodiesByContentType(t *testing.T) {
	t.Parallel()
	s := serve(t, bodies(), spikard.Config{}, spikard.PythonApp("app:app"))
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n"
	for _, tt := range []struct {
		name, path, contentType, body string
		status                        int
		want                          string // the body, or the end of the problem's type
	}{
		{"JSON", "/json", "application/json", `{"a":1}`, 200, `{"a":1}`},
		{"JSON that doesn't say so", "/json", "", `{"a":1}`, 200, `{"a":1}`},
		{"JSON in capitals", "/json", "Application/JSON; Charset=UTF-8", `[]`, 200, `[]`},
		{"built on JSON", "/json", "application/vnd.api+json", `[]`, 200, `[]`},
		{"with a byte order mark", "/json", "application/json", "\xef\xbb\xbf[]", 200, `[]`},
		{"in another charset", "/json", "application/json; charset=utf-16", `[]`, 415, "unsupported-charset"},
		{"text for JSON", "/json", "text/plain", `[]`, 415, "unsupported-media-type"},
		{"a form for JSON", "/json", "application/x-www-form-urlencoded", `a=1`, 415, "unsupported-media-type"},
		{"a type that is none", "/json", ";;;", `[]`, 415, "unsupported-media-type"},
		{"no body of another type", "/json", "text/plain", "", 422, "validation-error"},
		{"bytes of any type", "/raw", "application/pdf", "%PDF", 200, `"bytes: %PDF"`},
		{"bytes without a type", "/raw", "", "\x00", 200, `"bytes: \u0000"`},
		{"a type within a range", "/image", "image/png", "png", 200, `"bytes: png"`},
		{"a type outside of a range", "/image", "text/plain", "png", 415, "unsupported-media-type"},
		{"text", "/text", "text/plain", "é", 200, `"é"`},
		{"text in Latin-1", "/text", "text/plain; charset=iso-8859-1", "\xe9", 200, `"é"`},
		{"text in UTF-16", "/text", "text/plain; charset=utf-16le", "\xe9\x00", 200, `"é"`},
		{"text in no known charset", "/text", "text/plain; charset=klingon", "x", 415, "unsupported-charset"},
		{"text that isn't UTF-8", "/text", "text/plain", "\xff", 400, "bad-request"},
		{"a form", "/form", "application/x-www-form-urlencoded", "a=1", 200, `{"a":"1"}`},
		{"a form in parts", "/form", "multipart/form-data; boundary=b", multipart, 200, `{"a":"1"}`},
		{"JSON for a form", "/form", "application/json", "{}", 415, "unsupported-media-type"},
		{"a form in another charset", "/form", "application/x-www-form-urlencoded; charset=utf-16", "a=1", 415, "unsupported-charset"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.contentType != "" {
				header = []string{"Content-Type", tt.contentType}
			}
			got := s.do(t, "POST", tt.path, tt.body, header...)
			if tt.status >= 400 {
				got.problem(t, tt.status, tt.want)
			} else if got.StatusCode != tt.status || got.text != tt.want {
				t.Errorf("%d %s, want %d %s", got.StatusCode, got.text, tt.status, tt.want)
			}
		})
	}
	t.Run("parts without a boundary", func(t *testing.T) {
		got := s.do(t, "POST", "/form", "x", "Content-Type", "multipart/form-data")
		if got.StatusCode != 400 || got.text != `{"error":"multipart/form-data requires 'boundary' parameter"}` {
			t.Errorf("%d %s", got.StatusCode, got.text)
		}
	})
	t.Run("compressed", func(t *testing.T) {
		got := s.do(t, "POST", "/json", "[]", "Content-Encoding", "gzip")
		got.problem(t, 415, "unsupported-content-encoding")
		if got.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("Accept-Encoding %q", got.Header.Get("Accept-Encoding"))
		}
	})
	t.Run("two types", func(t *testing.T) {
		s.do(t, "POST", "/json", "[]", "Content-Type", jsonText, "Content-Type", "text/plain").problem(t, 400, "bad-request")
	})
}

const jsonText = "application/json"

// TestShortBody half-closes the connection before the promised body is there.
func TestShortBody(t *testing.T) {
	t.Parallel()
	s := serve(t, bodies(), spikard.Config{}, spikard.PythonApp("app:app"))
	got := s.raw(t, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}", true)
	got.problem(t, 400, "content-length-mismatch")
}

// TestRefusedValues has Python refuse what it is to make an object of.
func TestRefusedValues(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app").Post("/", raises("app.strict", &pybridgetest.RefusedError{
		Errors: `[{"type":"value_error","loc":["body","age"],"msg":"Value error, too young","input":3}]`,
	}))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	doc := s.do(t, "POST", "/", "").problem(t, 422, "validation-error")
	if doc["detail"] != "1 validation error in request" {
		t.Errorf("detail %v", doc["detail"])
	}
}
