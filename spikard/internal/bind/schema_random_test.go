package bind

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// randomSchemas makes schemas and values that have a chance of fitting each
// other: few names, few values, every keyword that is compiled but formats, of
// which validators differ.
type randomSchemas struct{ *rand.Rand }

func newRandomSchemas(seed uint64) randomSchemas {
	return randomSchemas{rand.New(rand.NewPCG(seed, 2020_12))}
}

var (
	randomNames    = []string{"a", "b", "c", "ab", "é"}
	randomStrings  = []string{"", "a", "b", "ab", "abc", "é", "12", "a1", "xyz-"}
	randomNumbers  = []string{"0", "1", "2", "-1", "3", "1.0", "1.5", "0.5", "-2.25", "1e1", "10", "100", "12345678901234567890", "-0"}
	randomPatterns = []string{"^a", "b$", "[0-9]+", "^[a-c]*$", "é", "^(?!b)", "^.$"}
	randomTypes    = []string{"null", "boolean", "integer", "number", "string", "array", "object"}
)

// draw gives one of several texts.
func (r randomSchemas) draw(list []string) string { return list[r.IntN(len(list))] }

// document is a schema with definitions.
func (r randomSchemas) document() string {
	var defs []string
	for i := range randomDefs {
		defs = append(defs, `"d`+strconv.Itoa(i)+`":`+r.schema(2, i+1))
	}
	return strings.TrimSuffix(r.object(3, 0), "}") + `,"$defs":{` + strings.Join(defs, ",") + "}}"
}

const randomDefs = 3

// schema makes one that refers, for the same value, to definitions from first
// on only: then no reference is without an end.
func (r randomSchemas) schema(depth, first int) string {
	switch n := r.IntN(12); {
	case n == 0:
		return "true"
	case n == 1:
		return "false"
	case n == 2 && first < randomDefs:
		return r.ref(first)
	}
	return r.object(depth, first)
}

func (r randomSchemas) ref(first int) string {
	return `{"$ref":"#/$defs/d` + strconv.Itoa(first+r.IntN(randomDefs-first)) + `"}`
}

// inner is a schema of a part of the value: it may refer to anything.
func (r randomSchemas) inner(depth int) string {
	if r.IntN(6) == 0 {
		return r.ref(0)
	}
	return r.schema(depth-1, 0)
}

func (r randomSchemas) object(depth, first int) string {
	members := []string{`"title":"t"`}
	for range 1 + r.IntN(3) {
		members = append(members, r.keyword(depth, first)...)
	}
	// Of a keyword that came twice the first is left.
	seen := make(map[string]bool)
	kept := members[:0]
	for _, m := range members {
		name, _, _ := strings.Cut(m, ":")
		if !seen[name] {
			kept = append(kept, m)
		}
		seen[name] = true
	}
	return "{" + strings.Join(kept, ",") + "}"
}

func (r randomSchemas) keyword(depth, first int) []string {
	if depth <= 0 {
		return r.simple()
	}
	switch r.IntN(4) {
	case 0:
		return r.forObjects(depth)
	case 1:
		return r.forArrays(depth)
	case 2:
		return r.applicator(depth, first)
	}
	return r.simple()
}

func (r randomSchemas) count() string { return strconv.Itoa(r.IntN(4)) }

func (r randomSchemas) simple() []string {
	switch r.IntN(13) {
	case 0, 1, 2:
		return []string{`"type":"` + r.draw(randomTypes) + `"`}
	case 3:
		return []string{`"type":["` + r.draw(randomTypes[:3]) + `","` + r.draw(randomTypes[3:]) + `"]`}
	case 4:
		return []string{`"enum":[` + r.value(1) + "," + r.value(1) + "," + r.value(2) + "]"}
	case 5:
		return []string{`"const":` + r.value(1)}
	case 6:
		return []string{`"minimum":` + r.draw(randomNumbers)}
	case 7:
		return []string{`"maximum":` + r.draw(randomNumbers)}
	case 8:
		return []string{`"exclusiveMinimum":` + r.draw(randomNumbers), `"exclusiveMaximum":` + r.draw(randomNumbers)}
	case 9:
		return []string{`"multipleOf":` + r.draw([]string{"1", "2", "0.5", "3", "0.25", "10"})}
	case 10:
		return []string{`"minLength":` + r.count(), `"maxLength":` + r.count()}
	case 11:
		return []string{`"maxLength":` + r.count()}
	}
	return []string{`"pattern":"` + r.draw(randomPatterns) + `"`}
}

