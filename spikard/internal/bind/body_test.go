package bind

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// library is a manifest with a class of each kind.
func library() *pybridge.Manifest {
	class := func(ref string) *pybridge.Type { return &pybridge.Type{Kind: pybridge.TypeClass, Ref: ref} }
	str, integer, float := typ(pybridge.TypeStr), typ(pybridge.TypeInt), typ(pybridge.TypeFloat)
	return &pybridge.Manifest{Types: map[string]pybridge.Class{
		"Item": {Name: "app.Item", Kind: pybridge.ClassDataclass, Index: 7, Fields: []pybridge.Field{
			{Name: "name", Type: with(typ(pybridge.TypeStr), pybridge.Constraints{MinLength: ptr(3)}), Required: true},
			{Name: "price", Type: with(typ(pybridge.TypeFloat), pybridge.Constraints{Gt: ptr(json.Number("0"))}), Required: true},
			{Name: "tags", Type: typ(pybridge.TypeList, str)},
			{Name: "stock", Type: optional(integer)},
		}},
		"Order": {Name: "app.Order", Kind: pybridge.ClassDataclass, Index: 8, Fields: []pybridge.Field{
			{Name: "item", Type: class("Item"), Required: true},
			{Name: "count", Type: integer, Required: true},
			{Name: "more", Type: typ(pybridge.TypeDict, str, class("Item"))},
		}},
		"Tree": {Name: "app.Tree", Kind: pybridge.ClassDataclass, Index: 9, Fields: []pybridge.Field{
			{Name: "left", Type: optional(class("Tree"))},
			{Name: "right", Type: optional(class("Tree"))},
			{Name: "value", Type: integer, Required: true},
		}},
		"Point": {Name: "app.Point", Kind: pybridge.ClassNamedTuple, Index: 10, Fields: []pybridge.Field{
			{Name: "x", Type: float, Required: true}, {Name: "y", Type: float, Required: true}, {Name: "label", Type: str},
		}},
		"Patch": {Name: "app.Patch", Kind: pybridge.ClassTypedDict, Index: 11, Fields: []pybridge.Field{
			{Name: "id", Type: integer, Required: true}, {Name: "name", Type: str},
		}},
		"Cat": {Name: "app.Cat", Kind: pybridge.ClassDataclass, Index: 12, Fields: []pybridge.Field{
			{Name: "name", Type: str, Required: true}, {Name: "lives", Type: integer},
		}},
		"Dog": {Name: "app.Dog", Kind: pybridge.ClassDataclass, Index: 13, Fields: []pybridge.Field{
			{Name: "name", Type: str, Required: true}, {Name: "tricks", Type: typ(pybridge.TypeList, str)},
		}},
		"A": {Name: "app.A", Kind: pybridge.ClassDataclass, Index: 14, Fields: []pybridge.Field{
			{Name: "next", Type: typ(pybridge.TypeUnion, class("A"), class("B"), typ(pybridge.TypeNone))},
		}},
		"B": {Name: "app.B", Kind: pybridge.ClassDataclass, Index: 15, Fields: []pybridge.Field{
			{Name: "next", Type: typ(pybridge.TypeUnion, class("A"), class("B"), typ(pybridge.TypeNone))},
		}},
		"Wide":    wideClass(),
		"Session": {Name: "app.Session", Kind: pybridge.ClassPlain, Index: 17, Source: testSource},
	}}
}

// wideClass has enough fields to be looked up in a map.
func wideClass() pybridge.Class {
	c := pybridge.Class{Name: "app.Wide", Kind: pybridge.ClassDataclass, Index: 16}
	for name := 'a'; name <= 'p'; name++ {
		c.Fields = append(c.Fields, pybridge.Field{Name: string(name), Type: typ(pybridge.TypeInt)})
	}
	return c
}

func bodyOf(t testing.TB, typ *pybridge.Type) *Binder {
	t.Helper()
	return mustCompile(t, library(), function(pybridge.Param{Name: "body", Alias: "body", In: pybridge.InBody, Required: true, Type: typ}))
}

func ref(name string) *pybridge.Type { return &pybridge.Type{Kind: pybridge.TypeClass, Ref: name} }

func object(class int, fields ...any) wire.ObjectValue {
	return wire.ObjectValue{Class: class, Fields: fields}
}

