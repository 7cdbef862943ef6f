package bind

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// goCompiler turns Go types into binders, and into the fillers that read what
// these write.
type goCompiler struct {
	compiler
	structs map[reflect.Type]*goStruct
}

// goValue is a compiled Go type.
type goValue struct {
	json jsonBinder
	text textBinder // nil: no text stands for it
	many *textList  // set for lists of texts
	fill filler
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	jsonReader   = reflect.TypeFor[json.Unmarshaler]()
	textReader   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// parameter compiles a field that is a parameter, as p.
func (g *goCompiler) parameter(p *param, f reflect.StructField) goValue {
	if p.in != pybridge.InForm && p.in != pybridge.InFile {
		v := g.textual(f)
		p.one, p.many = v.text, v.many
		return v
	}
	v := g.value(f.Type, constraintTags(g, f))
	if p.in == pybridge.InFile && !holdsFile(f.Type) {
		g.fault("a file is a File, a list of them or a []byte, and this is %s", f.Type)
	}
	p.body, p.form = v.json, &formParam{target: make(targets).of(v.json)}
	return v
}

// textual compiles a field that is a text or several.
func (g *goCompiler) textual(f reflect.StructField) goValue {
	v := g.value(f.Type, constraintTags(g, f))
	if v.text == nil && v.many == nil {
		g.fault("%s can't be read from a text", f.Type)
		v.text = noneNode{}
	}
	return v
}

// value compiles a type with constraints, which are kept in the manifest's
// form: the binders are the same.
func (g *goCompiler) value(t reflect.Type, c pybridge.Type) goValue {
	if v, ok := g.special(t, c); ok {
		return v
	}
	if len(c.Values) > 0 && t.Kind() != reflect.Pointer {
		return g.enum(t, c)
	}
	switch t.Kind() {
	case reflect.Bool:
		c.Kind = pybridge.TypeBool
		g.applies(&c, noConstraint)
		return scalarValue(boolNode{}, fillBool)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.Kind = pybridge.TypeInt
		return scalarValue(&intNode{bounds: g.bounds(&c), within: intRange(t)}, fillInt)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		c.Kind = pybridge.TypeInt
		return scalarValue(&intNode{bounds: g.bounds(&c), within: uintRange(t)}, fillUint)
	case reflect.Float32, reflect.Float64:
		c.Kind = pybridge.TypeFloat
		return scalarValue(&floatNode{bounds: g.bounds(&c), bits: t.Bits()}, fillFloat)
	case reflect.String:
		c.Kind = pybridge.TypeStr
		return scalarValue(&formatNode{format: g.str(&c)}, fillString)
	case reflect.Pointer:
		return g.pointer(t, c)
	}
	return g.composite(t, c)
}

func scalarValue(n scalar, fill filler) goValue { return goValue{json: n, text: n, fill: fill} }

// special compiles the types that say themselves how they are read.
func (g *goCompiler) special(t reflect.Type, c pybridge.Type) (goValue, bool) {
	c.Kind = pybridge.TypeAny
	if t == fileType {
		g.applies(&c, noConstraint)
		return goValue{json: &uploadNode{byIndex: true}, fill: fillFile}, true
	}
	if t == timeType || t == durationType {
		c.Kind = pybridge.TypeDateTime
	}
	readsJSON, readsText := reflect.PointerTo(t).Implements(jsonReader), reflect.PointerTo(t).Implements(textReader)
	switch {
	case t == timeType:
		g.applies(&c, noConstraint)
		return scalarValue(&formatNode{format: dateTimeFormat{digits: 9}}, fillTime), true
	case t == durationType:
		g.applies(&c, noConstraint)
		f := goDurationFormat{}
		return scalarValue(&formatNode{format: f, number: f.number}, fillInt), true
	case t.Kind() == reflect.Pointer || (!readsJSON && !readsText):
		return goValue{}, false
	}
	g.applies(&c, noConstraint)
	v := goValue{json: rawNode{t}, fill: fillSelf}
	if readsText {
		n := textFormat(t)
		v.text = n
		if !readsJSON {
			v.json = n
		}
	}
	return v, true
}

func textFormat(t reflect.Type) *formatNode {
	if t.Name() == "UUID" && t.Kind() == reflect.Array {
		return &formatNode{format: uuidFormat{}, inBody: &uuidParsing}
	}
	return &formatNode{format: selfFormat{t}}
}

func (g *goCompiler) enum(t reflect.Type, c pybridge.Type) goValue {
	c.Kind = pybridge.TypeEnum
	fill := fillString
	switch t.Kind() {
	case reflect.String:
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		fill = fillInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		fill = fillUint
	default:
		g.fault("enum is for strings and integers, and this is %s", t)
	}
	return scalarValue(g.choice(0, &c), fill)
}

func (g *goCompiler) pointer(t reflect.Type, c pybridge.Type) goValue {
	v := g.value(t.Elem(), c)
	v.json = nullableNode{v.json}
	v.fill = fillPointer(t.Elem(), v.fill)
	return v
}

func intRange(t reflect.Type) func(integer) bool {
	return func(i integer) bool { return i.digits == "" && !t.OverflowInt(i.small) }
}

func uintRange(t reflect.Type) func(integer) bool {
	return func(i integer) bool {
		if i.digits == "" {
			return i.small >= 0 && !t.OverflowUint(uint64(i.small))
		}
		v, err := strconv.ParseUint(i.digits, 10, 64)
		return err == nil && !t.OverflowUint(v)
	}
}

// constraintTags reads the constraints of a field.
func constraintTags(g *goCompiler, f reflect.StructField) pybridge.Type {
	var c pybridge.Type
	for name, at := range map[string]**json.Number{
		"ge": &c.Ge, "gt": &c.Gt, "le": &c.Le, "lt": &c.Lt, "multiple_of": &c.MultipleOf,
	} {
		if v, ok := f.Tag.Lookup(name); ok {
			n := json.Number(v)
			*at = &n
		}
	}
	for name, at := range map[string]**int{"min_length": &c.MinLength, "max_length": &c.MaxLength} {
		v, ok := f.Tag.Lookup(name)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			g.fault("%s:%q is not a length", name, v)
		}
		*at = &n
	}
	if v, ok := f.Tag.Lookup("pattern"); ok {
		c.Pattern = &v
	}
	if v, ok := f.Tag.Lookup("enum"); ok {
		c.Values = enumValues(f.Type, v)
	}
	return c
}

// enumValues gives the values of an enum tag as JSON.
func enumValues(t reflect.Type, tag string) []json.RawMessage {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var out []json.RawMessage
	for v := range strings.SplitSeq(tag, ",") {
		if t.Kind() == reflect.String {
			quoted, _ := json.Marshal(v) // a string always has a JSON form
			out = append(out, quoted)
		} else {
			out = append(out, json.RawMessage(v))
		}
	}
	return out
}
