package bind

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// FuzzBody checks that whatever is sent, the answer is a 400, a 422 with
// entries, or values that can be decoded, one for each parameter.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"name":"Foo","price":1}`, `{"price":1,"name":"Foo","tags":["x",1]}`, `{"item":{"name":1},"more":{"a":{}}}`,
		`{"value":1,"left":{"value":2}}`, `[1,2]`, `{"next":{"next":null}}`, `{"id":"a","id":1}`, `{"a":"x","a":1}`, `{"name":`,
	} {
		f.Add(seed)
	}
	var binders []*Binder
	for _, t := range []*pybridge.Type{
		ref("Item"), ref("Order"), ref("Tree"), ref("Point"), ref("Patch"), ref("A"), ref("Wide"),
		typ(pybridge.TypeUnion, ref("Cat"), ref("Dog"), ref("Patch"), typ(pybridge.TypeList, typ(pybridge.TypeInt))),
		typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeInt)),
	} {
		binders = append(binders, bodyOf(f, t))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, b := range binders {
			_, p := writes(t, b, &fakeExchange{}, text)
			if p != nil && p.Status != 400 && (p.Status != 422 || len(p.Errors) == 0) {
				t.Errorf("got %+v", p)
			}
			errorsOf(t, p)
		}
	})
}

// FuzzQuery holds the parser against net/url where both read a query alike.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "q=1", "q=a+b%20c&x=1&q=2", "q", "%71=1", "&&q==&", "q=%zz", "q=%ff", "q;=1"} {
		f.Add(seed)
	}
	b := mustCompile(f, nil, function(pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: typ(pybridge.TypeList, typ(pybridge.TypeStr))}))
	f.Fuzz(func(t *testing.T, query string) {
		got, p := writes(t, b, &fakeExchange{query: query}, "")
		want, err := url.ParseQuery(query)
		if p != nil {
			if p.Status != 400 || err == nil && utf8.ValidString(strings.Join(want["q"], "")) && strings.Count(query, "&") < defaultQueryParams {
				t.Fatal(errorsOf(t, p))
			}
			return
		}
		list, _ := got[0].([]any)
		if err != nil || !utf8.ValidString(strings.Join(want["q"], "")) {
			return // net/url refuses escapes and semicolons that Python takes
		}
		if len(list) != len(want["q"]) {
			t.Fatalf("%q: got %q, want %q", query, list, want["q"])
		}
		for i, v := range list {
			if v != want["q"][i] {
				t.Errorf("%q: got %q, want %q", query, list, want["q"])
			}
		}
	})
}

// FuzzCookie holds the parser against net/http for the cookies that it takes.
func FuzzCookie(f *testing.F) {
	for _, seed := range []string{"", "c=1", "a=1; c=2; c=3", `c="a b"`, `c="\054"`, "c", "=;c=", "c = 1", "c= 0"} {
		f.Add(seed)
	}
	b := mustCompile(f, nil, function(pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: typ(pybridge.TypeList, typ(pybridge.TypeStr))}))
	f.Fuzz(func(t *testing.T, line string) {
		got, p := writes(t, b, &fakeExchange{header: http.Header{"Cookie": {line}}}, "")
		if p != nil {
			t.Fatal(errorsOf(t, p))
		}
		cookies, err := http.ParseCookie(line)
		if err != nil || strings.ContainsAny(line, "\"\r\n\v\f") {
			return // quotes are read otherwise; the others can't be in a header
		}
		var want []string
		for _, c := range cookies {
			if c.Name == "c" {
				want = append(want, trimBlank(c.Value)) // as RFC 6265, section 5.2 has it
			}
		}
		list, _ := got[0].([]any)
		if len(list) != len(want) {
			t.Fatalf("%q: got %q, want %q", line, list, want)
		}
		for i, v := range list {
			if v != want[i] {
				t.Errorf("%q: got %q, want %q", line, list, want)
			}
		}
	})
}

// FuzzText checks that every kind either reports a text or writes one value.
func FuzzText(f *testing.F) {
	for kind, cases := range textCases {
		for text := range cases {
			if len(text) < 100 {
				f.Add(string(kind), text)
			}
		}
	}
	binders := make(map[string]textBinder)
	for kind := range textCases {
		c := compiler{}
		binders[string(kind)] = c.text(typ(kind))
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		n := binders[kind]
		if n == nil || !utf8.ValidString(text) {
			return
		}
		var w wire.Writer
		s := acquire(&w)
		defer s.release()
		if n.text(s, text); s.fails > 0 {
			return
		}
		if _, rest, err := wire.Decode(w.Bytes()); err != nil || len(rest) > 0 {
			t.Errorf("%s from %q: %v, %d bytes left", kind, text, err, len(rest))
		}
	})
}
