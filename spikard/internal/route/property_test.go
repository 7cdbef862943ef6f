package route

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"pgregory.net/rapid"
)

// The generators draw from few texts, so that templates and paths meet often,
// with shared beginnings, so that Gin splits its nodes at odd places.

var someText = []string{"a", "ab", "abc", "b", "ba", "1", "12", "a1", "a:b", "a*", ".", "%C3%A9", "%25", "x-y", "1-2", "5", "25"}

var someConverters = []string{"", "", "", ":int", ":float", ":bool", ":date"}

func drawSegment(t *rapid.T, params *int) string {
	param := func() string {
		*params++
		return fmt.Sprintf("{p%d%s}", *params, rapid.SampledFrom(someConverters).Draw(t, "converter"))
	}
	path := func() string {
		*params++
		return fmt.Sprintf("{p%d:path}", *params)
	}
	switch rapid.IntRange(0, 29).Draw(t, "kind") {
	case 0:
		return ""
	case 1:
		return param() + "-" + param()
	case 2:
		return param() + rapid.SampledFrom(someText).Draw(t, "text")
	case 3:
		return rapid.SampledFrom(someText).Draw(t, "text") + param()
	case 4:
		return path()
	case 5:
		return path() + rapid.SampledFrom(someText).Draw(t, "text")
	case 6:
		return param() + "1" + param() + "b" + path()
	case 7, 8, 9, 10, 11, 12, 13, 14, 15:
		return param()
	default:
		return rapid.SampledFrom(someText).Draw(t, "text")
	}
}

// drawPlainSegment draws what Gin can hold by itself.
func drawPlainSegment(t *rapid.T, params *int) string {
	if rapid.IntRange(0, 2).Draw(t, "kind") == 0 {
		*params++
		return fmt.Sprintf("{p%d%s}", *params, rapid.SampledFrom(someConverters).Draw(t, "converter"))
	}
	return rapid.SampledFrom(someText[:8]).Draw(t, "text")
}

func drawTemplate(t *rapid.T, segment func(*rapid.T, *int) string) string {
	params, s := 0, ""
	for range rapid.IntRange(1, 4).Draw(t, "segments") {
		s += "/" + segment(t, &params)
	}
	if rapid.IntRange(0, 5).Draw(t, "slash") == 0 {
		s += "/"
	}
	return s
}

func drawRoutes(t *rapid.T) []Route {
	segment := drawSegment
	if rapid.Bool().Draw(t, "plain") {
		segment = drawPlainSegment
	}
	var routes []Route
	seen := make(map[routeKey]bool)
	for range rapid.IntRange(1, 8).Draw(t, "routes") {
		tmpl, err := Parse(drawTemplate(t, segment))
		if err != nil {
			t.Fatal(err)
		}
		r := Route{
			Method:   rapid.SampledFrom([]string{"POST", "POST", "POST", "PUT"}).Draw(t, "method"),
			Template: tmpl, ID: len(routes),
		}
		if !seen[keyOf(r)] {
			seen[keyOf(r)] = true
			routes = append(routes, r)
		}
	}
	return routes
}

// drawPath mostly fills in a template, so that paths fit.
func drawPath(t *rapid.T, routes []Route) string {
	var path strings.Builder
	if rapid.IntRange(0, 3).Draw(t, "free") == 0 {
		for range rapid.IntRange(1, 5).Draw(t, "segments") {
			path.WriteString("/" + rapid.SampledFrom(append(someText, "", "")).Draw(t, "text"))
		}
		return path.String()
	}
	for _, p := range refPieces(rapid.SampledFrom(routes).Draw(t, "route").Template.String()) {
		texts := someText
		switch p.converter {
		case "":
			path.WriteString(p.text)
			continue
		case "path":
			texts = append([]string{"", "", "a/b", "ab/", "/", "/1/12"}, texts...)
		case "date":
			texts = append([]string{"2024-02-29", "2023-02-29"}, texts...)
		default:
			texts = append([]string{"1", "12", "1-2", ""}, texts...)
		}
		path.WriteString(rapid.SampledFrom(texts).Draw(t, "value"))
	}
	switch rapid.IntRange(0, 7).Draw(t, "end") {
	case 0:
		path.WriteString("/")
	case 1:
		return path.String()[:max(1, strings.LastIndexByte(path.String(), '/'))]
	}
	return path.String()
}

// TestMatchesReference compares the table, and Gin with the table's mounts,
// to the reference.
func TestMatchesReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		routes := drawRoutes(t)
		table, err := Compile(routes)
		if err != nil {
			t.Fatal(err)
		}
		front := newGinFront(rapid.Permutation(table.Mounts()).Draw(t, "mounts"))
		for range 20 {
			path := drawPath(t, routes)
			var allowed []string
			for _, method := range []string{"POST", "PUT"} {
				want := refMatch(routes, method, path)
				if want.ok {
					allowed = append(allowed, method)
				}
				var got answer
				got.id, got.values, got.ok = table.Match(method, path, nil)
				if !same(got, want) {
					t.Fatalf("%s %s: table gives %+v, reference %+v\n%s", method, path, got, want, list(routes, table))
				}
				if got := front.match(method, path); !same(got, want) {
					t.Fatalf("%s %s: Gin gives %+v, reference %+v\n%s", method, path, got, want, list(routes, table))
				}
			}
			if got := table.Allowed(path); !slices.Equal(got, allowed) {
				t.Fatalf("%s: allowed %q, reference %q\n%s", path, got, allowed, list(routes, table))
			}
		}
	})
}

func same(a, b answer) bool {
	return a.ok == b.ok && (!a.ok || a.id == b.id && slices.Equal(a.values, b.values))
}

func list(routes []Route, table *Table) string {
	var b strings.Builder
	for _, r := range routes {
		fmt.Fprintf(&b, "%d %s %s\n", r.ID, r.Method, r.Template)
	}
	for _, m := range table.Mounts() {
		fmt.Fprintf(&b, "%s %s -> %d\n", m.Method, m.Pattern, m.Direct)
	}
	return b.String()
}

// ginFront serves a table through Gin in the way that Mount documents.
type ginFront struct {
	engine *gin.Engine
	got    answer
}

func newGinFront(mounts []Mount) *ginFront {
	f := &ginFront{engine: gin.New()}
	f.engine.RedirectTrailingSlash = false
	f.engine.RedirectFixedPath = false
	for _, m := range mounts {
		f.engine.Handle(m.Method, m.Pattern, func(c *gin.Context) {
			if m.Dispatch != nil {
				f.got.id, f.got.values, f.got.ok = m.Dispatch.Match(c.Request.URL.Path, nil)
				return
			}
			f.got = answer{id: m.Direct, ok: true}
			for _, p := range c.Params {
				f.got.values = append(f.got.values, p.Value)
				f.got.ok = f.got.ok && p.Value != ""
			}
		})
	}
	return f
}

func (f *ginFront) match(method, path string) answer {
	f.got = answer{}
	f.engine.ServeHTTP(httptest.NewRecorder(), &http.Request{
		Method: method, URL: &url.URL{Path: path}, Header: http.Header{},
	})
	return f.got
}
