package bind

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
)

// fakeExchange is a request as data.
type fakeExchange struct {
	path   []string
	query  string
	header http.Header
	host   string
}

var _ api.Exchange = (*fakeExchange)(nil)

func (x *fakeExchange) Context() context.Context          { return context.Background() }
func (x *fakeExchange) Method() string                    { return http.MethodPost }
func (x *fakeExchange) EscapedPath() string               { return "/" + strings.Join(x.path, "/") }
func (x *fakeExchange) PathValue(i int) string            { return x.path[i] }
func (x *fakeExchange) RawQuery() string                  { return x.query }
func (x *fakeExchange) Header(name string) string         { return x.header.Get(name) }
func (x *fakeExchange) HeaderValues(name string) []string { return x.header[name] }
func (x *fakeExchange) ContentLength() int64              { return -1 }
func (x *fakeExchange) Body() io.Reader                   { return strings.NewReader("") }
func (x *fakeExchange) ClientAddr() string                { return "192.0.2.1" }
func (x *fakeExchange) Scheme() string                    { return "http" }
func (x *fakeExchange) Host() string                      { return x.host }
func (x *fakeExchange) Set(string, any)                   {}

func (x *fakeExchange) Get(string) any { return nil }

func (x *fakeExchange) RequestID() string                  { return "1" }
func (x *fakeExchange) SetHeader(string, string)           {}
func (x *fakeExchange) AddHeader(string, string)           {}
func (x *fakeExchange) Respond(int, string, []byte) error  { return nil }
func (x *fakeExchange) Headers() iter.Seq2[string, string] { return func(func(string, string) bool) {} }

// testSource is where the functions of the tests claim to be written.
var testSource = api.Source{File: "app.py", Line: 12}

func typ(kind pybridge.TypeKind, items ...*pybridge.Type) *pybridge.Type {
	return &pybridge.Type{Kind: kind, Items: items}
}

func optional(t *pybridge.Type) *pybridge.Type {
	return typ(pybridge.TypeUnion, t, typ(pybridge.TypeNone))
}

func ptr[T any](v T) *T { return &v }

// with gives t with constraints.
func with(t *pybridge.Type, c pybridge.Constraints) *pybridge.Type {
	t.Constraints = c
	return t
}

func function(params ...pybridge.Param) *pybridge.Function {
	for i := range params {
		if params[i].Name == "" {
			params[i].Name = params[i].Alias
		}
	}
	return &pybridge.Function{Name: "app.handler", Params: params, Source: testSource}
}

// compileAll compiles all parameters of a function, for a path of these names.
func compileAll(m *pybridge.Manifest, fn *pybridge.Function, pathNames ...string) (*Binder, error) {
	indexes := make([]int, len(fn.Params))
	for i := range indexes {
		indexes[i] = i
	}
	return Compile(m, fn, indexes, pathNames, Options{})
}

func mustCompile(t testing.TB, m *pybridge.Manifest, fn *pybridge.Function, pathNames ...string) *Binder {
	t.Helper()
	b, err := compileAll(m, fn, pathNames...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writes runs a binder and gives the values it wrote.
func writes(t testing.TB, b *Binder, x *fakeExchange, body string) ([]any, *api.Problem) {
	t.Helper()
	return writesBody(t, b, x, Body{Text: []byte(body)})
}

func writesBody(t testing.TB, b *Binder, x *fakeExchange, body Body) ([]any, *api.Problem) {
	t.Helper()
	var w wire.Writer
	w.Null() // what was written before must stay
	p := b.Bind(x, body, &w)
	if p != nil {
		if w.Len() != 1 {
			t.Errorf("a refused request left %d bytes behind", w.Len()-1)
		}
		return nil, p
	}
	var out []any
	for rest := w.Bytes()[1:]; len(rest) > 0; {
		v, r, err := wire.Decode(rest)
		if err != nil {
			t.Fatal(err)
		}
		out, rest = append(out, v), r
	}
	if len(out) != len(b.params) {
		t.Fatalf("%d values for %d parameters", len(out), len(b.params))
	}
	return out, nil
}

// errorsOf gives a problem's entries as compact JSON, one a line.
func errorsOf(t testing.TB, p *api.Problem) string {
	t.Helper()
	if p == nil {
		return ""
	}
	if p.Status != 422 {
		return string(p.Body)
	}
	lines := make([]string, len(p.Errors))
	for i, e := range p.Errors {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
		lines[i] = strings.TrimSpace(b.String())
	}
	return strings.Join(lines, "\n")
}

func newWriter() *wire.Writer { return new(wire.Writer) }
