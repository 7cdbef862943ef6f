package bind

import (
	"encoding/json"
	"slices"

	"github.com/spikard/spikard-go/pybridge"
)

// formParam compiles a form or a field of one.
func (c *compiler) formParam(out *param, p *pybridge.Param, t *pybridge.Type) {
	if p.Separator != "" {
		c.fault("a separator does not apply to a form: its fields are repeated")
	}
	out.loc = []step{{name: locBody}}
	schemas := []json.RawMessage{p.Schema}
	if p.Whole {
		schemas = append(schemas, c.options.BodySchema)
	} else {
		out.loc = append(out.loc, step{name: p.Alias})
	}
	out.body = c.constrained(c.json(t), t, schemas...)
	out.form = &formParam{name: p.Alias, whole: p.Whole, target: make(targets).of(out.body)}
}

// checked has a value checked by schemas before it is bound. The last schema
// binds what no type is given for.
func checked(inner jsonBinder, checks []*schemaBinder) jsonBinder {
	if len(checks) == 0 {
		return inner
	}
	if inner == (anyNode{}) {
		last := len(checks) - 1
		if inner = checks[last]; last == 0 {
			return inner
		}
		checks = checks[:last]
	}
	return &checkedNode{checks: checks, inner: inner}
}

// formCheck holds a form against the route's schema where no parameter takes it
// whole.
type formCheck struct {
	target *target
	schema *schemaBinder
}

func (c *compiler) formCheck(b *Binder) *formCheck {
	for i := range b.params {
		if p := b.params[i].form; p != nil && p.whole {
			return nil
		}
	}
	check := c.schemaBinder(c.options.BodySchema)
	if check == nil {
		return nil
	}
	return &formCheck{make(targets).of(check), check}
}

// formRoute compiles what a route says of its form besides the parameters.
func (c *compiler) formRoute(b *Binder) {
	b.upload = c.anyUpload()
	if b.files = c.fileRules(c.options.Files); len(b.files) > 0 {
		switch b.body {
		case NoBody:
			b.body = FormBody
		case JSONBody, RawBody:
			c.fault("files have rules, but the body is bound to a parameter that takes no form; mark it with Form() or File()")
		}
	}
	for i := range b.params {
		if p := &b.params[i]; p.takesField() {
			p.form.rule = 1 + slices.IndexFunc(b.files, func(r fileRule) bool { return r.name == p.form.name })
		}
	}
	if b.body == FormBody && len(c.options.BodySchema) > 0 {
		c.within("body_schema", func() { b.formCheck = c.formCheck(b) })
	}
}

// anyUpload is the converter of files for which no type says what they are.
func (c *compiler) anyUpload() convert {
	if c.manifest == nil {
		return 0
	}
	return convert(c.manifest.Upload)
}
