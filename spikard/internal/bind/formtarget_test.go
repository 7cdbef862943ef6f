package bind

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

var wideForm = form.Limits{Fields: 1000, Files: 1000, FieldSize: 1 << 20, Memory: 1 << 20}

func urlencoded(t testing.TB, body string) *form.Form {
	t.Helper()
	f, p := form.ParseURLEncoded([]byte(body), wideForm)
	if p != nil {
		t.Fatal(p)
	}
	return f
}

// made is the JSON text that a target makes of a form.
func made(t *testing.T, want *target, body string) string {
	t.Helper()
	f := urlencoded(t, body)
	tree, p := f.Tree(func(name string) bool { return want.known(name) != nil })
	if p != nil {
		return p.Detail
	}
	w := formText{form: f}
	w.members(want, tree)
	if w.problem != nil {
		return w.problem.Detail
	}
	return string(w.out)
}

// fieldTypes is a dataclass with a field of each type, compiled.
func fieldTypes(t *testing.T, fields map[string]*pybridge.Type) *target {
	t.Helper()
	m := library()
	class := pybridge.Class{Name: "app.Fields", Kind: pybridge.ClassDataclass}
	for name, kind := range fields {
		class.Fields = append(class.Fields, pybridge.Field{Name: name, Type: kind})
	}
	m.Types["Fields"] = class
	c := compiler{manifest: m}
	n := c.json(ref("Fields"))
	if len(c.faults) > 0 {
		t.Fatal(c.faults)
	}
	return make(targets).of(n)
}

func literals(values ...string) *pybridge.Type {
	t := typ(pybridge.TypeLiteral)
	for _, v := range values {
		t.Values = append(t.Values, json.RawMessage(v))
	}
	return t
}

