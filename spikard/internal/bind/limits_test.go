package bind

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// manyMembers is an object of n members.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limits := Limits{ObjectKeys: 3, QueryParams: 4}
	all := typ(pybridge.TypeAny)
	ints := typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeInt))
	param := func(in pybridge.ParamIn, t *pybridge.Type) pybridge.Param {
		return pybridge.Param{Name: "p", Alias: "p", In: in, Type: t}
	}
	cookies := func(lines ...string) *fakeExchange { return &fakeExchange{header: http.Header{"Cookie": lines}} }
	deep := strings.Repeat("[", 513) + strings.Repeat("]", 513)
	for name, c := range map[string]struct {
		p      pybridge.Param
		x      *fakeExchange
		body   string
		detail string
	}{
		"members":            {param(pybridge.InBody, all), &fakeExchange{}, manyMembers(4), "the body has an object with more than 3 members (MaxObjectKeys)"},
		"members of a dict":  {param(pybridge.InBody, ints), &fakeExchange{}, manyMembers(4), "the body has an object with more than 3 members (MaxObjectKeys)"},
		"members not wanted": {param(pybridge.InBody, ref("Item")), &fakeExchange{}, `{"x":` + manyMembers(4) + `}`, "the body has an object with more than 3 members (MaxObjectKeys)"},
		"after a fault":      {param(pybridge.InBody, typ(pybridge.TypeInt)), &fakeExchange{}, manyMembers(4), "the body has an object with more than 3 members (MaxObjectKeys)"},
		"most members":       {param(pybridge.InBody, all), &fakeExchange{}, manyMembers(3), ""},
		"nesting":            {param(pybridge.InBody, all), &fakeExchange{}, deep, "the body has values nested deeper than 512 levels"},
		"digits":             {param(pybridge.InBody, all), &fakeExchange{}, strings.Repeat("1", 4301), "the body has an integer of more than 4300 digits"},
		"query":              {param(pybridge.InQuery, all), &fakeExchange{query: "a&b&c&d&e"}, "", "the query has more than 4 parameters (MaxQueryParams)"},
		"query of nothing":   {param(pybridge.InQuery, all), &fakeExchange{query: "&&&&"}, "", "the query has more than 4 parameters (MaxQueryParams)"},
		"query nobody wants": {param(pybridge.InBody, all), &fakeExchange{query: "a&b&c&d&e"}, "1", "the query has more than 4 parameters (MaxQueryParams)"},
		"longest query":      {param(pybridge.InQuery, all), &fakeExchange{query: "a&b&c&d"}, "", ""},
		"no query":           {param(pybridge.InQuery, all), &fakeExchange{}, "", ""},
		"cookies":            {param(pybridge.InCookie, all), cookies("a=1; b=2; c=3; d=4; e=5"), "", "the request has more than 4 cookies (MaxQueryParams)"},
		"cookies in lines":   {param(pybridge.InCookie, all), cookies("a=1; b=2; c=3", "d=4; e=5"), "", "the request has more than 4 cookies (MaxQueryParams)"},
		"one line too many":  {param(pybridge.InCookie, all), cookies("a=1; b=2; c=3; d=4", "e=5"), "", "the request has more than 4 cookies (MaxQueryParams)"},
		"most cookies":       {param(pybridge.InCookie, all), cookies("a=1; b=2", "c=3; d=4", ""), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompile(t, library(), function(c.p))
			b.SetLimits(limits)
			_, p := writes(t, b, c.x, c.body)
			switch {
			case c.detail == "" && p != nil:
				t.Errorf("refused: %v", p)
			case c.detail != "" && (p == nil || p.Status != 400 || p.Detail != c.detail || !strings.HasSuffix(p.Type, "/limit-exceeded")):
				t.Errorf("got %+v, want %q", p, c.detail)
			}
		})
	}
}

func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	b := mustCompile(t, nil, function(pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: typ(pybridge.TypeStr)}))
	for n, refused := range map[int]bool{1000: false, 1001: true} {
		if _, p := writes(t, b, &fakeExchange{query: strings.Repeat("q=1&", n-1) + "q=1"}, ""); (p != nil) != refused {
			t.Errorf("%d parameters: %v", n, p)
		}
	}
	b = bodyOf(t, typ(pybridge.TypeAny))
	for n, refused := range map[int]bool{100_000: false, 100_001: true} {
		if _, p := writes(t, b, &fakeExchange{}, manyMembers(n)); (p != nil) != refused {
			t.Errorf("%d members: %v", n, p)
		}
	}
}

// TestValuesOfGoHaveNoLimits binds more than a client may send.
func TestValuesOfGoHaveNoLimits(t *testing.T) {
	t.Parallel()
	b, err := CompileValue(nil, typ(pybridge.TypeAny))
	if err != nil {
		t.Fatal(err)
	}
	var w wire.Writer
	if err := b.Decode([]byte(manyMembers(100_001)), &w); err != nil {
		t.Error(err)
	}
}

// TestMembersThatComeAgainAndAgain are counted right, however often.
func TestMembersThatComeAgainAndAgain(t *testing.T) {
	t.Parallel()
	again := strings.Repeat(`"a":"x",`, maxForgotten+10)
	ints := typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeInt))
	for _, kind := range []*pybridge.Type{ints, ref("Wide")} {
		b := bodyOf(t, kind)
		if _, p := writes(t, b, &fakeExchange{}, "{"+again+`"a":1}`); p != nil {
			t.Errorf("the last one is right: %s", errorsOf(t, p))
		}
		_, p := writes(t, b, &fakeExchange{}, "{"+again+`"a":"y"}`)
		if p == nil || p.Status != 422 || len(p.Errors) != 1 || !strings.HasPrefix(p.Detail, "1 ") {
			t.Errorf("got %+v", p)
		}
	}
}
