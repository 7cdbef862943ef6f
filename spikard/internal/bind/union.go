package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// shape is a kind of JSON value, with the numbers told apart.
type shape uint8

const (
	shapeNull shape = iota
	shapeBool
	shapeInt
	shapeFloat
	shapeString
	shapeArray
	shapeObject
	shapeFile
	shapes
)

// A union reads an object again for each member that could be meant. Unions
// within unions could multiply that without end, so a body may be read again
// for this many times its length in all.
const (
	rereads    = 16
	minRereads = 1 << 20
)

// unionNode tries what its members allow for a value's shape. Like pydantic it
// prefers the type that fits exactly to one further left, and of several
// classes the one with the most of its fields given.
type unionNode struct {
	members [shapes][]jsonBinder
	// only is the one member that isn't None: its faults tell more than the
	// union's.
	only  jsonBinder
	fault *fault
}

func (n *unionNode) json(s *state) {
	members := n.members[s.shape()]
	switch {
	case len(members) == 1:
		members[0].json(s)
	case len(members) == 0 && n.only != nil:
		n.only.json(s)
	case len(members) == 0:
		s.refuse(n.fault)
	default:
		n.choose(s, members)
	}
}

// shape tells the next value's shape. A number has to be read for it.
func (s *state) shape() shape {
	switch kind := s.scan.Peek(); kind {
	case jsonwire.Bool:
		return shapeBool
	case jsonwire.Number:
		from := s.scan.Pos()
		num, ok := s.scan.Number()
		if s.scan.Rewind(from); ok && !num.Int {
			return shapeFloat
		}
		return shapeInt
	case jsonwire.String:
		return shapeString
	case jsonwire.Array:
		return shapeArray
	case jsonwire.Object:
		return shapeObject
	case jsonwire.File:
		return shapeFile
	}
	return shapeNull
}

// choose tries the members in turn. Of an object's, the first that fits is the
// right one: they are in the order of the fields that they would be given.
func (n *unionNode) choose(s *state, members []jsonBinder) {
	from, at := s.scan.Pos(), s.w.Len()
	if s.scan.Peek() == jsonwire.Object {
		members = s.contenders(members, from)
	}
	for i, m := range members {
		if !s.affords(from, i) {
			break
		}
		if s.try(m, from, at) || s.scan.Err() != nil {
			return
		}
	}
	if s.scan.Err() != nil {
		return
	}
	if s.budget < 0 {
		n.give(s, &ambiguous, from, at)
		return
	}
	n.give(s, n.fault, from, at)
}

// affords takes the cost of reading the value from from once more out of the
// budget; the first reading is free.
func (s *state) affords(from, turn int) bool {
	if turn > 0 {
		s.budget -= s.scan.Pos() - from
	}
	return s.budget >= 0
}

// try binds the value at from with one member and tells whether it fits. It
// leaves what was written and read.
func (s *state) try(m jsonBinder, from, at int) bool {
	s.scan.Rewind(from)
	s.w.Truncate(at)
	before := s.fails
	s.trial++
	m.json(s)
	s.trial--
	fits := s.fails == before
	s.fails = before
	return fits
}

// give skips the value at from and reports it.
func (n *unionNode) give(s *state, f *fault, from, at int) {
	s.scan.Rewind(from)
	s.w.Truncate(at)
	s.refuse(f)
}

// textUnion tries its members in turn: first those that a text fits as it is.
type textUnion struct {
	members []textBinder
	fault   *fault
}

func (n *textUnion) text(s *state, v string) {
	if len(n.members) == 1 {
		n.members[0].text(s, v)
		return
	}
	at := s.w.Len()
	for _, m := range n.members {
		before := s.fails
		s.trial++
		m.text(s, v)
		s.trial--
		if s.fails == before {
			return
		}
		s.fails = before
		s.w.Truncate(at)
	}
	s.reportText(n.fault, v)
}