func TestBodyOfEachKind(t *testing.T) {
	t.Parallel()
	integer, str := typ(pybridge.TypeInt), typ(pybridge.TypeStr)
	converted := func(k pybridge.TypeKind, items ...*pybridge.Type) *pybridge.Type {
		out := typ(k, items...)
		out.Converter = 3
		return out
	}
	literal := &pybridge.Type{Kind: pybridge.TypeLiteral, Values: []json.RawMessage{[]byte(`"a"`), []byte("1"), []byte("null"), []byte("true"), []byte("2.5")}}
	for name, c := range map[string]struct {
		t    *pybridge.Type
		text string
		want any
	}{
		"int":                       {integer, "42", int64(42)},
		"int from 1.0":              {integer, "1.0", int64(1)},
		"int from 1e2":              {integer, "1e2", int64(100)},
		"int from -0.0":             {integer, "-0.0", int64(0)},
		"int from 1e20":             {integer, "1e20", bigInt("100000000000000000000")},
		"int from -2^63 as a float": {integer, "-9223372036854775808.0", bigInt("-9223372036854775808").Int64()},
		"big int":                   {integer, "-92233720368547758080", bigInt("-92233720368547758080")},
		"int from 1.5":              {integer, "1.5", refused("int_parsing")},
		"int from a string":         {integer, `"1"`, refused("int_parsing")},
		"int from true":             {integer, "true", refused("int_parsing")},
		"int from null":             {integer, "null", refused("int_parsing")},
		"int from a list":           {integer, "[1]", refused("int_parsing")},
		"int from 1e400":            {integer, "1e400", refused("int_parsing")},
		"float from an int":         {typ(pybridge.TypeFloat), "42", 42.0},
		"float":                     {typ(pybridge.TypeFloat), "0.1", 0.1},
		"float from a string":       {typ(pybridge.TypeFloat), `"1"`, refused("float_parsing")},
		"float too large":           {typ(pybridge.TypeFloat), "1e400", refused("finite_number")},
		"float from a huge int":     {typ(pybridge.TypeFloat), "1" + strings.Repeat("0", 400), refused("finite_number")},
		"bool":                      {typ(pybridge.TypeBool), "true", true},
		"bool from 1":               {typ(pybridge.TypeBool), "1", refused("bool_parsing")},
		"str":                       {str, `"a\u0000é"`, "a\x00é"},
		"str from 1":                {str, "1", refused("string_type")},
		"bytes":                     {typ(pybridge.TypeList, typ(pybridge.TypeBytes)), `["aMOp", "aA==", "aA", ""]`, []any{[]byte("hé"), []byte("h"), []byte("h"), []byte{}}},
		"bytes that aren't base64":  {typ(pybridge.TypeList, typ(pybridge.TypeBytes)), `["é"]`, refused("bytes_invalid_encoding")},
		"uuid":                      {converted(pybridge.TypeUUID), `"C892496FB1FD4B91BDB8B46F92DF1716"`, wire.ConvertValue{Converter: 3, Value: "c892496f-b1fd-4b91-bdb8-b46f92df1716"}},
		"uuid from 1":               {typ(pybridge.TypeUUID), "1", refused("string_type")},
		"decimal from a number":     {converted(pybridge.TypeDecimal), "1.10", wire.ConvertValue{Converter: 3, Value: "1.10"}},
		"decimal from a string":     {typ(pybridge.TypeDecimal), `"1.10"`, "1.10"},
		"datetime":                  {converted(pybridge.TypeDateTime), `"2024-03-15T10:30:00Z"`, wire.ConvertValue{Converter: 3, Value: "2024-03-15T10:30:00+00:00"}},
		"timedelta in seconds":      {typ(pybridge.TypeDuration), "90", 90.0},
		"none":                      {typ(pybridge.TypeNone), "null", nil},
		"none from 0":               {typ(pybridge.TypeNone), "0", refused("none_required")},
		"any":                       {typ(pybridge.TypeAny), `{"a":[1,2.0]}`, map[string]any{"a": []any{int64(1), 2.0}}},
		"list":                      {typ(pybridge.TypeList, integer), "[1,2]", []any{int64(1), int64(2)}},
		"empty list":                {typ(pybridge.TypeList, integer), "[ ]", []any{}},
		"list from an object":       {typ(pybridge.TypeList, integer), "{}", refused("list_type")},
		"bare list":                 {typ(pybridge.TypeList), `["a"]`, []any{"a"}},
		"set":                       {converted(pybridge.TypeSet, integer), "[1,1]", wire.ConvertValue{Converter: 3, Value: []any{int64(1), int64(1)}}},
		"set counts once":           {with(typ(pybridge.TypeSet, integer), pybridge.Constraints{MinLength: ptr(2)}), "[1,1]", refused("too_short")},
		"tuple":                     {typ(pybridge.TypeTuple, integer, str), `[1,"a"]`, []any{int64(1), "a"}},
		"tuple too long":            {typ(pybridge.TypeTuple, integer, str), `[1,"a",2]`, refused("too_long")},
		"tuple too short":           {typ(pybridge.TypeTuple, integer, str), `[1]`, refused("missing")},
		"dict":                      {typ(pybridge.TypeDict, str, integer), `{"a":1,"b":2,"a":3}`, map[string]any{"a": int64(3), "b": int64(2)}},
		"dict with int keys":        {converted(pybridge.TypeDict, integer, str), `{"1":"a"}`, wire.ConvertValue{Converter: 3, Value: []any{[]any{int64(1), "a"}}}},
		"dict too short":            {with(typ(pybridge.TypeDict, str, integer), pybridge.Constraints{MinLength: ptr(2)}), `{"a":1,"a":2}`, refused("too_short")},
		"literal str":               {literal, `"a"`, "a"},
		"literal int":               {literal, "1", int64(1)},
		"literal int as a float":    {literal, "1.0", int64(1)},
		"literal null":              {literal, "null", nil},
		"literal true":              {literal, "true", true},
		"literal float":             {literal, "2.5", 2.5},
		"literal other":             {literal, `"1"`, refused("enum")},
		"literal from a list":       {literal, `["a"]`, refused("enum")},
		"optional null":             {optional(integer), "null", nil},
		"optional value":            {optional(integer), "1", int64(1)},
		"optional other":            {optional(integer), `"a"`, refused("int_parsing")},
		"int or str":                {typ(pybridge.TypeUnion, integer, str), `"1"`, "1"},
		"exact int before float":    {typ(pybridge.TypeUnion, typ(pybridge.TypeFloat), integer), "1", int64(1)},
		"exact float before int":    {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeFloat)), "1.0", 1.0},
		"no member for the shape":   {typ(pybridge.TypeUnion, integer, str), "[]", refused("validation_error")},
		"list of int or of str":     {typ(pybridge.TypeUnion, typ(pybridge.TypeList, integer), typ(pybridge.TypeList, str)), `["a"]`, []any{"a"}},
		"neither list":              {typ(pybridge.TypeUnion, typ(pybridge.TypeList, integer), typ(pybridge.TypeList, str)), `["a",1]`, refused("validation_error")},
		"dataclass":                 {ref("Item"), `{"name":"Foo","price":1,"tags":["x"],"stock":null}`, object(7, "Foo", 1.0, []any{"x"}, nil)},
		"dataclass with gaps":       {ref("Item"), `{"name":"Foo","price":1,"stock":3}`, object(7, "Foo", 1.0, absent, int64(3))},
		"dataclass backwards":       {ref("Item"), `{"stock":3,"tags":[],"price":1,"name":"Foo"}`, object(7, "Foo", 1.0, []any{}, int64(3))},
		"dataclass gap filled late": {ref("Item"), `{"name":"Foo","stock":3,"price":1}`, object(7, "Foo", 1.0, absent, int64(3))},
		"dataclass repeated":        {ref("Item"), `{"name":1,"price":1,"name":"Bar","price":-2,"price":3}`, object(7, "Bar", 3.0, absent, absent)},
		"dataclass unknown keys":    {ref("Item"), `{"x":{"y":[1]},"name":"Foo","Name":1,"price":1}`, object(7, "Foo", 1.0, absent, absent)},
		"dataclass escaped key":     {ref("Item"), `{"n\u0061me":"Foo","price":1}`, object(7, "Foo", 1.0, absent, absent)},
		"dataclass from a list":     {ref("Item"), `["Foo"]`, refused("dict_type")},
		"nested": {
			ref("Order"), `{"more":{"z":{"price":1,"name":"Foo"}},"count":2,"item":{"price":2,"name":"Bar"}}`,
			object(8, object(7, "Bar", 2.0, absent, absent), int64(2), map[string]any{"z": object(7, "Foo", 1.0, absent, absent)}),
		},
		"recursive": {
			ref("Tree"), `{"value":1,"right":{"value":2,"left":{"value":3}},"left":null}`,
			object(9, nil, object(9, object(9, absent, absent, int64(3)), absent, int64(2)), int64(1)),
		},
		"named tuple":             {ref("Point"), `{"y":2,"x":1}`, object(10, 1.0, 2.0, absent)},
		"named tuple from a list": {ref("Point"), `[1,2]`, object(10, 1.0, 2.0, absent)},
		"named tuple too short":   {ref("Point"), `[1]`, refused("missing")},
		"named tuple too long":    {ref("Point"), `[1,2,"a",4]`, refused("too_long")},
		"typed dict":              {ref("Patch"), `{"x":0,"name":"a","id":1}`, map[string]any{"name": "a", "id": int64(1)}},
		"typed dict repeated":     {ref("Patch"), `{"id":"a","id":1}`, map[string]any{"id": int64(1)}},
		"typed dict lacks":        {ref("Patch"), `{}`, refused("missing")},
		"wide":                    {ref("Wide"), `{"p":16,"a":1}`, object(16, int64(1), absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, int64(16))},
		"class with most fields":  {typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")), `{"name":"x","tricks":[]}`, object(13, "x", []any{})},
		"leftmost class":          {typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")), `{"name":"x"}`, object(12, "x", absent)},
		"class that fits":         {typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")), `{"name":"x","tricks":1}`, object(12, "x", absent)},
		"no class fits":           {typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")), `{}`, refused("validation_error")},
		"class before dict":       {typ(pybridge.TypeUnion, typ(pybridge.TypeDict, str, typ(pybridge.TypeAny)), ref("Cat")), `{"name":"x"}`, object(12, "x", absent)},
		"dict when no class":      {typ(pybridge.TypeUnion, typ(pybridge.TypeDict, str, typ(pybridge.TypeAny)), ref("Cat")), `{"n":1}`, map[string]any{"n": int64(1)}},
		"recursive union":         {ref("A"), `{"next":{"next":{"next":null}}}`, object(14, object(14, object(14, nil)))},
		"optional converted":      {optional(converted(pybridge.TypeUUID)), `"c892496fb1fd4b91bdb8b46f92df1716"`, wire.ConvertValue{Converter: 3, Value: "c892496f-b1fd-4b91-bdb8-b46f92df1716"}},
		"union within a union":    {optional(typ(pybridge.TypeUnion, integer, typ(pybridge.TypeList, str))), `["a"]`, []any{"a"}},
		"optional bool":           {optional(typ(pybridge.TypeBool)), "true", true},
		"optional tuple":          {optional(typ(pybridge.TypeTuple, integer)), "[1]", []any{int64(1)}},
		"optional decimal":        {optional(typ(pybridge.TypeDecimal)), "1.50", "1.50"},
		"optional literal":        {optional(literal), "null", nil},
		"any in a union":          {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeAny)), `"a"`, "a"},
		"set or int":              {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeSet, str)), `["a"]`, []any{"a"}},
		"optional dict":           {optional(typ(pybridge.TypeDict, str, integer)), `{"a":1}`, map[string]any{"a": int64(1)}},
		"converted union":         {converted(pybridge.TypeUnion, integer, str), "1", wire.ConvertValue{Converter: 3, Value: int64(1)}},
		"dict with literal keys":  {typ(pybridge.TypeDict, &pybridge.Type{Kind: pybridge.TypeLiteral, Values: []json.RawMessage{[]byte(`"a"`)}}, integer), `{"a":1}`, map[string]any{"a": int64(1)}},
		"dict with mixed keys":    {converted(pybridge.TypeDict, literal, integer), `{"1":1}`, wire.ConvertValue{Converter: 3, Value: []any{[]any{int64(1), int64(1)}}}},
		"timedelta too long":      {typ(pybridge.TypeDuration), "1e300", refused("time_delta_parsing")},
		"white space":             {ref("Patch"), " { \"id\" : 1 , \"name\"\n:\t\"a\" } ", map[string]any{"id": int64(1), "name": "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, p := writes(t, bodyOf(t, c.t), &fakeExchange{}, c.text)
			kind, isFault := c.want.(refused)
			switch {
			case isFault && (p == nil || len(p.Errors) == 0 || p.Errors[0].Type != string(kind)):
				t.Errorf("got %v, %s", got, errorsOf(t, p))
			case isFault:
			case p != nil:
				t.Error(errorsOf(t, p))
			case !reflect.DeepEqual(got[0], c.want):
				t.Errorf("got %#v, want %#v", got[0], c.want)
			}
		})
	}
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"name": "Item", "price": }`, "{", " ", "nul", `{"name":"Foo","price":1} x`, `{"name":"Foo","price":NaN}`, `{"name":"\ud800"}`,
		// What comes after a fault counts too.
		`{"name":1,"price":"x"`,
		`[1,2`,
	} {
		for _, kind := range []*pybridge.Type{ref("Item"), typ(pybridge.TypeAny), typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")), typ(pybridge.TypeInt)} {
			_, p := writes(t, bodyOf(t, kind), &fakeExchange{}, text)
			if p == nil || p.Status != 400 || string(p.Body) != `{"detail":"Invalid request format"}` {
				t.Errorf("%q as %s: %v", text, kind.Kind, p)
			}
		}
	}
}

func TestAbsentBodies(t *testing.T) {
	t.Parallel()
	_, p := writes(t, bodyOf(t, ref("Item")), &fakeExchange{}, "")
	if got, want := errorsOf(t, p), `{"type":"missing","loc":["body"],"msg":"Field required","input":null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	b := mustCompile(t, library(), function(pybridge.Param{Alias: "item", In: pybridge.InBody, Type: ref("Item")}))
	if got, p := writes(t, b, &fakeExchange{}, ""); p != nil || got[0] != absent {
		t.Errorf("got %v, %v", got, p)
	}
	none := mustCompile(t, nil, function())
	for want, b := range map[BodyKind]*Binder{JSONBody: b, NoBody: none} {
		if got, _ := b.Body(); got != want {
			t.Errorf("the body is %v, want %v", got, want)
		}
	}
}

// TestAutoIsTheBody binds a parameter whose place was settled by the caller.
func TestAutoIsTheBody(t *testing.T) {
	t.Parallel()
	b := mustCompile(t, library(), function(pybridge.Param{Alias: "item", In: pybridge.InAuto, Required: true, Type: ref("Item")}))
	if kind, _ := b.Body(); kind != JSONBody {
		t.Error("the body is not asked for")
	}
	_, p := writes(t, b, &fakeExchange{}, "{}")
	if p == nil || p.Status != 422 || p.Errors[0].Loc[0] != "body" {
		t.Errorf("got %v", errorsOf(t, p))
	}
}

// TestUnionsWithinUnionsEnd gives a body for which trying every member at every
// level would take 2^500 readings.
func TestUnionsWithinUnionsEnd(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(`{"next":`, 500) + "null" + strings.Repeat("}", 500)
	_, p := writes(t, bodyOf(t, ref("A")), &fakeExchange{}, text)
	if p == nil || p.Status != 422 || p.Errors[0].Type != "validation_error" {
		t.Errorf("got %v", errorsOf(t, p))
	}
}

// TestUnionsOfClassesWithinEachOther has each level of an object fit two
// classes, so that trying them all would take 2^200 readings.
func TestUnionsOfClassesWithinEachOther(t *testing.T) {
	t.Parallel()
	next := typ(pybridge.TypeUnion, ref("Left"), ref("Right"), typ(pybridge.TypeNone))
	class := func(index int, extra ...pybridge.Field) pybridge.Class {
		fields := append([]pybridge.Field{{Name: "next", Type: next, Required: true}}, extra...)
		return pybridge.Class{Name: "C", Kind: pybridge.ClassDataclass, Index: index, Fields: fields}
	}
	m := &pybridge.Manifest{Types: map[string]pybridge.Class{
		"Left":  class(1),
		"Right": class(2, pybridge.Field{Name: "tag", Type: typ(pybridge.TypeStr)}),
	}}
	b := mustCompile(t, m, function(pybridge.Param{Alias: "body", In: pybridge.InBody, Required: true, Type: ref("Left")}))
	got, p := writes(t, b, &fakeExchange{}, strings.Repeat(`{"next":`, 200)+`{"next":null,"tag":"x"}`+strings.Repeat("}", 200))
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	value := got[0].(wire.ObjectValue)
	for value.Fields[0] != nil {
		value = value.Fields[0].(wire.ObjectValue)
	}
	if value.Class != 2 {
		t.Errorf("the innermost is of class %d", value.Class)
	}
}
