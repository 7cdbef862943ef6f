package jsonwire_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// values draws JSON values as encoding/json has them with UseNumber.
func values(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 6
		if depth == 0 {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number"))
		case 3:
			return rapid.String().Draw(t, "string")
		case 4:
			return rapid.SliceOfN(values(depth-1), 0, 5).Draw(t, "list")
		default:
			return rapid.MapOfN(rapid.String(), values(depth-1), 0, 5).Draw(t, "dict")
		}
	})
}

// asWire gives what wire.Decode makes of a value of encoding/json.
func asWire(v any) any {
	switch v := v.(type) {
	case json.Number:
		text := v.String()
		if strings.ContainsAny(text, ".eE") {
			f, _ := v.Float64()
			return f
		}
		if i, err := v.Int64(); err == nil {
			return i
		}
		n, _ := new(big.Int).SetString(text, 10)
		return n
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, asWire(item))
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = asWire(item)
		}
		return out
	}
	return v
}

func TestAnyAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(values(4).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var b bytes.Buffer
			_ = json.Indent(&b, text, " ", "\t")
			text = b.Bytes()
		}
		agree(t, text)
	})
}

type failer interface {
	Errorf(format string, args ...any)
}

// agree compares both views of a text that is JSON.
func agree(t failer, text []byte) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		t.Errorf("encoding/json refuses %q: %v", text, err)
		return
	}
	got, err := decode(string(text))
	if err != nil || !reflect.DeepEqual(got, asWire(want)) {
		t.Errorf("%q: got %#v, %v; want %#v", text, got, err, asWire(want))
	}
}

// FuzzScanner holds the scanner against encoding/json: what one takes, the
// other must, but for what is refused on purpose; and a text that is passed
// over must be read as strictly as one that is kept.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		"", "null", `{"a":[1,-0,2.5e3,"\u00e9\ud83d\ude00"],"a":{}}`, "[1,]", `"\ud800"`, "\"\xff\"", "-", "[[[[", `{"a":1}x`,
		`["0123456789abcdef\n0123456789abcdef",0.1234567890123456789,18446744073709551616,1e-30]`,
		"{ \"eight spaces\" :\n        1\r\n\t}", `["seven__\"é_seven","\ud83d\u0041"]`, "[\"\xe2\x82\"]", "\"1234567\x1f\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decode(text)
		var s jsonwire.Scanner
		s.Reset(text)
		if s.Skip(); s.End() != (err == nil) {
			t.Errorf("%q: kept: %v; passed over: %v", text, err, s.Err())
		}
		switch {
		case err == nil && !json.Valid([]byte(text)):
			t.Errorf("%q was taken", text)
		case err == nil:
			agree(t, []byte(text))
		case json.Valid([]byte(text)) && !refusedOnPurpose(text):
			t.Errorf("%q was refused: %v", text, err)
		}
	})
}

func refusedOnPurpose(text string) bool {
	return !utf8.ValidString(text) || strings.Contains(strings.ToLower(text), `\ud`) ||
		strings.Count(text, "[")+strings.Count(text, "{") > jsonwire.MaxDepth || len(text) > jsonwire.MaxDigits
}
