package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// classNode takes an object with the members that are the fields of a class,
// in any order; others are passed over. An array does for a named tuple.
//
// The values are written as they are read. Where the members come in the
// fields' order, nothing else is to be done; where they don't, the written
// parts are moved into it at the end. So the text is read once, and an object
// within objects within objects isn't read again at each level.
type classNode struct {
	conv   convert
	class  int
	fields []field
	// byName finds a field when there are too many to be compared one by one.
	byName map[string]int
	tuple  bool // a JSON array is taken too
	closed bool // no other members are
	long   *fault
}

type field struct {
	name string
	// quoted is the name as it most likely stands in a text, with its colon.
	quoted   string
	required bool
	value    jsonBinder
}

// manyFields is where a map becomes faster than comparing names.
const manyFields = 8

// index prepares the fields to be found.
func (n *classNode) index() {
	for i := range n.fields {
		n.fields[i].quoted = quotedName(n.fields[i].name)
	}
	if len(n.fields) <= manyFields {
		return
	}
	n.byName = make(map[string]int, len(n.fields))
	for i, f := range n.fields {
		n.byName[f.name] = i
	}
}

func quotedName(name string) string { return string(append(jsonwire.AppendQuote(nil, name), ':')) }

// find gives the index of the field with a name, or -1. guess is the one that
// a client who keeps to the order sends next.
func (n *classNode) find(name string, guess int) int {
	if guess < len(n.fields) && n.fields[guess].name == name {
		return guess
	}
	if n.byName != nil {
		if i, ok := n.byName[name]; ok {
			return i
		}
		return -1
	}
	for i := range n.fields {
		if n.fields[i].name == name {
			return i
		}
	}
	return -1
}

func (n *classNode) json(s *state) {
	switch kind := s.scan.Peek(); {
	case kind == jsonwire.Object:
		n.object(s)
	case kind == jsonwire.Array && n.tuple:
		n.array(s)
	default:
		s.refuse(&dictType)
	}
}

func (n *classNode) object(s *state) {
	from, start, before := s.scan.Pos(), len(s.entries), s.fails
	n.conv.start(s)
	s.w.Object(n.class, len(n.fields))
	l := s.layout(len(n.fields))
	var extra strays
	s.scan.Open()
	for {
		n.inOrder(s, &l, start)
		key, ok := s.scan.Key()
		if !ok {
			break
		}
		if i := n.find(key, l.next); i >= 0 {
			n.member(s, &l, i, start)
			continue
		}
		extra = n.pass(s, key, extra)
	}
	if extra != nil {
		s.unexpected(extra, from)
	}
	n.lacking(s, &l, from)
	l.finish()
	if s.fails != before {
		s.arrange(start)
	}
}

// inOrder takes the members that come as the fields do, which is how most
// clients send them.
func (n *classNode) inOrder(s *state, l *layout, start int) {
	for l.next < len(n.fields) && s.scan.Follows(n.fields[l.next].quoted) {
		n.member(s, l, l.next, start)
	}
}

func (n *classNode) member(s *state, l *layout, i, start int) {
	f := &n.fields[i]
	if fails := l.start(i); fails > 0 {
		s.forget(start, f.name, fails)
	}
	before := s.fails
	s.push(step{name: f.name})
	f.value.json(s)
	s.pop()
	l.end(i, s.fails-before)
}

func (n *classNode) lacking(s *state, l *layout, from int) {
	for i := range n.fields {
		if n.fields[i].required && !l.has(i) {
			s.lack(step{name: n.fields[i].name}, from)
		}
	}
}

// array takes the fields by their positions.
func (n *classNode) array(s *state) {
	from, count := s.scan.Pos(), 0
	n.conv.start(s)
	s.w.Object(n.class, len(n.fields))
	for s.scan.Open(); s.scan.Elem(); count++ {
		if count >= len(n.fields) {
			s.scan.Skip()
			continue
		}
		s.push(step{kind: byIndex, index: count})
		n.fields[count].value.json(s)
		s.pop()
	}
	for i := count; i < len(n.fields); i++ {
		if n.fields[i].required {
			s.lack(step{kind: byIndex, index: i}, from)
		}
		s.w.Absent()
	}
	if count > len(n.fields) {
		s.reportJSON(n.long, from)
	}
}
