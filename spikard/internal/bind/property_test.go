package bind

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// TestMembersMayComeInAnyOrder shuffles, repeats and drops the members of a
// wide object within others: the wire form depends on the values alone.
func TestMembersMayComeInAnyOrder(t *testing.T) {
	t.Parallel()
	m := library()
	holder := pybridge.Class{Name: "app.Holder", Kind: pybridge.ClassDataclass, Index: 20}
	for _, name := range []string{"one", "two", "three"} {
		holder.Fields = append(holder.Fields, pybridge.Field{Name: name, Type: ref("Wide")})
	}
	m.Types["Holder"] = holder
	b, err := CompileValue(m, ref("Holder"))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var text bytes.Buffer
		want := object(20, absent, absent, absent)
		text.WriteByte('{')
		for n, i := range rapid.SliceOfN(rapid.IntRange(0, 2), 0, 6).Draw(t, "members") {
			inner, value := drawWide(t)
			if n > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, "%q:%s", holder.Fields[i].Name, inner)
			want.Fields[i] = value
		}
		text.WriteByte('}')
		var w wire.Writer
		if err := b.Decode(text.Bytes(), &w); err != nil {
			t.Fatal(err)
		}
		got, rest, err := wire.Decode(w.Bytes())
		if err != nil || len(rest) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\ngot  %v, %v\nwant %v", &text, got, err, want)
		}
	})
}

func drawWide(t *rapid.T) (string, wire.ObjectValue) {
	want := wire.ObjectValue{Class: 16}
	for range 16 {
		want.Fields = append(want.Fields, absent)
	}
	var members []string
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, 15), 0, 24).Draw(t, "fields") {
		v := rapid.Int64().Draw(t, "value")
		members = append(members, fmt.Sprintf("%q:%d", string(rune('a'+i)), v))
		want.Fields[i] = v
	}
	return "{" + strings.Join(members, ",") + "}", want
}

// TestDecimalsCompareAsRationals holds the comparison by digits against exact
// arithmetic.
func TestDecimalsCompareAsRationals(t *testing.T) {
	t.Parallel()
	number := rapid.StringMatching(`[+-]?[0-9]{1,6}(\.[0-9]{0,6})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, okA := parseDecimal(number.Draw(t, "a"))
		b, okB := parseDecimal(number.Draw(t, "b"))
		if !okA || !okB {
			t.Fatal("not parsed")
		}
		if got, want := a.compare(b), a.rat().Cmp(b.rat()); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%v and %v: got %d, want %d", a, b, got, want)
		}
	})
}

// TestGoStructsRoundTrip binds what encoding/json writes of a struct.
func TestGoStructsRoundTrip(t *testing.T) {
	t.Parallel()
	type inner struct {
		S string             `json:"s"`
		M map[string]float64 `json:"m,omitempty"`
		P *int64             `json:"p"`
	}
	type in struct {
		Body []inner `body:"json"`
	}
	b := structBinder[in](t)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Custom(func(t *rapid.T) inner {
			return inner{
				S: rapid.String().Draw(t, "s"),
				M: rapid.MapOfN(rapid.String(), rapid.Float64Range(-1e300, 1e300), 1, 3).Draw(t, "m"),
				P: rapid.Ptr(rapid.Int64(), true).Draw(t, "p"),
			}
		})).Draw(t, "value")
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got in
		if p := b.Bind(&fakeExchange{}, Body{Text: text}, reflect.ValueOf(&got).Elem()); p != nil {
			t.Fatalf("%s: %v", text, p)
		}
		if len(want)+len(got.Body) > 0 && !reflect.DeepEqual(got.Body, want) {
			t.Fatalf("got %+v, want %+v", got.Body, want)
		}
	})
}
