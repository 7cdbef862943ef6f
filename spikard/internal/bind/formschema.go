package bind

import (
	"encoding/json"
	"slices"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// schemaTargets finds what schemas want. A schema may be a part of itself: it
// is known before its properties are.
type schemaTargets map[*schema.Schema]*target

// of gives the target of a schema; nil stands for one that allows everything.
func (m schemaTargets) of(s *schema.Schema) *target {
	if s == nil {
		return untold
	}
	if t, ok := m[s]; ok {
		return t
	}
	all := together(s)
	t := &target{}
	m[s] = t
	for _, part := range all {
		t.wants |= schemaWants(part)
		t.allow(part)
		t.list = t.list || part.Types&schema.Array != 0 || part.Items != nil || part.Prefix != nil
		t.object = t.object || part.Types&schema.Object != 0 || part.Properties != nil
	}
	if s.Types != 0 {
		t.wants = schemaWants(s)
	}
	for _, part := range all {
		m.inside(t, part)
	}
	return t
}

// inside adds what a schema says of items and members, unless another has said
// it.
func (m schemaTargets) inside(t *target, s *schema.Schema) {
	if t.each == nil {
		for _, item := range s.Prefix {
			t.each = append(t.each, m.of(item))
		}
	}
	if t.item == nil && s.Items != nil {
		t.item = m.of(s.Items)
	}
	for _, p := range s.Properties {
		if t.fields == nil {
			t.fields = make(map[string]*target)
		}
		if f := t.fields[p.Name]; f == nil || !f.told() {
			t.fields[p.Name] = m.of(p.Schema)
		}
	}
	if t.rest == nil && s.Additional != nil {
		t.rest = m.of(s.Additional)
	}
}

// together gives a schema and all those that speak of the same value, but for
// what it must not be.
func together(s *schema.Schema) []*schema.Schema {
	all := []*schema.Schema{s}
	for i := 0; i < len(all); i++ {
		for _, part := range all[i].InPlace() {
			if part != all[i].Not && !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	return all
}

// schemaWants gives the scalars that a schema's own keywords allow.
func schemaWants(s *schema.Schema) wants {
	var out wants
	for kind, want := range map[schema.Types]wants{
		schema.Null: wantNull, schema.Boolean: wantBool, schema.Integer: wantInt,
		schema.Number: wantNumber, schema.String: wantText,
	} {
		if s.Types&kind != 0 {
			out |= want
		}
	}
	if s.Types != 0 {
		return out
	}
	for _, v := range append(slices.Clone(s.Enum), s.Const) {
		switch kind, _ := scalarOf(v); kind {
		case jsonwire.Null:
			out |= wantNull
		case jsonwire.Bool:
			out |= wantBool
		case jsonwire.Number:
			out |= wantNumber
		}
	}
	return out
}

// allow adds the texts that a schema without a type lists.
func (t *target) allow(s *schema.Schema) {
	if s.Types != 0 {
		return
	}
	for _, v := range append(slices.Clone(s.Enum), s.Const) {
		if kind, text := scalarOf(v); kind == jsonwire.String {
			if t.words == nil {
				t.words = make(map[string]bool)
			}
			t.words[text] = true
		}
	}
}

func scalarOf(v json.RawMessage) (jsonwire.Kind, string) {
	var s jsonwire.Scanner
	s.Reset(string(v))
	kind := s.Peek()
	if kind != jsonwire.String {
		return kind, ""
	}
	return kind, jsonwire.Unquote(string(v))
}

// narrow is the target of a value of a type that a schema has to say something
// about too: it tells what the type leaves open.
func narrow(t, schema *target) *target {
	switch {
	case !schema.told():
		return t
	case !t.told():
		return schema
	}
	out := union([]*target{t, schema})
	if t.wants != 0 || t.words != nil {
		out.wants, out.words = t.wants, t.words
	}
	out.list, out.object = t.list, t.object
	return out
}
