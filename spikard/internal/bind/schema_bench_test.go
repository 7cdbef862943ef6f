package bind

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const (
	itemSchema = `{"type":"object","additionalProperties":false,"required":["name","price"],"properties":{
		"name":{"type":"string","minLength":1,"maxLength":50},"price":{"type":"number","minimum":0},
		"tags":{"type":"array","items":{"type":"string"}},"stock":{"type":"integer"}}}`
	itemText = `{"name":"Foo","price":35.4,"tags":["a","b"],"stock":3}`
)

// schemaCases are values without faults, beside the same without a schema.
func schemaCases(t testing.TB) map[string]struct {
	b    *Binder
	text string
} {
	list := "[" + strings.Repeat(itemText+",", 99) + itemText + "]"
	type c = struct {
		b    *Binder
		text string
	}
	return map[string]c{
		"any":        {bodyOf(t, typ(pybridge.TypeAny)), list},
		"objects":    {schemaBody(t, `{"type":"array","items":`+itemSchema+`}`), list},
		"enum":       {schemaBody(t, `{"items":{"enum":["a","b","c"]}}`), `["a","b","c","a","b","c"]`},
		"formats":    {schemaBody(t, `{"items":{"format":"date-time"}}`), `["2024-01-15T10:30:00Z","2024-01-15T10:30:00Z"]`},
		"oneOf":      {schemaBody(t, `{"items":{"oneOf":[{"type":"string"},{"type":"object","required":["x"]},`+itemSchema+`]}}`), list},
		"if":         {schemaBody(t, `{"items":{"if":{"required":["stock"]},"then":`+itemSchema+`}}`), list},
		"uniqueness": {schemaBody(t, `{"uniqueItems":true}`), `[1,2,3,"a","b","c"]`},
		"a class":    {schemaBodyOf(t, typ(pybridge.TypeList, ref("Item")), `{"items":`+itemSchema+`}`), list},
		"defaults":   {schemaBody(t, `{"items":{"properties":{"x":{"default":1}}}}`), list},
	}
}

func BenchmarkSchema(b *testing.B) {
	for name, c := range schemaCases(b) {
		b.Run(name, func(b *testing.B) {
			var w wire.Writer
			body, x := Body{Text: []byte(c.text)}, &fakeExchange{}
			b.ReportAllocs()
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				w.Reset()
				if p := c.b.Bind(x, body, &w); p != nil {
					b.Fatal(p)
				}
			}
		})
	}
}

// TestSchemasAllocateNothing is not run in parallel: others would take the
// pool's states.
func TestSchemasAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	x := &fakeExchange{}
	for name, c := range schemaCases(t) {
		var w wire.Writer
		body := Body{Text: []byte(c.text)}
		n := testing.AllocsPerRun(50, func() {
			w.Reset()
			if p := c.b.Bind(x, body, &w); p != nil {
				t.Fatal(p)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
