package bind

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// schemaCompiler turns a graph of schemas into one of nodes.
type schemaCompiler struct {
	nodes  map[*schema.Schema]*schemaNode
	faults []error
}

// node compiles a schema, once. A schema that is no more than a reference is
// what it refers to.
func (c *schemaCompiler) node(s *schema.Schema) *schemaNode {
	if n := c.nodes[s]; n != nil {
		return n
	}
	if s.Ref != nil && onlyRef(s) {
		n := c.node(s.Ref)
		c.nodes[s] = n
		return n
	}
	n := &schemaNode{never: s.Never}
	c.nodes[s] = n
	c.types(n, s)
	c.choice(n, s)
	n.bounds = c.bounds(s)
	n.safe = n.bounds.safe()
	n.str = c.text(s)
	n.list = c.list(s)
	n.object = c.object(s)
	n.also = c.rules(s)
	return n
}

func (c *schemaCompiler) optional(s *schema.Schema) *schemaNode {
	if s == nil {
		return nil
	}
	return c.node(s)
}

func (c *schemaCompiler) all(list []*schema.Schema) []*schemaNode {
	var out []*schemaNode
	for _, s := range list {
		out = append(out, c.node(s))
	}
	return out
}

// onlyRef tells whether a schema says nothing besides its reference.
func onlyRef(s *schema.Schema) bool {
	rest := *s
	rest.Pointer, rest.Ref, rest.Default = "", nil, nil
	return reflect.DeepEqual(rest, schema.Schema{})
}

// types compiles the kinds of values that are allowed.
func (c *schemaCompiler) types(n *schemaNode, s *schema.Schema) {
	if s.Types == 0 {
		n.kinds = ^kindsOf(jsonwire.Invalid)
		return
	}
	n.wrong = wrongType(s.Types)
	n.whole = s.Types&schema.Integer != 0 && s.Types&schema.Number == 0
	for t, kind := range map[schema.Types]jsonwire.Kind{
		schema.Null: jsonwire.Null, schema.Boolean: jsonwire.Bool, schema.Integer: jsonwire.Number,
		schema.Number: jsonwire.Number, schema.String: jsonwire.String, schema.Array: jsonwire.Array,
		schema.Object: jsonwire.Object,
	} {
		if s.Types&t != 0 {
			n.kinds |= kindsOf(kind)
		}
	}
	if s.Types&schema.String != 0 && s.Format == "binary" {
		n.kinds |= kindsOf(jsonwire.File)
	}
}

// choice compiles enum and const. Where both are given, the const has to be in
// the enum, or nothing is allowed.
func (c *schemaCompiler) choice(n *schemaNode, s *schema.Schema) {
	if s.IsEnum {
		n.choice = c.newChoice(s.Enum, enumFault(s.Enum))
	}
	if s.Const == nil {
		return
	}
	f := parseFault("validation_error", strings.TrimSpace(string(s.Const))+" was expected")
	only := c.newChoice([]json.RawMessage{s.Const}, &f)
	if n.choice != nil && only != nil {
		for form := range only.values {
			if _, ok := n.choice.values[form]; !ok {
				n.never = true
			}
		}
	}
	n.choice = only
}

func (c *schemaCompiler) newChoice(values []json.RawMessage, f *fault) *schemaChoice {
	out, err := newSchemaChoice(values)
	if err != nil {
		c.faults = append(c.faults, err)
		return nil
	}
	out.fault = f
	return out
}

// enumFault names the values as Python shows them.
func enumFault(values []json.RawMessage) *fault {
	names := make([]string, len(values))
	for i, raw := range values {
		names[i] = string(raw)
		if v, err := parseChoice(string(raw)); err == nil {
			names[i] = v.repr()
		}
	}
	expected := alternatives(names)
	return checkFault("enum", "Input should be "+expected, "expected", string(jsonwire.AppendQuote(nil, expected)))
}

func (c *schemaCompiler) bounds(s *schema.Schema) bounds {
	b, err := compileBounds(&pybridge.Constraints{
		Ge: s.Minimum, Gt: s.ExclusiveMinimum, Le: s.Maximum, Lt: s.ExclusiveMaximum, MultipleOf: s.MultipleOf,
	})
	if err != nil {
		c.faults = append(c.faults, err)
	}
	return b
}

func (c *schemaCompiler) text(s *schema.Schema) *schemaText {
	t := &schemaText{
		lengths: stringLengths(s.MinLength, s.MaxLength),
		pattern: s.Pattern,
		format:  compileFormat(s.Format, s.UUIDVersion),
	}
	if t.pattern != nil {
		t.mismatch = patternFault(t.pattern.String())
	}
	if t.lengths == (lengths{}) && t.pattern == nil && t.format == nil {
		return nil
	}
	return t
}