func (r randomSchemas) forObjects(depth int) []string {
	switch r.IntN(9) {
	case 0, 1:
		return []string{`"properties":` + r.named(depth)}
	case 2:
		return []string{`"properties":` + r.named(depth), `"additionalProperties":` + r.inner(depth)}
	case 3:
		return []string{`"patternProperties":{"` + r.draw(randomPatterns) + `":` + r.inner(depth) + `}`}
	case 4:
		return []string{`"required":["` + r.draw(randomNames) + `"]`}
	case 5:
		return []string{`"minProperties":` + r.count(), `"maxProperties":` + r.count()}
	case 6:
		return []string{`"propertyNames":` + r.inner(depth)}
	case 7:
		return []string{`"dependentRequired":{"` + r.draw(randomNames) + `":["` + r.draw(randomNames) + `"]}`}
	}
	return []string{`"dependentSchemas":{"` + r.draw(randomNames) + `":` + r.schema(depth-1, randomDefs) + `}`}
}

func (r randomSchemas) named(depth int) string {
	first := r.IntN(len(randomNames) - 1)
	return `{"` + randomNames[first] + `":` + r.inner(depth) + `,"` + randomNames[first+1] + `":` + r.inner(depth) + "}"
}

func (r randomSchemas) forArrays(depth int) []string {
	switch r.IntN(6) {
	case 0, 1:
		return []string{`"items":` + r.inner(depth)}
	case 2:
		return []string{`"prefixItems":[` + r.inner(depth) + "," + r.inner(depth) + "]", `"items":` + r.inner(depth)}
	case 3:
		return []string{`"uniqueItems":true`}
	case 4:
		return []string{`"minItems":` + r.count(), `"maxItems":` + r.count()}
	}
	out := []string{`"contains":` + r.inner(depth)}
	if r.IntN(2) == 0 {
		out = append(out, `"minContains":`+r.count(), `"maxContains":`+r.count())
	}
	return out
}

func (r randomSchemas) applicator(depth, first int) []string {
	pair := func() string { return "[" + r.schema(depth-1, first) + "," + r.schema(depth-1, first) + "]" }
	switch r.IntN(5) {
	case 0:
		return []string{`"allOf":` + pair()}
	case 1:
		return []string{`"anyOf":` + pair()}
	case 2:
		return []string{`"oneOf":` + pair()}
	case 3:
		return []string{`"not":` + r.schema(depth-1, first)}
	}
	return []string{
		`"if":` + r.schema(depth-1, first), `"then":` + r.schema(depth-1, first), `"else":` + r.schema(depth-1, first),
	}
}

// value is the text of a JSON value. Now and then a name comes twice.
func (r randomSchemas) value(depth int) string {
	n := r.IntN(10)
	if depth <= 0 {
		n %= 6
	}
	switch {
	case n == 0:
		return r.draw([]string{"null", "true", "false"})
	case n <= 2:
		return r.draw(randomNumbers)
	case n <= 5:
		return `"` + r.draw(randomStrings) + `"`
	case n <= 7:
		return "[" + r.several(func() string { return r.value(depth - 1) }) + "]"
	}
	return "{" + r.several(func() string { return `"` + r.draw(randomNames) + `": ` + r.value(depth-1) }) + " }"
}

func (r randomSchemas) several(one func() string) string {
	list := make([]string, r.IntN(4))
	for i := range list {
		list[i] = one()
	}
	return strings.Join(list, ",")
}
