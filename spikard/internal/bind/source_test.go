package bind

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

var absent = wire.AbsentValue{}

func TestWhereValuesComeFrom(t *testing.T) {
	t.Parallel()
	str, ints := typ(pybridge.TypeStr), typ(pybridge.TypeList, typ(pybridge.TypeInt))
	header := func(lines ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(lines); i += 2 {
			h.Add(lines[i], lines[i+1])
		}
		return h
	}
	for name, c := range map[string]struct {
		p    pybridge.Param
		x    fakeExchange
		want any
	}{
		"query":                  {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "a=1&q=2"}, "2"},
		"query escapes":          {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=a+b%20c%26%2B%c3%a9"}, "a b c&+é"},
		"query broken escapes":   {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=%zz%4%"}, "%zz%4%"},
		"query bytes for nobody": {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=a&x=%ff&%ff=1"}, "a"},
		"query escaped name":     {pybridge.Param{Alias: "a b", In: pybridge.InQuery, Type: str}, fakeExchange{query: "a%20b=1"}, "1"},
		"query last of several":  {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=1&q=2"}, "2"},
		"query semicolon":        {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=1;q=2"}, "1;q=2"},
		"query equals sign":      {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "q=a=b"}, "a=b"},
		"query without a value":  {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "x&q"}, ""},
		"query absent":           {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "x=1&&"}, absent},
		"query prefix of a name": {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: str}, fakeExchange{query: "qq=1"}, absent},
		"list":                   {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints}, fakeExchange{query: "q=1&x=9&q=2&q=3"}, []any{int64(1), int64(2), int64(3)}},
		"optional list":          {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: optional(ints)}, fakeExchange{query: "q=1"}, []any{int64(1)}},
		"list absent":            {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints}, fakeExchange{}, absent},
		"separated":              {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints, Separator: ","}, fakeExchange{query: "q=1,2&q=3"}, []any{int64(1), int64(2), int64(3)}},
		"separated by escaped":   {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints, Separator: "|"}, fakeExchange{query: "q=1%7C2"}, []any{int64(1), int64(2)}},
		"separated by spaces":    {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints, Separator: " "}, fakeExchange{query: "q=1+2%203"}, []any{int64(1), int64(2), int64(3)}},
		"separated and empty":    {pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: ints, Separator: ","}, fakeExchange{query: "q="}, []any{}},
		"separated with empty ends": {
			pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: typ(pybridge.TypeVarTuple, str), Separator: ","},
			fakeExchange{query: "q=,a,"},
			[]any{"", "a", ""},
		},
		"set": {
			pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: &pybridge.Type{Kind: pybridge.TypeSet, Items: []*pybridge.Type{str}, Converter: 4}},
			fakeExchange{query: "q=a&q=a"},
			wire.ConvertValue{Converter: 4, Value: []any{"a", "a"}},
		},
		"tuple": {
			pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: typ(pybridge.TypeTuple, typ(pybridge.TypeInt), str), Separator: ","},
			fakeExchange{query: "q=1,a"},
			[]any{int64(1), "a"},
		},
		"header":               {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str}, fakeExchange{header: header("X-Token", "foo, bar")}, "foo, bar"},
		"header empty":         {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str}, fakeExchange{header: header("X-Token", "")}, ""},
		"header absent":        {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str}, fakeExchange{}, absent},
		"header in Latin-1":    {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str}, fakeExchange{header: header("X-Token", "caf\xe9")}, "café"},
		"header in UTF-8":      {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: str}, fakeExchange{header: header("X-Token", "café")}, "café"},
		"header lines":         {pybridge.Param{Alias: "x-token", In: pybridge.InHeader, Type: ints}, fakeExchange{header: header("X-Token", "1", "X-Token", "2")}, []any{int64(1), int64(2)}},
		"host":                 {pybridge.Param{Alias: "host", In: pybridge.InHeader, Type: str}, fakeExchange{host: "example.com:8080"}, "example.com:8080"},
		"cookie":               {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "a=1; c=2;d=3")}, "2"},
		"cookie equals sign":   {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "c=a=b")}, "a=b"},
		"cookie first":         {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "c=1; c=2")}, "1"},
		"cookie in two lines":  {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "a=1", "Cookie", "c=2")}, "2"},
		"cookie case":          {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "C=1")}, absent},
		"cookie quoted":        {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", `c="a b"`)}, "a b"},
		"cookie with escapes":  {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", `c="a\054\"\\"`)}, `a,"\`},
		"cookie not decoded":   {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "c=a%20b+c")}, "a%20b+c"},
		"cookie without value": {pybridge.Param{Alias: "c", In: pybridge.InCookie, Type: str}, fakeExchange{header: header("Cookie", "c; c=")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, p := writes(t, mustCompile(t, nil, function(c.p)), &c.x, "")
			if p != nil {
				t.Fatal(errorsOf(t, p))
			}
			if !reflect.DeepEqual(got[0], c.want) {
				t.Errorf("got %#v, want %#v", got[0], c.want)
			}
		})
	}
}

func TestPathValuesAreDecodedOnce(t *testing.T) {
	t.Parallel()
	b := mustCompile(t, nil, function(
		pybridge.Param{Alias: "file", In: pybridge.InPath, Required: true, Type: typ(pybridge.TypeStr)},
		pybridge.Param{Alias: "id", In: pybridge.InPath, Required: true, Type: typ(pybridge.TypeInt)},
	), "id", "file")
	got, p := writes(t, b, &fakeExchange{path: []string{"%34%32", "a%2Fb+c%2525%C3%A9"}}, "")
	if p != nil || got[0] != "a/b+c%25é" || got[1] != int64(42) {
		t.Errorf("got %v, %v", got, errorsOf(t, p))
	}
	for _, v := range []string{"%zz", "%ff"} {
		if _, p := writes(t, b, &fakeExchange{path: []string{"1", v}}, ""); p == nil || p.Status != 400 {
			t.Errorf("%q: %v", v, p)
		}
	}
}

func TestManyNamesAreFound(t *testing.T) {
	t.Parallel()
	var params []pybridge.Param
	query := ""
	for c := 'a'; c <= 'z'; c++ {
		params = append(params, pybridge.Param{Alias: string(c), In: pybridge.InQuery, Type: typ(pybridge.TypeStr)})
		query = string(c) + "=" + string(c) + "&" + query
	}
	params = append(params,
		pybridge.Param{Name: "again", Alias: "b", In: pybridge.InQuery, Type: typ(pybridge.TypeStr)},
		pybridge.Param{Name: "cookie", Alias: "b", In: pybridge.InCookie, Type: typ(pybridge.TypeStr)},
	)
	x := &fakeExchange{query: query, header: http.Header{"Cookie": {"b=cookie"}}}
	got, p := writes(t, mustCompile(t, nil, function(params...)), x, "")
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	for i, v := range got {
		want := params[i].Alias
		if params[i].In == pybridge.InCookie {
			want = "cookie"
		}
		if v != want {
			t.Errorf("%s: got %v", params[i].Name, v)
		}
	}
}

func TestQueriesAreUTF8(t *testing.T) {
	t.Parallel()
	for _, kind := range []*pybridge.Type{typ(pybridge.TypeStr), typ(pybridge.TypeList, typ(pybridge.TypeStr))} {
		b := mustCompile(t, nil, function(pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: kind}))
		for _, query := range []string{"q=a%ffb", "q=a\xffb", "q=%ed%a0%80"} {
			if _, p := writes(t, b, &fakeExchange{query: query}, ""); p == nil || p.Status != 400 {
				t.Errorf("%q: got %v", query, p)
			}
		}
	}
}