func (c *schemaCompiler) list(s *schema.Schema) *schemaList {
	l := &schemaList{
		lengths:  itemLengths("List", s.MinItems, s.MaxItems),
		prefix:   c.all(s.Prefix),
		items:    c.optional(s.Items),
		unique:   s.Unique,
		contains: c.contains(s),
	}
	if l.lengths == (lengths{}) && l.prefix == nil && l.items == nil && !l.unique && l.contains == nil {
		return nil
	}
	return l
}

func (c *schemaCompiler) contains(s *schema.Schema) *contains {
	if s.Contains == nil {
		return nil
	}
	out := &contains{node: c.node(s.Contains), min: 1, max: -1}
	if s.MinContains != nil {
		out.min = *s.MinContains
	}
	few := parseFault("validation_error", "List should contain at least "+counted(strconv.Itoa(out.min), "item")+" that the schema asks for")
	out.few = &few
	if s.MaxContains != nil {
		out.max = *s.MaxContains
		many := parseFault("validation_error", "List should contain at most "+counted(strconv.Itoa(out.max), "item")+" of that kind")
		out.many = &many
	}
	return out
}

func (c *schemaCompiler) rules(s *schema.Schema) []rule {
	var out []rule
	if s.Ref != nil {
		out = append(out, allRule{c.node(s.Ref)})
	}
	if len(s.AllOf) > 0 {
		out = append(out, allRule(c.all(s.AllOf)))
	}
	if len(s.AnyOf) > 0 {
		out = append(out, anyRule(c.all(s.AnyOf)))
	}
	if len(s.OneOf) > 0 {
		out = append(out, oneRule(c.all(s.OneOf)))
	}
	if s.Not != nil {
		out = append(out, notRule{c.node(s.Not)})
	}
	if s.If != nil && (s.Then != nil || s.Else != nil) {
		out = append(out, ifRule{c.node(s.If), c.optional(s.Then), c.optional(s.Else)})
	}
	return out
}

// object compiles what is said of objects; nil: nothing.
func (c *schemaCompiler) object(s *schema.Schema) *schemaObject {
	o := &schemaObject{names: c.optional(s.Names), sizes: newSizes(s)}
	for _, p := range s.Properties {
		i := o.property(p.Name)
		o.props[i].declared, o.props[i].node = true, c.node(p.Schema)
	}
	for _, p := range s.Patterns {
		o.patterns = append(o.patterns, schemaPattern{p.Pattern, c.node(p.Schema)})
	}
	if s.Additional != nil {
		o.closed = s.Additional.Never
		o.additional = c.node(s.Additional)
	}
	for _, name := range s.Required {
		if i := o.property(name); !slices.Contains(o.required, i) {
			o.required = append(o.required, i)
		}
	}
	c.dependencies(o, s)
	if len(o.props) == 0 && o.patterns == nil && o.additional == nil && o.names == nil && o.sizes == nil {
		return nil
	}
	o.index()
	return o
}

func (c *schemaCompiler) dependencies(o *schemaObject, s *schema.Schema) {
	for _, d := range s.DependentRequired {
		quoted := make([]string, len(d.Needs))
		n := need{property: o.property(d.Name)}
		for i, name := range d.Needs {
			quoted[i] = pythonQuote(name)
			n.needs = append(n.needs, o.property(name))
		}
		f := parseFault("validation_error", strings.Join(quoted, ", ")+" required where "+pythonQuote(d.Name)+" is given")
		n.fault = &f
		o.needs = append(o.needs, n)
	}
	for _, d := range s.DependentSchemas {
		o.dependents = append(o.dependents, dependent{o.property(d.Name), c.node(d.Schema)})
	}
}

// property gives the index of a property, which is added if need be.
func (o *schemaObject) property(name string) int {
	for i := range o.props {
		if o.props[i].name == name {
			return i
		}
	}
	var w wire.Writer
	w.Str(name)
	o.props = append(o.props, schemaProperty{name: name, quoted: quotedName(name), written: w.Bytes()})
	return len(o.props) - 1
}

func (o *schemaObject) index() {
	if len(o.props) <= manyFields {
		return
	}
	o.byName = make(map[string]int, len(o.props))
	for i, p := range o.props {
		o.byName[p.name] = i
	}
}

func newSizes(s *schema.Schema) *sizes {
	if s.MinProperties == nil && s.MaxProperties == nil {
		return nil
	}
	z := &sizes{max: -1}
	if s.MinProperties != nil {
		z.min = *s.MinProperties
		z.few = parseFault("validation_error", " has less than "+strconv.Itoa(z.min)+" properties")
	}
	if s.MaxProperties != nil {
		z.max = *s.MaxProperties
		z.many = parseFault("validation_error", " has more than "+strconv.Itoa(z.max)+" properties")
	}
	return z
}
