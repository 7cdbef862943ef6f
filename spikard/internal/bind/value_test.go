package bind

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

func TestValueErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	m := library()
	for name, c := range map[string]struct {
		t          *pybridge.Type
		text, want string
	}{
		"top":    {typ(pybridge.TypeInt), `"a"`, "value does not fit its type: $: int_parsing: Input should be a valid integer, unable to parse string as an integer"},
		"nested": {typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeList, ref("Item"))), `{"a b":[{"name":"Foo","price":"x","tags":[1]}]}`, `value does not fit its type: $["a b"][0].price: float_parsing: Input should be a valid number, unable to parse string as a number, and 1 more`},
		"lacks":  {ref("Order"), `{"item":{"name":"Foo","price":1}}`, "value does not fit its type: $.count: missing: Field required"},
		"syntax": {typ(pybridge.TypeInt), `1,`, "malformed JSON at byte 1: unexpected text after the value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := CompileValue(m, c.t)
			if err != nil {
				t.Fatal(err)
			}
			var w wire.Writer
			err = b.Decode([]byte(c.text), &w)
			if err == nil || err.Error() != c.want || w.Len() != 0 {
				t.Errorf("got %v", err)
			}
			if !errors.Is(err, ErrValue) && !errors.Is(err, jsonwire.ErrSyntax) {
				t.Errorf("%v wraps nothing to be told apart by", err)
			}
		})
	}
}

// TestValuesOfGo takes what encoding/json makes of Go values.
func TestValuesOfGo(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 15, 10, 30, 0, 123456789, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		t           *pybridge.Type
		value, want any
	}{
		"time":     {typ(pybridge.TypeDateTime), at, "2024-03-15T10:30:00.123456+01:00"},
		"duration": {typ(pybridge.TypeDuration), 1500 * time.Millisecond, 1.5},
		"uint64":   {typ(pybridge.TypeInt), uint64(1) << 63, bigInt("9223372036854775808")},
		"struct": {ref("Cat"), struct {
			Lives int    `json:"lives"`
			Name  string `json:"name"`
		}{9, "<Tom & é>"}, object(12, "<Tom & é>", int64(9))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := CompileValue(library(), c.t)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(c.value)
			if err != nil {
				t.Fatal(err)
			}
			var w wire.Writer
			if err := b.Decode(text, &w); err != nil {
				t.Fatal(err)
			}
			if got, _, err := wire.Decode(w.Bytes()); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, %v; want %#v", got, err, c.want)
			}
		})
	}
}
