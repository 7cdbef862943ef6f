package bind

import (
	"encoding/json"
	"time"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// schemaBinder binds a value by a JSON Schema: it checks it and writes what
// json.loads would make of it, with the defaults of absent properties.
type schemaBinder struct {
	root *schema.Schema
	// One of these is set.
	node    *schemaNode
	foreign *schema.Foreign
	// defaults writes the value where the schema has any.
	defaults *defaultsNode
}

// mode says what a schemaNode does with a value besides checking it.
type mode uint8

const (
	modeWrite mode = iota // writes it, and reports its faults
	modeCheck             // reports its faults
	// modeTest reports nothing and stops at the first fault: the value may be
	// left half read.
	modeTest
)

// checking is what a state has for schemas.
type checking struct {
	// overrun is set when a value can't be checked to its end. From then on
	// what the nodes say means nothing: whoever began the check reports it.
	overrun *fault
	// patience is the time left for patterns that backtrack.
	patience time.Duration
	// equal holds the forms by which values are compared.
	equal   []byte
	members []equalSpan
	// made is the JSON text of a parameter.
	made []byte
}

func (c *checking) reset() { c.overrun, c.patience = nil, minPatience }

// kept is the memory that a pooled state keeps of its checks.
func (c *checking) kept() int { return cap(c.equal) + cap(c.made) + 24*cap(c.members) }

// schemaNode compiles the binder of a JSON Schema.
func (c *compiler) schemaNode(raw json.RawMessage) jsonBinder {
	if b := c.schemaBinder(raw); b != nil {
		return b
	}
	return anyNode{}
}

// schemaBinder compiles a schema; nil is a faulty one.
func (c *compiler) schemaBinder(raw json.RawMessage) *schemaBinder {
	root, err := schema.Compile(raw)
	if err != nil {
		c.schemaFaults(err)
		return nil
	}
	b := &schemaBinder{root: root, foreign: root.Foreign, defaults: compileDefaults(root)}
	if b.foreign == nil {
		sc := schemaCompiler{nodes: make(map[*schema.Schema]*schemaNode)}
		b.node = sc.node(root)
		for _, err := range sc.faults {
			c.fault("schema: %w", err)
		}
	}
	return b
}

// schemaFaults records each fault of a schema.
func (c *compiler) schemaFaults(err error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		c.fault("schema: %w", err)
		return
	}
	for _, e := range joined.Unwrap() {
		c.fault("schema: %w", e)
	}
}

func (b *schemaBinder) json(s *state) {
	if b.node != nil && b.defaults == nil {
		b.run(s, modeWrite)
		return
	}
	from := s.scan.Mark()
	if !b.run(s, modeCheck) {
		return
	}
	s.scan.Return(from)
	if b.defaults == nil {
		s.scan.Any(s.w)
		return
	}
	b.defaults.write(s)
}

// check reports the faults of the next value and reads it, but writes nothing.
func (b *schemaBinder) check(s *state) { b.run(s, modeCheck) }

func (b *schemaBinder) run(s *state, m mode) bool {
	from, start, before := s.scan.Mark(), len(s.entries), s.fails
	var ok bool
	if b.node != nil {
		ok = b.node.eval(s, m)
	} else {
		ok = b.foreignCheck(s)
	}
	if s.overrun == nil {
		return ok
	}
	// The faults found by then may not be some.
	s.scan.Return(from)
	s.entries, s.fails = s.entries[:start], before
	s.refuse(s.overrun)
	s.overrun = nil
	return false
}

// checkedNode binds a value by its type once schemas have found no fault in it.
type checkedNode struct {
	checks []*schemaBinder
	inner  jsonBinder
}

func (n *checkedNode) json(s *state) {
	from, before := s.scan.Mark(), s.fails
	for _, check := range n.checks {
		s.scan.Return(from)
		check.check(s)
	}
	if s.fails == before {
		s.scan.Return(from)
		n.bind(s)
	}
}

// bind binds the value by its type, with the schemas' defaults: they go into
// its text. A value is checked as a whole parameter only, so no step of the path
// to it is a part of the text that is exchanged.
func (n *checkedNode) bind(s *state) {
	var outer *jsonwire.Scanner
	for _, check := range n.checks {
		if check.defaults == nil {
			continue
		}
		text := jsonwire.View(check.defaults.text(s, nil))
		if outer == nil {
			sent := s.scan
			outer = &sent
		}
		s.scan = outer.Nested(text)
	}
	n.inner.json(s)
	if outer != nil {
		s.scan = *outer
	}
}