func TestTextsBecomeWhatIsWanted(t *testing.T) {
	t.Parallel()
	str, integer, float, boolean := typ(pybridge.TypeStr), typ(pybridge.TypeInt), typ(pybridge.TypeFloat), typ(pybridge.TypeBool)
	want := fieldTypes(t, map[string]*pybridge.Type{
		"s": str, "i": integer, "f": float, "b": boolean, "any": typ(pybridge.TypeAny), "none": typ(pybridge.TypeNone),
		"oi": optional(integer), "os": optional(str), "od": optional(typ(pybridge.TypeDate)),
		"d": typ(pybridge.TypeDecimal), "by": typ(pybridge.TypeBytes),
		"is": typ(pybridge.TypeUnion, integer, str), "ib": typ(pybridge.TypeUnion, integer, boolean),
		"li": typ(pybridge.TypeList, integer), "ls": typ(pybridge.TypeSet, str), "lli": typ(pybridge.TypeList, typ(pybridge.TypeList, integer)),
		"sl": typ(pybridge.TypeUnion, str, typ(pybridge.TypeList, str)), "oli": optional(typ(pybridge.TypeList, integer)),
		"tu":  typ(pybridge.TypeTuple, integer, str),
		"lit": literals(`"a"`, `"1"`, "1", "2", "true", "null"),
		"di":  typ(pybridge.TypeDict, str, integer), "item": ref("Item"), "tree": ref("Tree"), "pet": typ(pybridge.TypeUnion, ref("Cat"), ref("Dog")),
		"items": typ(pybridge.TypeList, ref("Item")), "a[b]": integer, "tags[]": typ(pybridge.TypeList, integer),
		"code": {Kind: pybridge.TypeJSON, Converter: 1},
	})
	for body, text := range map[string]string{
		"s=1&i=1&f=1&b=1":              `{"s":"1","i":1,"f":1,"b":true}`,
		"i=%2B07&f=1_0.50&b=on":        `{"i":7,"f":10.5,"b":true}`,
		"i=x&f=x&b=x":                  `{"i":"x","f":"x","b":"x"}`,
		"i=&f=&b=&s=&any=":             `{"i":"","f":"","b":"","s":"","any":""}`,
		"f=1.10&f=1e5&f=nan":           `{"f":"nan"}`,
		"f=1e5":                        `{"f":1e5}`,
		"f=1e999":                      `{"f":1e999}`,
		"f=.5":                         `{"f":0.5}`,
		"i=" + strings.Repeat("9", 30): `{"i":` + strings.Repeat("9", 30) + `}`,
		"i=1&i=2":                      `{"i":2}`,
		"i[]=1":                        `{"i":1}`,
		"none=&oi=&os=&od=":            `{"none":null,"oi":null,"os":"","od":null}`,
		"oi=5&os=5&od=2024-01-01":      `{"oi":5,"os":"5","od":"2024-01-01"}`,
		"d=1.10&by=1":                  `{"d":"1.10","by":"1"}`,
		"is=5&ib=1":                    `{"is":"5","ib":1}`,
		"ib=true":                      `{"ib":true}`,
		"li=1&ls=x":                    `{"li":[1],"ls":["x"]}`,
		"li=1&li=x":                    `{"li":[1,"x"]}`,
		"li[]=1&li=2":                  `{"li":[1,2]}`,
		"li[1]=2&li[0]=1":              `{"li":[1,2]}`,
		"li[x]=1":                      `{"li":{"x":"1"}}`,
		"lli[0][]=1&lli[1]=2":          `{"lli":[[1],[2]]}`,
		"sl=a":                         `{"sl":"a"}`,
		"sl=a&sl=b":                    `{"sl":["a","b"]}`,
		"sl[]=a":                       `{"sl":["a"]}`,
		"oli=":                         `{"oli":null}`,
		"oli=1":                        `{"oli":[1]}`,
		"tu=1&tu=2&tu=3":               `{"tu":[1,"2","3"]}`,
		"lit=a":                        `{"lit":"a"}`,
		"lit=1":                        `{"lit":"1"}`,
		"lit=2":                        `{"lit":2}`,
		"lit=yes":                      `{"lit":true}`,
		"lit=":                         `{"lit":null}`,
		"lit=b":                        `{"lit":"b"}`,
		"any=1&any=2":                  `{"any":["1","2"]}`,
		"any[]=1":                      `{"any":["1"]}`,
		"any[a][0]=1&any[a][1]=2":      `{"any":{"a":["1","2"]}}`,
		"code=1&unknown=2":             `{"code":"1","unknown":"2"}`,
		"di[a]=1&di[0]=2":              `{"di":{"a":1,"0":2}}`,
		"di[5]=1":                      `{"di":{"5":1}}`,
		"item[price]=5&item[tags]=a":   `{"item":{"price":5,"tags":["a"]}}`,
		"item=text":                    `{"item":"text"}`,
		"tree[left][value]=1":          `{"tree":{"left":{"value":1}}}`,
		"pet[lives]=9&pet[tricks]=sit": `{"pet":{"lives":9,"tricks":["sit"]}}`,
		"items[0][price]=1&items[1][stock]=&items[0][name]=1": `{"items":[{"price":1,"name":"1"},{"stock":null}]}`,
		"items[1][price]=1": "Failed to parse form data: missing index, expected: 0 got 1",
		"a[b]=1&tags[]=2":   `{"a[b]":1,"tags[]":[2]}`,
		"s=\"\\%0a%00é":     `{"s":"\"\\\n\u0000é"}`,
		"":                  `{}`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			if got := made(t, want, body); got != text {
				t.Errorf("got %s, want %s", got, text)
			}
		})
	}
}

// TestShapesOfDecoders has a schema tell what a decoder in Python takes.
func TestShapesOfDecoders(t *testing.T) {
	t.Parallel()
	model := &pybridge.Type{Kind: pybridge.TypeJSON, Converter: 1, Shape: json.RawMessage(
		`{"properties":{"tags":{"items":{"type":"string"},"type":"array"},"kind":{"anyOf":[{"type":"integer"},{"enum":["none"]}]}}}`)}
	for body, text := range map[string]string{
		"tags=a&kind=1":    `{"tags":["a"],"kind":1}`,
		"tags=&kind=none":  `{"tags":[""],"kind":"none"}`,
		"tags[]=a&other=1": `{"tags":["a"],"other":"1"}`,
	} {
		b := mustCompile(t, nil, function(pybridge.Param{Alias: "x", In: pybridge.InForm, Whole: true, Required: true, Type: model}))
		var w wire.Writer
		problem := b.Bind(&fakeExchange{}, Body{Form: urlencoded(t, body)}, &w)
		if problem != nil {
			t.Fatal(problem)
		}
		got, _, err := wire.Decode(w.Bytes())
		if want := (wire.ConvertValue{Converter: 1, Value: []byte(text)}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s, %v", body, got, err)
		}
	}
}

