package bind

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

func lines(v ...string) string { return strings.Join(v, "\n") }

func TestBodyErrors(t *testing.T) {
	t.Parallel()
	str, integer := typ(pybridge.TypeStr), typ(pybridge.TypeInt)
	for name, c := range map[string]struct {
		t          *pybridge.Type
		text, want string
	}{
		"by name": {ref("Item"), `{"price":-10,"name":"X"}`, lines(
			`{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 3 characters","input":"X","ctx":{"min_length":3}}`,
			`{"type":"greater_than","loc":["body","price"],"msg":"Input should be greater than 0","input":-10,"ctx":{"gt":0}}`)},
		"missing first": {ref("Item"), `{"name":"X"}`, lines(
			`{"type":"missing","loc":["body","price"],"msg":"Field required","input":{"name":"X"}}`,
			`{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 3 characters","input":"X","ctx":{"min_length":3}}`)},
		"nested before the next sibling": {ref("Order"), `{"more":{"b":1,"a":{"price":1}},"item":{"name":"Foo"},"count":"x"}`, lines(
			`{"type":"int_parsing","loc":["body","count"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}`,
			`{"type":"missing","loc":["body","item","price"],"msg":"Field required","input":{"name":"Foo"}}`,
			`{"type":"missing","loc":["body","more","a","name"],"msg":"Field required","input":{"price":1}}`,
			`{"type":"dict_type","loc":["body","more","b"],"msg":"Input should be a valid dictionary","input":1}`)},
		"list indexes in their order": {typ(pybridge.TypeList, integer), `[1,"a",2,3,4,5,6,7,8,9,null]`, lines(
			`{"type":"int_parsing","loc":["body","1"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"a"}`,
			`{"type":"int_parsing","loc":["body","10"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":null}`)},
		"too few items": {
			with(typ(pybridge.TypeList, str), pybridge.Constraints{MinLength: ptr(1)}), `[ ]`,
			`{"type":"too_short","loc":["body"],"msg":"List should have at least 1 item after validation","input":[],"ctx":{"min_length":1}}`,
		},
		"too many items": {
			with(typ(pybridge.TypeList, integer), pybridge.Constraints{MaxLength: ptr(2)}), `[1,2,3]`,
			`{"type":"too_long","loc":["body"],"msg":"List should have at most 2 items after validation","input":[1,2,3],"ctx":{"max_length":2}}`,
		},
		"tuple lacks items": {typ(pybridge.TypeTuple, integer, str), `["a"]`, lines(
			`{"type":"int_parsing","loc":["body","0"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"a"}`,
			`{"type":"missing","loc":["body","1"],"msg":"Field required","input":["a"]}`)},
		"key": {
			typ(pybridge.TypeDict, with(typ(pybridge.TypeStr), pybridge.Constraints{MaxLength: ptr(1)}), integer), `{"\u0061b":1}`,
			`{"type":"string_too_long","loc":["body","ab","[key]"],"msg":"String should have at most 1 character","input":"ab","ctx":{"max_length":1}}`,
		},
		"escaped key": {
			typ(pybridge.TypeDict, str, integer), `{"a\n\u00e9":"x"}`,
			`{"type":"int_parsing","loc":["body","a\né"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}`,
		},
		"only the last of equal keys": {
			typ(pybridge.TypeDict, str, integer), `{"a":"x","b":"y","a":1,"b":"z"}`,
			`{"type":"int_parsing","loc":["body","b"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"z"}`,
		},
		"short text for a UUID": {
			typ(pybridge.TypeUUID), `"not-a-valid-uuid"`,
			`{"type":"uuid_parsing","loc":["body"],"msg":"Input should be a valid UUID","input":"not-a-valid-uuid"}`,
		},
		"choices": {
			&pybridge.Type{Kind: pybridge.TypeEnum, Values: []json.RawMessage{[]byte(`"a"`), []byte(`"it's"`), []byte("3")}}, `"z"`,
			`{"type":"enum","loc":["body"],"msg":"Input should be 'a', \"it's\" or 3","input":"z","ctx":{"expected":"'a', \"it's\" or 3"}}`,
		},
		"union": {
			typ(pybridge.TypeUnion, integer, ref("Cat"), ref("Dog")), `{"x":1}`,
			`{"type":"validation_error","loc":["body"],"msg":"Input should be a valid int or class","input":{"x":1}}`,
		},
		"input as it was written": {
			ref("Item"), `{"name" : "Foo",  "price":1.50e0, "tags":[ 1.10 ]}`,
			`{"type":"string_type","loc":["body","tags","0"],"msg":"Input should be a valid string","input":1.10}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := writes(t, bodyOf(t, c.t), &fakeExchange{}, c.text)
			if got := errorsOf(t, p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestErrorsOfAWholeRequest(t *testing.T) {
	t.Parallel()
	ten := json.Number("10")
	b := mustCompile(t, library(), function(
		pybridge.Param{Alias: "item", In: pybridge.InBody, Required: true, Type: ref("Item")},
		pybridge.Param{Alias: "zone", In: pybridge.InQuery, Required: true, Type: with(typ(pybridge.TypeInt), pybridge.Constraints{Le: &ten})},
		pybridge.Param{Alias: "id", In: pybridge.InPath, Required: true, Type: typ(pybridge.TypeUUID)},
		pybridge.Param{Alias: "ids", In: pybridge.InQuery, Type: with(typ(pybridge.TypeList, typ(pybridge.TypeInt)), pybridge.Constraints{MaxLength: ptr(1)})},
		pybridge.Param{Alias: "more", In: pybridge.InQuery, Type: typ(pybridge.TypeList, typ(pybridge.TypeInt))},
		pybridge.Param{Alias: "X-Token", In: pybridge.InHeader, Required: true, Type: typ(pybridge.TypeStr)},
		pybridge.Param{Alias: "session", In: pybridge.InCookie, Required: true, Type: typ(pybridge.TypeStr)},
		pybridge.Param{Alias: "flag", In: pybridge.InQuery, Required: true, Type: typ(pybridge.TypeBool)},
	), "id")
	x := &fakeExchange{path: []string{"not-a-uuid"}, query: "zone=11&flag=may%22be&ids=1&ids=2&more=1&more=x"}
	_, p := writes(t, b, x, `{"name":"X"}`)
	want := lines(
		`{"type":"missing","loc":["headers","x-token"],"msg":"Field required","input":null}`,
		`{"type":"missing","loc":["cookie","session"],"msg":"Field required","input":null}`,
		`{"type":"bool_parsing","loc":["query","flag"],"msg":"Input should be a valid boolean, unable to interpret input","input":"may\"be"}`,
		"{\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"id\"],\"msg\":\"Input should be a valid UUID, invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `n` at 0\",\"input\":\"not-a-uuid\"}",
		`{"type":"int_parsing","loc":["query","more","1"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}`,
		`{"type":"too_long","loc":["query","ids"],"msg":"List should have at most 1 item after validation","input":["1","2"],"ctx":{"max_length":1}}`,
		`{"type":"less_than_equal","loc":["query","zone"],"msg":"Input should be less than or equal to 10","input":"11","ctx":{"le":10}}`,
		`{"type":"missing","loc":["body","price"],"msg":"Field required","input":{"name":"X"}}`,
		`{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 3 characters","input":"X","ctx":{"min_length":3}}`)
	if got := errorsOf(t, p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p.Type != "https://spikard.dev/errors/validation-error" || p.Title != "Request Validation Failed" ||
		p.Status != http.StatusUnprocessableEntity || p.Detail != "9 validation errors in request" {
		t.Errorf("got %+v", p)
	}
}

func TestTuplesInAQueryAreOfTheirLength(t *testing.T) {
	t.Parallel()
	b := mustCompile(t, nil, function(pybridge.Param{
		Alias: "q", In: pybridge.InQuery, Required: true, Type: typ(pybridge.TypeTuple, typ(pybridge.TypeInt), typ(pybridge.TypeInt)),
	}))
	for query, want := range map[string]string{
		"q=1":         `{"type":"missing","loc":["query","q","1"],"msg":"Field required","input":["1"]}`,
		"q=1&q=2&q=3": `{"type":"too_long","loc":["query","q"],"msg":"Tuple should have at most 2 items after validation","input":["1","2","3"],"ctx":{"max_length":2}}`,
		"":            `{"type":"missing","loc":["query","q"],"msg":"Field required","input":null}`,
	} {
		_, p := writes(t, b, &fakeExchange{query: query}, "")
		if got := errorsOf(t, p); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

func TestDetailCountsOne(t *testing.T) {
	t.Parallel()
	_, p := writes(t, bodyOf(t, typ(pybridge.TypeInt)), &fakeExchange{}, "null")
	if p.Detail != "1 validation error in request" {
		t.Errorf("got %q", p.Detail)
	}
}

func TestProblemsStayInProportion(t *testing.T) {
	t.Parallel()
	const n = 200_000
	_, p := writes(t, bodyOf(t, typ(pybridge.TypeList, typ(pybridge.TypeInt))), &fakeExchange{}, "["+strings.Repeat("null,", n-1)+"null]")
	if len(p.Errors) != maxErrors || p.Detail != strconv.Itoa(n)+" validation errors in request" {
		t.Errorf("%d entries, %s", len(p.Errors), p.Detail)
	}
	large := `{"x":"` + strings.Repeat("x", 600<<10) + `"}`
	_, p = writes(t, bodyOf(t, ref("Item")), &fakeExchange{}, large)
	if len(p.Errors) != 2 || string(p.Errors[0].Input) != large || string(p.Errors[1].Input) != "null" {
		t.Errorf("%d entries", len(p.Errors))
	}
}

func TestProblemsKeepNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	b := bodyOf(t, typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeInt)))
	body := []byte(`{"key":"value"}`)
	p := b.Bind(&fakeExchange{}, Body{Text: body}, newWriter())
	clear(body)
	want := `{"type":"int_parsing","loc":["body","key"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"value"}`
	if got := errorsOf(t, p); got != want {
		t.Errorf("got %s", got)
	}
}
