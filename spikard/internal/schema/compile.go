package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// Compile reads a schema.
//
// # Errors
//
// All faults are joined. Each names the JSON pointer of the schema it is in: a
// keyword whose value means nothing, a reference that leads nowhere or out of
// the document, schemas that refer to each other without end.
func Compile(raw json.RawMessage) (*Schema, error) {
	c := compiler{root: raw, known: make(map[string]*Schema), anchors: make(map[string]*Schema)}
	root := c.schema(raw, "#")
	c.resolve()
	if len(c.faults) == 0 {
		c.findCycles()
	}
	if len(c.faults) == 0 && len(c.foreign) > 0 {
		var err error
		if root.Foreign, err = newForeign(raw); err != nil {
			c.fault("#", "%w", err)
		}
	}
	return root, errors.Join(c.faults...)
}

type compiler struct {
	root json.RawMessage
	// id is what the root calls itself, without a fragment.
	id string
	// lone says that a $ref's siblings don't count, as in draft-07.
	lone    bool
	known   map[string]*Schema // by pointer
	order   []*Schema
	anchors map[string]*Schema
	pending []reference
	// foreign are the reasons for a validator that isn't ours.
	foreign []string
	faults  []error
}

// reference is a $ref to be resolved.
type reference struct {
	from *Schema
	text string
}

func (c *compiler) fault(pointer, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %w", pointer, fmt.Errorf(format, args...)))
}

// schema compiles the schema at a pointer, once.
func (c *compiler) schema(raw json.RawMessage, pointer string) *Schema {
	if s := c.known[pointer]; s != nil {
		return s
	}
	s := &Schema{Pointer: pointer}
	c.known[pointer] = s
	c.order = append(c.order, s)
	switch text := strings.TrimSpace(string(raw)); text {
	case "true":
	case "false":
		s.Never = true
	default:
		c.keywords(s, raw)
	}
	return s
}

// keywords compiles the members of a schema that is an object.
func (c *compiler) keywords(s *Schema, raw json.RawMessage) {
	list, err := membersOf(raw)
	if err != nil {
		c.fault(s.Pointer, "a schema is an object or a boolean: %w", err)
		return
	}
	r := reader{compiler: c, schema: s, members: list}
	if s.Pointer == "#" {
		r.header()
	}
	if ref := r.find("$ref"); c.lone && ref != nil {
		r.members = []member{*ref}
	}
	for _, m := range r.members {
		if read := keywords[m.name]; read != nil {
			if err := read(&r, m); err != nil {
				c.fault(pointerTo(s.Pointer, m.name), "%w", err)
			}
		}
	}
	r.finish()
}

// header reads what the root says of the document.
func (r *reader) header() {
	if m := r.find("$schema"); m != nil {
		name, _ := m.text()
		r.compiler.lone = slices.ContainsFunc([]string{"draft-03", "draft-04", "draft-06", "draft-07"},
			func(draft string) bool { return strings.Contains(name, draft) })
	}
	if m := r.find("$id"); m != nil {
		name, _ := m.text()
		r.compiler.id, _, _ = strings.Cut(name, "#")
	}
}

// findCycles reports schemas that lead back to themselves without a step into
// the value: checking them would never end.
func (c *compiler) findCycles() {
	const open, done = 1, 2
	states := make(map[*Schema]int)
	var visit func(s *Schema)
	visit = func(s *Schema) {
		states[s] = open
		for _, sub := range s.InPlace() {
			switch states[sub] {
			case open:
				c.fault(s.Pointer, "refers to %s and so to itself, without an end", sub.Pointer)
			case 0:
				visit(sub)
			}
		}
		states[s] = done
	}
	for _, s := range c.order {
		if states[s] == 0 {
			visit(s)
		}
	}
}

// member is a member of an object, or an item of an array.
type member struct {
	name string
	raw  json.RawMessage
}

// membersOf reads an object. Of equal names the last counts.
func membersOf(raw json.RawMessage) ([]member, error) {
	var s jsonwire.Scanner
	s.Reset(string(raw))
	if s.Peek() != jsonwire.Object {
		return nil, wrongKind(&s, raw, "an object")
	}
	var out []member
	s.Open()
	for name, ok := s.Key(); ok; name, ok = s.Key() {
		m := member{name: strings.Clone(name)}
		m.raw = next(&s)
		if i := slices.IndexFunc(out, func(o member) bool { return o.name == m.name }); i >= 0 {
			out[i] = m
			continue
		}
		out = append(out, m)
	}
	s.End()
	return out, s.Err()
}

// itemsOf reads an array.
func itemsOf(raw json.RawMessage) ([]json.RawMessage, error) {
	var s jsonwire.Scanner
	s.Reset(string(raw))
	if s.Peek() != jsonwire.Array {
		return nil, wrongKind(&s, raw, "an array")
	}
	out := []json.RawMessage{}
	for s.Open(); s.Elem(); {
		out = append(out, next(&s))
	}
	s.End()
	return out, s.Err()
}

func next(s *jsonwire.Scanner) json.RawMessage {
	s.Peek()
	from := s.Pos()
	s.Skip()
	return json.RawMessage(s.Slice(from, s.Pos()))
}

func wrongKind(s *jsonwire.Scanner, raw json.RawMessage, want string) error {
	if s.Skip(); s.End() {
		return fmt.Errorf("%s is not %s", raw, want)
	}
	return s.Err()
}