func TestSchemaTargets(t *testing.T) {
	t.Parallel()
	want := schemaTarget(t, json.RawMessage(`{
		"type":"object",
		"properties":{
			"s":{"type":"string","format":"date"}, "i":{"type":"integer","minimum":1}, "n":{"type":"number"}, "b":{"type":"boolean"},
			"ni":{"type":["integer","null"]}, "ns":{"type":["string","null"]}, "l":{"type":"array","items":{"type":"integer"}},
			"p":{"prefixItems":[{"type":"integer"},{"type":"boolean"}]},
			"user":{"type":"object","properties":{"age":{"type":"integer"}},"additionalProperties":{"type":"number"}},
			"e":{"enum":[1,2]}, "c":{"const":true}, "es":{"enum":["1","2"]}, "node":{"$ref":"#/$defs/node"},
			"o":{"oneOf":[{"type":"integer"},{"type":"boolean"}]}, "all":{"allOf":[{"type":"object"},{"properties":{"x":{"type":"integer"}}}]},
			"not":{"not":{"type":"integer"}}, "free":{}, "user-name":{"type":"string"}, "tags[]":{"type":"array"}
		},
		"$defs":{"node":{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/node"}]}}}}
	}`))
	for body, text := range map[string]string{
		"s=1&i=1&n=1.5&b=off":         `{"s":"1","i":1,"n":1.5,"b":false}`,
		"i=x&n=x&b=x":                 `{"i":"x","n":"x","b":"x"}`,
		"ni=&ns=":                     `{"ni":null,"ns":""}`,
		"l=1":                         `{"l":[1]}`,
		"l[]=1&l[]=x":                 `{"l":[1,"x"]}`,
		"p=1&p=1&p=1":                 `{"p":[1,true,"1"]}`,
		"user[age]=3&user[x]=4":       `{"user":{"age":3,"x":4}}`,
		"e=1&c=true&es=1":             `{"e":1,"c":true,"es":"1"}`,
		"node[next][next][value]=1":   `{"node":{"next":{"next":{"value":1}}}}`,
		"o=5":                         `{"o":5}`,
		"o=on":                        `{"o":true}`,
		"all[x]=1":                    `{"all":{"x":1}}`,
		"not=1&free=1&more=1":         `{"not":"1","free":"1","more":"1"}`,
		"user-name=a&contact.email=b": `{"user-name":"a","contact.email":"b"}`,
		"tags[]=1":                    `{"tags[]":["1"]}`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			if got := made(t, want, body); got != text {
				t.Errorf("got %s, want %s", got, text)
			}
		})
	}
}

func TestSchemasTellWhatTypesLeaveOpen(t *testing.T) {
	t.Parallel()
	str := typ(pybridge.TypeStr)
	raw := json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}}}`)
	for name, kind := range map[string]*pybridge.Type{
		"any":  typ(pybridge.TypeAny),
		"dict": typ(pybridge.TypeDict, str, typ(pybridge.TypeAny)),
	} {
		c := compiler{}
		want := narrow(make(targets).of(c.json(kind)), schemaTarget(t, raw))
		if got := made(t, want, "n=1&l=2&x=3"); got != `{"n":1,"l":[2],"x":"3"}` {
			t.Errorf("%s: got %s", name, got)
		}
	}
	c := compiler{}
	want := narrow(make(targets).of(c.json(typ(pybridge.TypeDict, str, str))), schemaTarget(t, raw))
	if got := made(t, want, "x=3"); got != `{"x":"3"}` {
		t.Errorf("got %s", got)
	}
	if got := narrow(make(targets).of(c.json(typ(pybridge.TypeInt))), schemaTarget(t, json.RawMessage(`{"type":"string"}`))); got.wants != wantInt {
		t.Errorf("a schema overrules its type: %v", got.wants)
	}
}

func schemaTarget(t *testing.T, raw json.RawMessage) *target {
	t.Helper()
	c := compiler{}
	b := c.schemaBinder(raw)
	if b == nil {
		t.Fatal(c.faults)
	}
	return make(targets).of(b)
}
