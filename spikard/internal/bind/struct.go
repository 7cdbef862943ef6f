package bind

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// StructBinder fills the input struct of a Go handler. It is made by
// [CompileStruct].
//
// # Concurrency
//
// Any number of goroutines may use it.
type StructBinder struct {
	binder Binder
	fields []inputField
}

// inputField is a field of an input struct, in the order of the parameters.
type inputField struct {
	index []int
	fill  filler
	// fallback is the default in wire form; nil: the field is left alone.
	fallback []byte
}

// CompileStruct makes the binder of an input struct. Each exported field says
// by a tag where its value comes from: path:"id", query:"limit",
// header:"X-Token", cookie:"session", form:"name", file:"photo" or body; one
// with inject:"..." is left to others, and the fields of an embedded struct
// count as its own.
//
// A form:"name" is a field of a form, url-encoded or multipart, and a
// file:"photo" one that is a file: a [File], a list of them, or the content as
// []byte. The body as a whole is body:"json", body:"form" for a struct of a
// form's fields, named as in JSON, body:"raw" for a []byte or body:"text" for a
// string.
//
// A parameter is required unless its field is a pointer, or has default:"10"
// or the option omitempty or omitzero after its name. In the body that holds
// for the fields of structs, with the names and options of their json tags. A
// field without such an option doesn't take null.
//
// Constraints are the tags ge, gt, le, lt, multiple_of, min_length,
// max_length, pattern, and enum with values between commas.
//
// # Errors
//
// All faults are joined, each with the struct and the field.
func CompileStruct(t reflect.Type, pathNames []string) (*StructBinder, error) {
	g := &goCompiler{compiler: compiler{subject: t.String(), fromGo: true}}
	b := &StructBinder{}
	if t.Kind() != reflect.Struct {
		return b, fmt.Errorf("%s: an input is a struct", t)
	}
	g.input(b, t, nil, pathNames)
	b.binder.seal()
	return b, errors.Join(g.faults...)
}

// Body tells what the fields want the body to be. See [Binder.Body].
func (b *StructBinder) Body() (kind BodyKind, mediaType string) { return b.binder.Body() }

// BodyIsText is [Binder.BodyIsText].
func (b *StructBinder) BodyIsText() bool { return b.binder.BodyIsText() }

// Bind sets the fields of dst, which must be settable and of the type that was
// compiled. What the request has nothing for keeps its value, or gets its
// default.
//
// # Errors
//
// As for [Binder.Bind]. dst is then left as it was.
//
// # Memory
//
// What dst holds is its own: neither body nor x is kept.
func (b *StructBinder) Bind(x api.Exchange, body Body, dst reflect.Value) *api.Problem {
	s := acquire(nil)
	defer s.release()
	s.w = &s.own
	if p := b.binder.bind(s, x, body); p != nil {
		return p
	}
	c := cursor{b: s.own.Bytes(), form: s.form}
	for i := range b.fields {
		b.fields[i].set(&c, dst)
	}
	return nil
}

func (f *inputField) set(c *cursor, dst reflect.Value) {
	if !c.absent() {
		f.fill(c, dst.FieldByIndex(f.index))
		return
	}
	if f.fallback != nil {
		f.fill(&cursor{b: f.fallback}, dst.FieldByIndex(f.index))
	}
}

// input compiles the fields of t, which lies at index at.
func (g *goCompiler) input(b *StructBinder, t reflect.Type, at []int, pathNames []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(at), i)
		_, injected := f.Tag.Lookup("inject")
		in, name, options := source(f.Tag)
		switch {
		case injected || (!f.IsExported() && !f.Anonymous):
		case in == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			g.input(b, f.Type, index, pathNames)
		case !f.IsExported():
		default:
			g.within("field "+f.Name, func() { g.inputField(b, f, index, place{in, name, options}, pathNames) })
		}
	}
}

// place is where a tag says that a field's value comes from.
type place struct {
	in      pybridge.ParamIn
	name    string
	options string
}

func (p place) optional() bool {
	return strings.Contains(p.options, "omitempty") || strings.Contains(p.options, "omitzero")
}

var sourceTags = [...]pybridge.ParamIn{
	pybridge.InPath, pybridge.InQuery, pybridge.InHeader, pybridge.InCookie,
	pybridge.InForm, pybridge.InFile, pybridge.InBody,
}

