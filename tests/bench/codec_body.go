package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// codecBody is a JSON text of about a megabyte, its wire form, and a schema that
// it fits.
type codecBody struct {
	name   string
	text   []byte
	wire   []byte
	schema string
}

const codecSize = 1 << 20

func codecBodies() []codecBody {
	r := rand.New(rand.NewPCG(1, 2))
	return []codecBody{
		newCodecBody("typical", typicalSchema, func(i int) any { return typicalItem(r, i) }),
		newCodecBody("strings", `{"type":"string","minLength":1}`, func(int) any { return prose(r, "lorem ipsum dolor sit amet consectetur adipiscing elit") }),
		newCodecBody("unicode", `{"type":"string"}`, func(int) any {
			return prose(r, "größer naïve Ærøskøbing Привет мир 日本語 😀 data señor")
		}),
		newCodecBody("floats", `{"type":"number","minimum":0}`, func(int) any { return r.Float64() * math.Pow10(r.IntN(10)-5) }),
		newCodecBody("ints", `{"type":"integer","minimum":0}`, func(int) any { return r.Int64N(int64(math.Pow10(1 + r.IntN(12)))) }),
	}
}

const typicalSchema = `{
	"type": "object", "additionalProperties": false,
	"required": ["id", "name", "email", "active", "tags", "address"],
	"properties": {
		"id": {"type": "integer", "minimum": 0}, "name": {"type": "string", "minLength": 1, "maxLength": 100},
		"email": {"type": "string"}, "active": {"type": "boolean"},
		"score": {"type": "number", "minimum": 0, "maximum": 100}, "balance": {"type": "number"},
		"tags": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
		"address": {"type": "object", "properties": {
			"street": {"type": "string"}, "city": {"type": "string"}, "lat": {"type": "number"}}},
		"created_at": {"type": "string", "format": "date-time"}, "note": {"type": ["string", "null"]}
	}
}`

// typicalItem is what lists of an API are made of.
func typicalItem(r *rand.Rand, i int) any {
	return struct {
		ID      int      `json:"id"`
		Name    string   `json:"name"`
		Email   string   `json:"email"`
		Active  bool     `json:"active"`
		Score   float64  `json:"score"`
		Balance float64  `json:"balance"`
		Tags    []string `json:"tags"`
		Address any      `json:"address"`
		Created string   `json:"created_at"`
		Note    any      `json:"note"`
	}{
		ID: i * 7919, Name: "Ada Lovelace", Email: fmt.Sprintf("user%d@example.com", i), Active: i%3 == 0,
		Score: math.Round(r.Float64()*1e4) / 100, Balance: r.Float64() * 1e4, Tags: []string{"red", "green", "blue"},
		Address: map[string]any{"street": fmt.Sprintf("%d Main Street", i), "city": "Springfield", "lat": r.Float64() * 90},
		Created: "2024-03-15T10:30:00Z",
	}
}

// prose is a text of some dozen words.
func prose(r *rand.Rand, words string) any {
	from := strings.Fields(words)
	var b strings.Builder
	for range 10 + r.IntN(40) {
		b.WriteString(from[r.IntN(len(from))] + " ")
	}
	return b.String()
}

// newCodecBody makes a list of items until it is large enough.
func newCodecBody(name, schema string, item func(i int) any) codecBody {
	var text bytes.Buffer
	text.WriteByte('[')
	for i := 0; text.Len() < codecSize; i++ {
		if i > 0 {
			text.WriteByte(',')
		}
		one, err := json.Marshal(item(i))
		if err != nil {
			panic(err) // the items are of this file
		}
		text.Write(one)
	}
	text.WriteByte(']')
	var w wire.Writer
	d := json.NewDecoder(bytes.NewReader(text.Bytes()))
	d.UseNumber()
	writeWire(&w, d)
	return codecBody{
		name: name, text: text.Bytes(), wire: w.Bytes(), schema: `{"type":"array","items":` + schema + "}",
	}
}

// writeWire writes the next value of a text that is JSON, its members in their
// order.
func writeWire(w *wire.Writer, d *json.Decoder) {
	switch token, _ := d.Token(); v := token.(type) {
	case nil:
		w.Null()
	case bool:
		w.Bool(v)
	case string:
		w.Str(v)
	case json.Number:
		if i, err := v.Int64(); err == nil {
			w.Int(i)
			return
		}
		f, _ := v.Float64()
		w.Float(f)
	case json.Delim:
		writeMany(w, d, v == '{')
	}
}

func writeMany(w *wire.Writer, d *json.Decoder, object bool) {
	at, n := w.Len(), 0
	if object {
		w.Dict(0)
	} else {
		w.List(0)
	}
	for ; d.More(); n++ {
		if object {
			writeWire(w, d)
		}
		writeWire(w, d)
	}
	_, _ = d.Token() // the closing bracket
	w.SetCount(at, n)
}
