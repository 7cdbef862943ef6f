package bind

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
)

// Compile makes the binder of a function. params are the indexes of those of
// its parameters that come from the request, in the order in which their values
// are to be written; one of the kind auto is the body. pathNames are the route
// template's, in order.
//
// # Errors
//
// All faults are joined: types that can't come from where they are wanted, a
// path parameter that the template lacks, patterns and constraints that mean
// nothing. Each names the function, its source and the parameter.
func Compile(m *pybridge.Manifest, fn *pybridge.Function, params []int, pathNames []string, o Options) (*Binder, error) {
	c := compiler{manifest: m, subject: fmt.Sprintf("%s (%s)", fn.Name, fn.Source), options: o}
	b := &Binder{}
	for _, i := range params {
		p := fn.Params[i]
		if p.In == pybridge.InAuto {
			p.In = pybridge.InBody // no provider: the caller would not have listed it
		}
		c.within("parameter "+p.Name, func() {
			compiled := c.param(&p, pathNames)
			c.oneBody(b, &compiled)
			b.add(compiled, p.Alias)
		})
	}
	c.formRoute(b)
	c.bodyRoute(b)
	b.seal()
	return b, errors.Join(c.faults...)
}

// compiler turns types into binders and collects what is wrong with them.
type compiler struct {
	manifest *pybridge.Manifest
	// subject and trail say what is being compiled, for messages.
	subject string
	trail   []string
	faults  []error
	options Options
	// classes holds the classes met so far, those being compiled too: a class
	// may refer to itself.
	classes map[string]jsonBinder
	// fromGo reads what Go's encoding/json writes.
	fromGo bool
}

// oneBody checks that a parameter doesn't want of the body what another one has
// already.
func (c *compiler) oneBody(b *Binder, p *param) {
	if !p.takesBody() {
		return
	}
	for i := range b.params {
		other := &b.params[i]
		switch {
		case !other.takesBody() || (p.takesField() && other.takesField()):
			continue
		case p.form == nil && other.form == nil:
			c.fault("the body is bound to another %s already; make one %s of both", c.one(), c.whole())
		case p.form == nil || other.form == nil:
			c.fault("the body is a form for one %s and none for another", c.one())
		default:
			c.fault("the form is bound to another %s already; make one %s of both", c.one(), c.whole())
		}
		return
	}
}

// one is what a value of the request is bound to, whole a type for several.
func (c *compiler) one() string {
	if c.fromGo {
		return "field"
	}
	return "parameter"
}

func (c *compiler) whole() string {
	if c.fromGo {
		return "struct"
	}
	return "class"
}

func (c *compiler) within(place string, f func()) {
	c.trail = append(c.trail, place)
	f()
	c.trail = c.trail[:len(c.trail)-1]
}

// fault records one, naming where it is.
func (c *compiler) fault(format string, args ...any) {
	place := strings.Join(append([]string{c.subject}, c.trail...), ": ")
	c.faults = append(c.faults, fmt.Errorf("%s: %w", place, fmt.Errorf(format, args...)))
}

// param compiles one parameter.
func (c *compiler) param(p *pybridge.Param, pathNames []string) param {
	out := param{in: p.In, required: p.Required}
	t := p.Type
	if t == nil {
		t = &pybridge.Type{Kind: pybridge.TypeAny}
	}
	switch p.In {
	case pybridge.InBody:
		out.loc = []step{{name: locBody}}
		if p.MediaType != "" || withoutNone(t).Kind == pybridge.TypeBytes {
			c.rawBody(&out, p, withoutNone(t))
			return out
		}
		out.body = c.constrained(c.json(t), t, p.Schema, c.options.BodySchema)
		return out
	case pybridge.InForm, pybridge.InFile:
		c.formParam(&out, p, t)
		return out
	case pybridge.InPath:
		out.loc = []step{{name: locPath}, {name: p.Alias}}
		if out.index = slices.Index(pathNames, p.Alias); out.index < 0 {
			c.fault("the path has no parameter {%s}", p.Alias)
		}
	case pybridge.InQuery:
		out.loc = []step{{name: locQuery}, {name: p.Alias}}
		out.emptyIsFalse = t.Kind == pybridge.TypeBool
	case pybridge.InHeader:
		out.loc = []step{{name: locHeader}, {name: strings.ToLower(p.Alias)}}
		out.header = http.CanonicalHeaderKey(p.Alias)
	case pybridge.InCookie:
		out.loc = []step{{name: locCookie}, {name: p.Alias}}
	default:
		c.fault("%q does not come from the request", p.In)
	}
	c.texts(&out, p, t)
	return out
}

// rawBody compiles a body that isn't parsed.
func (c *compiler) rawBody(out *param, p *pybridge.Param, t *pybridge.Type) {
	if t.Kind != pybridge.TypeBytes && t.Kind != pybridge.TypeStr {
		c.fault("a body of %s is bytes or str, and this is %s", p.MediaType, t.Kind)
	}
	if len(p.Schema)+len(c.options.BodySchema) > 0 {
		c.fault("a schema is for a body of JSON or a form, and this one is not parsed")
	}
	out.raw, out.media = c.text(t), p.MediaType
}

// texts compiles what a parameter does with its text or texts.
func (c *compiler) texts(out *param, p *pybridge.Param, t *pybridge.Type) {
	t = withoutNone(t)
	if !isList(t.Kind) && t.Kind != pybridge.TypeTuple {
		if p.Separator != "" {
			c.fault("a separator is for lists, and this is %s", t.Kind)
		}
		out.one = c.checkedText(c.text(t), p.Schema)
		return
	}
	if p.In == pybridge.InPath {
		c.fault("a %s can't come from a path", t.Kind)
		return
	}
	out.many = &textList{separator: p.Separator, shape: c.listShape(t), schema: c.paramSchema(p.Schema)}
	if t.Kind != pybridge.TypeTuple {
		c.within("items", func() { out.many.item = c.text(item(t, 0)) })
		return
	}
	out.many.each = make([]textBinder, len(t.Items))
	for i := range t.Items {
		c.within(fmt.Sprintf("item %d", i), func() { out.many.each[i] = c.text(item(t, i)) })
	}
	n := len(t.Items)
	out.many.shape.lengths = itemLengths("Tuple", nil, &n)
}

// withoutNone gives T for Optional[T]: no text is None.
func withoutNone(t *pybridge.Type) *pybridge.Type {
	if t.Kind != pybridge.TypeUnion {
		return t
	}
	if members := flatten(t); len(members) == 1 {
		return members[0]
	}
	return t
}

func isList(k pybridge.TypeKind) bool {
	switch k {
	case pybridge.TypeList, pybridge.TypeSet, pybridge.TypeFrozen, pybridge.TypeVarTuple:
		return true
	}
	return false
}

// item is the i-th type parameter; where there is none, anything goes.
func item(t *pybridge.Type, i int) *pybridge.Type {
	if i < len(t.Items) && t.Items[i] != nil {
		return t.Items[i]
	}
	return &pybridge.Type{Kind: pybridge.TypeAny}
}