func source(tag reflect.StructTag) (in pybridge.ParamIn, name, options string) {
	for _, in := range sourceTags {
		if v, ok := tag.Lookup(string(in)); ok {
			name, options, _ = strings.Cut(v, ",")
			return in, name, options
		}
	}
	return "", "", ""
}

func (g *goCompiler) inputField(b *StructBinder, f reflect.StructField, index []int, from place, pathNames []string) {
	if from.in == "" || from.name == "" {
		g.fault("no tag says where its value comes from: path, query, header, cookie, form, file, body or inject")
		return
	}
	if from.in == pybridge.InBody {
		g.bodyField(b, f, index, from)
		return
	}
	p := param{in: from.in, required: f.Type.Kind() != reflect.Pointer && !from.optional()}
	v := g.parameter(&p, f)
	fallback, ok := f.Tag.Lookup("default")
	p.required = p.required && !ok
	g.locate(&p, from.name, pathNames)
	g.oneBody(&b.binder, &p)
	p.emptyIsFalse = from.in == pybridge.InQuery && f.Type.Kind() == reflect.Bool
	b.binder.add(p, from.name)
	field := inputField{index: index, fill: v.fill}
	if ok && v.text != nil {
		field.fallback = g.fallback(v.text, fallback)
	} else if ok {
		g.fault("a list has no default, and neither has a file; use omitempty")
	}
	b.fields = append(b.fields, field)
}

// locate says where in the request a parameter is.
func (g *goCompiler) locate(p *param, name string, pathNames []string) {
	switch p.in {
	case pybridge.InPath:
		p.loc = []step{{name: locPath}, {name: name}}
		if p.index = slices.Index(pathNames, name); p.index < 0 {
			g.fault("the path has no parameter {%s}", name)
		}
		if p.many != nil {
			g.fault("a list can't come from a path")
		}
	case pybridge.InQuery:
		p.loc = []step{{name: locQuery}, {name: name}}
	case pybridge.InHeader:
		p.loc = []step{{name: locHeader}, {name: strings.ToLower(name)}}
		p.header = http.CanonicalHeaderKey(name)
	case pybridge.InCookie:
		p.loc = []step{{name: locCookie}, {name: name}}
	case pybridge.InForm, pybridge.InFile:
		p.loc = []step{{name: locBody}, {name: name}}
		p.form.name = name
	}
}

func (g *goCompiler) bodyField(b *StructBinder, f reflect.StructField, index []int, from place) {
	p := param{
		in:       pybridge.InBody,
		loc:      []step{{name: locBody}},
		required: f.Type.Kind() != reflect.Pointer && !from.optional(),
	}
	v := g.value(f.Type, constraintTags(g, f))
	switch from.name {
	case "json":
		p.body = v.json
	case "form":
		p.body, p.form = v.json, &formParam{whole: true, target: make(targets).of(v.json)}
	case "raw", "text":
		g.raw(&p, f.Type, v, from.name)
	default:
		g.fault("body:%q is not supported; use json, form, raw or text", from.name)
		p.body = v.json
	}
	g.oneBody(&b.binder, &p)
	b.binder.add(p, "")
	b.fields = append(b.fields, inputField{index: index, fill: v.fill})
}

// raw compiles a body that isn't parsed.
func (g *goCompiler) raw(p *param, t reflect.Type, v goValue, as string) {
	p.raw = v.text
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, binary := v.text.(*bytesNode)
	switch {
	case as == "raw" && !binary:
		g.fault("body:\"raw\" is for []byte, and this is %s", t)
	case as == "text" && t.Kind() != reflect.String:
		g.fault("body:\"text\" is for strings, and this is %s", t)
	}
	if p.raw == nil {
		p.raw = noneNode{}
	}
}

// fallback gives a default's wire form.
func (g *goCompiler) fallback(n textBinder, text string) []byte {
	s := acquire(nil)
	defer s.release()
	s.w = &s.own
	n.text(s, text)
	if s.fails > 0 {
		g.fault("default:%q does not fit: %s", text, s.entries[0].Msg)
		return nil
	}
	return slices.Clone(s.own.Bytes())
}
