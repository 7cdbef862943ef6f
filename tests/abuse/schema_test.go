package abuse

import (
	"fmt"
	"strings"
)

// hostileSchemas are values that make a careless validator go on for long.
func hostileSchemas() []hostile {
	return []hostile{
		{name: "recursive anyOf", m: jsonTo("/tree", nested(400, `{"next":`, "{}", "}")), status: is(422), kind: "validation-error"},
		{name: "backtracking pattern", m: jsonTo("/pattern", `"`+strings.Repeat("a", 30_000)+`c"`), status: is(422), kind: "validation-error"},
		{name: "backtracking pattern of a query", m: get("/pattern?q=" + strings.Repeat("a", 5000) + "!"), status: is(422), kind: "validation-error"},
		{name: "backtracking patterns", m: jsonTo("/patterns", "["+numbered(scaled(1000), `"`+strings.Repeat("a", 40)+`%d"`)+"]"), status: is(422), kind: "validation-error"},
		{name: "recursive union of classes", m: jsonTo("/turns", nested(400, `{"next":`, "{}", "}")), status: is(422), kind: "validation-error"},
		{name: "many unknown members", m: jsonTo("/closed", members(scaled(10_000), `"k%d":0`)), status: is(422), kind: "validation-error"},
		{name: "many large unknown members", m: jsonTo("/closed", members(scaled(100), `"k%d":"`+strings.Repeat("a", 10_000)+`"`)), status: is(422), kind: "validation-error"},
		{name: "unique items that are not", m: jsonTo("/set", "["+numbered(scaled(10_000), `"v%d"`)+`,"v0"]`), status: is(422), kind: "validation-error"},
		{name: "unique objects that are not", m: jsonTo("/set", "["+numbered(scaled(2000), `{"a":%d}`)+`,{"a":0.0}]`), status: is(422), kind: "validation-error"},
	}
}

// numbered is n items after another.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
