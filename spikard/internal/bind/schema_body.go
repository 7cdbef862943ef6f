package bind

import (
	"encoding/json"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// constrained has a body's value checked by schemas besides its type.
func (c *compiler) constrained(n jsonBinder, t *pybridge.Type, schemas ...json.RawMessage) jsonBinder {
	var checks []*schemaBinder
	for _, raw := range schemas {
		if len(raw) == 0 {
			continue
		}
		if b := c.schemaBinder(raw); b != nil {
			checks = append(checks, b)
		}
	}
	if len(checks) == 1 && plainDict(t) {
		return &dictOf{inner: n, schema: checks[0]}
	}
	return checked(n, checks)
}

// plainDict tells whether a type is a dict of anything, which a schema writes as
// well.
func plainDict(t *pybridge.Type) bool {
	keys, values := item(t, 0), item(t, 1)
	return t.Kind == pybridge.TypeDict && plain(t) && plain(keys) && plain(values) &&
		(keys.Kind == pybridge.TypeAny || keys.Kind == pybridge.TypeStr) && values.Kind == pybridge.TypeAny
}

// plain tells whether a type is narrowed and converted by nothing.
func plain(t *pybridge.Type) bool {
	return t.Converter == 0 && t.Constraints == (pybridge.Constraints{})
}

// dictOf is a plain dict whose values a schema checks and writes.
type dictOf struct {
	inner  jsonBinder
	schema *schemaBinder
}

func (n *dictOf) json(s *state) {
	if s.scan.Peek() == jsonwire.Object {
		n.schema.json(s)
		return
	}
	n.inner.json(s)
}

// bodyRoute compiles the route's schema for a body that no parameter takes.
func (c *compiler) bodyRoute(b *Binder) {
	if b.body != NoBody || len(c.options.BodySchema) == 0 {
		return
	}
	c.within("body_schema", func() { b.bodyCheck = c.schemaBinder(c.options.BodySchema) })
	b.body = JSONBody
}

// checkBody checks a body that no parameter takes. False: it is malformed.
func (b *Binder) checkBody(s *state, body []byte) bool {
	if b.bodyCheck == nil {
		return true
	}
	s.path = append(s.path[:0], step{name: locBody})
	if len(body) == 0 {
		s.reportMissing()
		return true
	}
	s.open(jsonwire.View(body))
	b.bodyCheck.check(s)
	return s.scan.End()
}
