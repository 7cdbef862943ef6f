package abuse

import (
	"fmt"
	"strings"
)

const jsonType = "application/json"

func jsonTo(target, text string) message { return post(target, jsonType, []byte(text)) }

// nested is brackets within brackets.
func nested(depth int, open, inner, closing string) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(closing, depth)
}

// members is an object of n members.
func members(n int, format string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	b.WriteByte('}')
	return b.String()
}

const malformed = "Invalid request format"

// hostileJSON is what no JSON parser of ours may take.
func hostileJSON() []hostile {
	digits := strings.Repeat("7", 5000)
	deep := scaled(100_000)
	return []hostile{
		{name: "600 brackets", m: jsonTo("/any", nested(600, "[", "", "]")), status: is(400), says: "512"},
		{name: "600 objects", m: jsonTo("/any", nested(600, `{"a":`, "1", "}")), status: is(400), says: "512"},
		{name: "brackets without end", m: jsonTo("/any", strings.Repeat("[", deep)), status: is(400)},
		{name: "objects without end", m: jsonTo("/any", strings.Repeat(`{"a":`, deep)), status: is(400)},
		{name: "brackets in a typed body", m: jsonTo("/items", `{"name":"a","price":1,"tags":`+strings.Repeat("[", deep)), status: is(400)},
		{name: "brackets in an unknown member", m: jsonTo("/items", `{"name":"a","price":1,"x":`+nested(600, "[", "", "]")+"}"), status: is(400)},
		{name: "5000 digits", m: jsonTo("/any", digits), status: is(400), says: "4300"},
		{name: "5000 digits where int is wanted", m: jsonTo("/numbers", "["+digits+"]"), status: is(400, 422)},
		{name: "5000 digits where float is wanted", m: jsonTo("/items", `{"name":"a","price":`+digits+`}`), status: is(400, 422)},
		{name: "5000 digits where text is wanted", m: jsonTo("/items", `{"name":`+digits+`,"price":1}`), status: is(400, 422)},
		{name: "a million digits", m: jsonTo("/any", strings.Repeat("7", scaled(100_000))), status: is(400)},
		{name: "NaN", m: jsonTo("/any", "NaN"), status: is(400), says: malformed},
		{name: "Infinity", m: jsonTo("/any", "[Infinity]"), status: is(400), says: malformed},
		{name: "-Infinity", m: jsonTo("/any", `{"a":-Infinity}`), status: is(400), says: malformed},
		{name: "NaN for a float", m: jsonTo("/items", `{"name":"a","price":NaN}`), status: is(400), says: malformed},
		{name: "NaN as a text for a float", m: jsonTo("/items", `{"name":"a","price":"nan"}`), status: is(422), kind: "validation-error"},
		{name: "lone high surrogate", m: jsonTo("/any", `"\ud800"`), status: is(400), says: malformed},
		{name: "lone low surrogate", m: jsonTo("/any", `["\udc00x"]`), status: is(400), says: malformed},
		{name: "reversed surrogates", m: jsonTo("/any", `"\udc00\ud800"`), status: is(400), says: malformed},
		{name: "lone surrogate in a name", m: jsonTo("/any", `{"\ud800":1}`), status: is(400), says: malformed},
		{name: "lone surrogate in an unknown member", m: jsonTo("/items", `{"name":"a","price":1,"x":"\ud800"}`), status: is(400), says: malformed},
		{name: "surrogate as bytes", m: jsonTo("/any", "\"\xed\xa0\x80\""), status: is(400), says: malformed},
		{name: "invalid UTF-8", m: jsonTo("/any", "\"a\xff\""), status: is(400), says: malformed},
		{name: "overlong UTF-8", m: jsonTo("/any", "\"\xc0\xaf\""), status: is(400), says: malformed},
		{name: "UTF-8 that breaks off", m: jsonTo("/any", "\"\xf0\x9f\x98\""), status: is(400), says: malformed},
		{name: "invalid UTF-8 for a str", m: jsonTo("/items", "{\"name\":\"\xff\",\"price\":1}"), status: is(400), says: malformed},
		{name: "bare control character", m: jsonTo("/any", "\"a\nb\""), status: is(400), says: malformed},
		{name: "200k members", m: jsonTo("/any", members(200_000, `"k%d":0`)), status: is(400), says: "MaxObjectKeys"},
		{name: "200k unknown members", m: jsonTo("/items", members(200_000, `"k%d":0`)), status: is(400), says: "MaxObjectKeys"},
		{name: "UTF-16", m: jsonTo("/any", "\xff\xfe\"\x00a\x00\"\x00"), status: is(400), says: malformed},
		{name: "a second value", m: jsonTo("/any", `{}{}`), status: is(400), says: malformed},
		{name: "only whitespace", m: jsonTo("/any", strings.Repeat(" ", 1<<20)), status: is(400, 422)},
		{name: "a text without end", m: jsonTo("/any", `"`+strings.Repeat("a", scaled(1_000_000))), status: is(400), says: malformed},
		{name: "many escapes, broken", m: jsonTo("/any", `"`+strings.Repeat(`\u00e9`, scaled(100_000))+`\x"`), status: is(400), says: malformed},
		{name: "no body", m: jsonTo("/any", ""), status: is(422), kind: "validation-error", says: `"missing"`},
		{name: "no body for a dataclass", m: jsonTo("/items", ""), status: is(422), kind: "validation-error", says: `"missing"`},
		{name: "many faults", m: jsonTo("/numbers", "["+strings.Repeat(`"x",`, scaled(100_000))+`"x"]`), status: is(422), kind: "validation-error"},
		{name: "one fault with a large value", m: jsonTo("/items", `{"name":"a","price":[`+strings.Repeat("1,", scaled(100_000))+"1]}"), status: is(422), kind: "validation-error"},
	}
}
