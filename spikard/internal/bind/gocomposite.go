package bind

import (
	"reflect"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
)

// composite compiles what is made of other values.
func (g *goCompiler) composite(t reflect.Type, c pybridge.Type) goValue {
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return g.bytes(c)
		}
		return g.slice(t, c)
	case reflect.Array:
		n := t.Len()
		c.MinLength, c.MaxLength = &n, &n
		return g.slice(t, c)
	case reflect.Map:
		return g.mapping(t, c)
	case reflect.Struct:
		c.Kind = pybridge.TypeClass
		g.applies(&c, noConstraint)
		n := g.structOf(t)
		return goValue{json: &n.classNode, fill: n.fill}
	case reflect.Interface:
		if t.NumMethod() == 0 {
			c.Kind = pybridge.TypeAny
			g.applies(&c, noConstraint)
			return goValue{json: rawNode{t}, fill: fillSelf}
		}
	}
	g.fault("%s can't be read from JSON", t)
	return goValue{json: noneNode{}, fill: fillBool}
}

func (g *goCompiler) bytes(c pybridge.Type) goValue {
	c.Kind = pybridge.TypeBytes
	g.applies(&c, lengthsOnly)
	return scalarValue(&bytesNode{lengths: itemLengths("Data", c.MinLength, c.MaxLength)}, fillBytes)
}

func (g *goCompiler) slice(t reflect.Type, c pybridge.Type) goValue {
	c.Kind = pybridge.TypeList
	shape := g.listShape(&c)
	var elem goValue
	g.within("items", func() { elem = g.value(t.Elem(), pybridge.Type{}) })
	n := shape
	n.item = elem.json
	v := goValue{json: &n, fill: fillSlice(elem.fill)}
	if t.Kind() == reflect.Array {
		v.fill = fillArray(elem.fill)
	}
	if elem.text != nil {
		v.many = &textList{item: elem.text, shape: shape}
	}
	return v
}

func (g *goCompiler) mapping(t reflect.Type, c pybridge.Type) goValue {
	c.Kind = pybridge.TypeDict
	g.applies(&c, lengthsOnly)
	if t.Key().Kind() != reflect.String || reflect.PointerTo(t.Key()).Implements(textReader) {
		g.fault("the keys of %s must be strings", t)
	}
	n := &dictNode{lengths: itemLengths("Dictionary", c.MinLength, c.MaxLength)}
	var elem goValue
	g.within("values", func() { elem = g.value(t.Elem(), pybridge.Type{}) })
	n.value = elem.json
	return goValue{json: n, fill: fillMap(elem.fill)}
}

// goStruct is a compiled struct.
type goStruct struct {
	classNode
	places []structField // one for each field of the class
}

type structField struct {
	index []int
	fill  filler
}

// structOf compiles a struct once: it may refer to itself.
func (g *goCompiler) structOf(t reflect.Type) *goStruct {
	if n, ok := g.structs[t]; ok {
		return n
	}
	if g.structs == nil {
		g.structs = make(map[reflect.Type]*goStruct)
	}
	n := &goStruct{}
	g.structs[t] = n
	g.structFields(n, t, nil)
	n.index()
	return n
}

// structFields compiles the fields of t, which lies at index at. Those of an
// embedded struct without a name are the outer one's, unless it has its own.
func (g *goCompiler) structFields(n *goStruct, t reflect.Type, at []int) {
	var embedded []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Tag.Get("json") == "-" || (!f.IsExported() && !f.Anonymous):
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			embedded = append(embedded, f)
		case !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			g.within("field "+t.String()+"."+f.Name, func() {
				g.structField(n, f, place{name: name, options: options}, at)
			})
		}
	}
	for _, f := range embedded {
		g.structFields(n, f.Type, append(at[:len(at):len(at)], f.Index...))
	}
}

func (g *goCompiler) structField(n *goStruct, f reflect.StructField, as place, at []int) {
	if n.find(as.name, 0) >= 0 {
		return // an outer field of the same name hides it
	}
	switch {
	case strings.Contains(as.options, "string"):
		g.fault("the option string is not supported")
	case f.Anonymous && f.Type.Kind() == reflect.Pointer && f.Tag.Get("json") == "":
		g.fault("an embedded pointer is not supported; embed the struct")
	}
	for _, tag := range []string{"default", "inject"} {
		if _, ok := f.Tag.Lookup(tag); ok {
			g.fault("the tag %s is for the fields of the input, not of its body", tag)
		}
	}
	v := g.value(f.Type, constraintTags(g, f))
	optional := as.optional()
	if optional && f.Type.Kind() != reflect.Pointer {
		v.json, v.fill = nullableNode{v.json}, fillNullable(v.fill)
	}
	n.fields = append(n.fields, field{
		name:     as.name,
		required: !optional && f.Type.Kind() != reflect.Pointer,
		value:    v.json,
	})
	n.places = append(n.places, structField{append(at[:len(at):len(at)], f.Index...), v.fill})
}
