package bind

import (
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// benchCases are requests without faults.
func benchCases(t testing.TB) map[string]struct {
	b    *Binder
	x    *fakeExchange
	body string
} {
	integer, str := typ(pybridge.TypeInt), typ(pybridge.TypeStr)
	item := `{"name":"Foo","price":35.4,"tags":["a","b"],"stock":3}`
	return map[string]struct {
		b    *Binder
		x    *fakeExchange
		body string
	}{
		"path and query": {mustCompile(t, nil, function(
			pybridge.Param{Alias: "id", In: pybridge.InPath, Required: true, Type: integer},
			pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: optional(str)},
			pybridge.Param{Alias: "limit", In: pybridge.InQuery, Type: integer},
			pybridge.Param{Alias: "on", In: pybridge.InQuery, Type: typ(pybridge.TypeBool)},
		), "id"), &fakeExchange{path: []string{"42"}, query: "q=foo&limit=10&x=1"}, ""},
		"header, cookie, uuid, list": {mustCompile(t, nil, function(
			pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str},
			pybridge.Param{Alias: "session", In: pybridge.InCookie, Type: str},
			pybridge.Param{Alias: "id", In: pybridge.InQuery, Type: typ(pybridge.TypeUUID)},
			pybridge.Param{Alias: "ids", In: pybridge.InQuery, Type: typ(pybridge.TypeList, integer)},
		)), &fakeExchange{
			query:  "id=c892496f-b1fd-4b91-bdb8-b46f92df1716&ids=1&ids=2",
			header: http.Header{"X-Token": {"t"}, "Cookie": {"a=b; session=abc"}},
		}, ""},
		"small body":          {bodyOf(t, ref("Item")), &fakeExchange{}, item},
		"body out of order":   {bodyOf(t, ref("Item")), &fakeExchange{}, `{"stock":3,"tags":["a","b"],"price":35.4,"name":"Foo"}`},
		"list of 100 objects": {bodyOf(t, typ(pybridge.TypeList, ref("Item"))), &fakeExchange{}, "[" + strings.Repeat(item+",", 99) + item + "]"},
		"any":                 {bodyOf(t, typ(pybridge.TypeAny)), &fakeExchange{}, "[" + strings.Repeat(item+",", 99) + item + "]"},
	}
}

func BenchmarkBind(b *testing.B) {
	for name, c := range benchCases(b) {
		b.Run(name, func(b *testing.B) {
			var w wire.Writer
			body := []byte(c.body)
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				w.Reset()
				if p := c.b.Bind(c.x, Body{Text: body}, &w); p != nil {
					b.Fatal(p)
				}
			}
		})
	}
}

func BenchmarkBindStruct(b *testing.B) {
	sb := structBinder[input](b, "id")
	x := &fakeExchange{path: []string{"42"}, query: "name=foo&limit=10", header: http.Header{"X-Token": {"t"}}}
	b.ReportAllocs()
	for b.Loop() {
		var in input
		if p := sb.Bind(x, Body{}, reflect.ValueOf(&in).Elem()); p != nil {
			b.Fatal(p)
		}
	}
}

// TestPlainRequestsAllocateNothing is not run in parallel: others would take
// the pool's states.
func TestPlainRequestsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	for name, c := range benchCases(t) {
		var w wire.Writer
		body := []byte(c.body)
		n := testing.AllocsPerRun(100, func() {
			w.Reset()
			if p := c.b.Bind(c.x, Body{Text: body}, &w); p != nil {
				t.Fatal(p)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkFile is for a body of somebody else's, and a schema for it if there
// is one: tests/bench -codec runs it.
func BenchmarkFile(b *testing.B) {
	file := os.Getenv("SPIKARD_BENCH_JSON")
	if file == "" {
		b.Skip("SPIKARD_BENCH_JSON names no file")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	binder := mustCompile(b, nil, function(pybridge.Param{
		Alias: "body", In: pybridge.InBody, Required: true, Type: typ(pybridge.TypeAny), Schema: []byte(os.Getenv("SPIKARD_BENCH_SCHEMA")),
	}))
	var w wire.Writer
	body, x := Body{Text: text}, &fakeExchange{}
	b.SetBytes(int64(len(text)))
	w.Grow(10 * len(text)) // as a server's have grown with the requests before
	for b.Loop() {
		w.Reset()
		if p := binder.Bind(x, body, &w); p != nil {
			b.Fatal(p)
		}
	}
}
