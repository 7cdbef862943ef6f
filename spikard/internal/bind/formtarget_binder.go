package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// targets finds what binders want. A class may be a part of itself: it is
// known before its fields are.
type targets map[*classNode]*target

// of gives the target of a binder.
func (m targets) of(n jsonBinder) *target {
	switch n := n.(type) {
	case noneNode:
		return &target{wants: wantNull}
	case boolNode:
		return &target{wants: wantBool}
	case *intNode:
		return &target{wants: wantInt}
	case *floatNode:
		return &target{wants: wantNumber}
	case *formatNode:
		return formatTarget(n)
	case *uploadNode:
		return &target{wants: wantFile}
	case *bytesNode:
		return &target{wants: wantText}
	case *choiceNode:
		return choiceTarget(n)
	case *convertedNode:
		return m.of(n.inner)
	case nullableNode:
		return union([]*target{m.of(n.inner), {wants: wantNull}})
	}
	return m.composite(n)
}

func (m targets) composite(n jsonBinder) *target {
	switch n := n.(type) {
	case *listNode:
		return &target{list: true, item: m.of(n.item)}
	case *tupleNode:
		t := &target{list: true}
		for _, item := range n.items {
			t.each = append(t.each, m.of(item))
		}
		return t
	case *dictNode:
		return &target{object: true, rest: m.of(n.value)}
	case *classNode:
		return m.class(n)
	case *typedDictNode:
		return m.class(&n.classNode)
	case *unionNode:
		return m.union(n)
	case decoderNode:
		return make(schemaTargets).of(n.shape)
	case *schemaBinder:
		return make(schemaTargets).of(n.root)
	case *dictOf:
		return narrow(m.of(n.inner), m.of(n.schema))
	case *checkedNode:
		t := m.of(n.inner)
		for _, check := range n.checks {
			t = narrow(t, m.of(check))
		}
		return t
	}
	return untold
}

func formatTarget(n *formatNode) *target {
	if _, free := n.format.(*strFormat); free {
		return &target{wants: wantText}
	}
	return &target{wants: wantForm}
}

func choiceTarget(n *choiceNode) *target {
	t := &target{words: make(map[string]bool)}
	for i := range n.choices {
		switch c := &n.choices[i]; {
		case c.kind == jsonwire.String:
			t.words[c.str] = true
		case c.kind == jsonwire.Bool:
			t.wants |= wantBool
		case c.kind == jsonwire.Null:
			t.wants |= wantNull
		case c.isInt:
			t.wants |= wantInt
		default:
			t.wants |= wantNumber
		}
	}
	return t
}

func (m targets) class(n *classNode) *target {
	if t, ok := m[n]; ok {
		return t
	}
	t := &target{object: true, fields: make(map[string]*target, len(n.fields))}
	m[n] = t
	for i := range n.fields {
		t.fields[n.fields[i].name] = m.of(n.fields[i].value)
	}
	return t
}

func (m targets) union(n *unionNode) *target {
	var members []*target
	seen := make(map[jsonBinder]bool)
	for _, list := range n.members {
		for _, member := range list {
			if !seen[member] {
				seen[member] = true
				members = append(members, m.of(member))
			}
		}
	}
	return union(members)
}

// union is the target of what may be any of several. The first that wants a
// list, or a member, is the one that tells what is to be in it.
func union(members []*target) *target {
	t := &target{}
	for _, m := range members {
		t.wants |= m.wants
		for word := range m.words {
			if t.words == nil {
				t.words = make(map[string]bool)
			}
			t.words[word] = true
		}
		if m.list && (!t.list || !t.element(0).told()) {
			t.list, t.item, t.each = true, m.item, m.each
		}
		if m.object {
			t.object = true
			t.more = append(t.more, m.flat()...)
		}
	}
	return t
}

// flat gives the targets with members that a target is made of.
func (t *target) flat() []*target {
	if t.more != nil {
		return t.more
	}
	return []*target{t}
}
