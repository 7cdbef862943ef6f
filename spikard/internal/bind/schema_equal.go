package bind

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// Values are compared by a form that equal values share: numbers by what they
// are worth, objects without regard to the order of their members, of equal
// names the last.

// equalSpan is where the form of an item or a member lies. A member's begins
// with its name, up to value.
type equalSpan struct{ from, value, to int }

// appendEqual appends the form of the next value to s.equal.
func (s *state) appendEqual() {
	switch s.scan.Peek() {
	case jsonwire.Null:
		s.scan.Null()
		s.equal = append(s.equal, 'n')
	case jsonwire.Bool:
		if s.scan.Bool() {
			s.equal = append(s.equal, 't')
			return
		}
		s.equal = append(s.equal, 'f')
	case jsonwire.Number:
		n, _ := s.scan.Number()
		s.equal = appendEqualNumber(s.equal, n)
	case jsonwire.String:
		v, _ := s.scan.String()
		s.equal = appendEqualString(s.equal, v)
	case jsonwire.Array:
		s.appendEqualArray()
	case jsonwire.Object:
		s.appendEqualObject()
	default:
		from := s.scan.Pos()
		s.scan.Skip()
		s.equal = appendEqualString(append(s.equal, 'x'), s.scan.Slice(from, s.scan.Pos()))
	}
}

func appendEqualString(b []byte, v string) []byte {
	b = binary.AppendUvarint(append(b, '"'), uint64(len(v)))
	return append(b, v...)
}

func appendEqualNumber(b []byte, n jsonwire.Num) []byte {
	d, ok := parseDecimal(n.Text)
	if !ok {
		return appendEqualString(append(b, '?'), n.Text)
	}
	sign := byte('+')
	if d.neg {
		sign = '-'
	}
	b = appendEqualString(append(b, sign), d.digits)
	return append(strconv.AppendInt(append(b, 'e'), int64(d.exp), 10), ';')
}

func (s *state) appendEqualArray() {
	s.equal = append(s.equal, '[')
	for s.scan.Open(); s.scan.Elem(); {
		s.appendEqual()
	}
	s.equal = append(s.equal, ']')
}

func (s *state) appendEqualObject() {
	s.equal = append(s.equal, '{')
	base, first := len(s.equal), len(s.members)
	s.scan.Open()
	for name, ok := s.scan.Key(); ok; name, ok = s.scan.Key() {
		sp := equalSpan{from: len(s.equal)}
		s.equal = appendEqualString(s.equal, name)
		sp.value = len(s.equal)
		s.appendEqual()
		sp.to = len(s.equal)
		s.members = append(s.members, sp)
	}
	s.sortMembers(base, first)
	s.members = s.members[:first]
	s.equal = append(s.equal, '}')
}

// sortMembers brings the members from first on, which lie from base on, into
// the order of their names. To copy them costs as much as to read them, and
// happens at each level of nesting: the budget bounds it.
func (s *state) sortMembers(base, first int) {
	list := s.members[first:]
	compare := func(a, b equalSpan) int {
		return bytes.Compare(s.equal[a.from:a.value], s.equal[b.from:b.value])
	}
	sorted := true
	for i := 1; i < len(list); i++ {
		sorted = sorted && compare(list[i-1], list[i]) < 0
	}
	end := len(s.equal)
	if s.charge((end - base) / 8); sorted || s.overrun != nil {
		return
	}
	slices.SortStableFunc(list, compare)
	for i, sp := range list {
		if i+1 < len(list) && compare(sp, list[i+1]) == 0 {
			continue // the next one counts
		}
		s.equal = append(s.equal, s.equal[sp.from:sp.to]...)
	}
	s.equal = s.equal[:base+copy(s.equal[base:], s.equal[end:])]
}

// distinctItems reads an array and tells whether no two items are equal.
func (s *state) distinctItems() bool {
	s.equal = s.equal[:0]
	first := len(s.members)
	for s.scan.Open(); s.scan.Elem(); {
		sp := equalSpan{from: len(s.equal)}
		s.appendEqual()
		sp.to = len(s.equal)
		s.members = append(s.members, sp)
	}
	list := s.members[first:]
	compare := func(a, b equalSpan) int {
		return bytes.Compare(s.equal[a.from:a.to], s.equal[b.from:b.to])
	}
	slices.SortFunc(list, compare)
	ok := true
	for i := 1; i < len(list) && ok; i++ {
		ok = compare(list[i-1], list[i]) != 0
	}
	s.members = s.members[:first]
	return ok
}

// schemaChoice is an enum or a const.
type schemaChoice struct {
	values map[string]struct{} // by their form
	fault  *fault
}

// check tells whether the next value is one of the choices, and does not read
// it unless it isn't.
func (c *schemaChoice) check(s *state, m mode) bool {
	from := s.scan.Mark()
	begin := s.scan.Pos()
	kind := s.scan.Peek()
	s.equal = s.equal[:0]
	s.appendEqual()
	if _, ok := c.values[string(s.equal)]; ok {
		if kind == jsonwire.Array || kind == jsonwire.Object {
			s.charge(s.scan.Pos() - begin)
		}
		s.scan.Return(from)
		return true
	}
	return s.reject(m, c.fault, begin)
}

// newSchemaChoice compiles the values of an enum.
func newSchemaChoice(values []json.RawMessage) (*schemaChoice, error) {
	out := &schemaChoice{values: make(map[string]struct{}, len(values))}
	s := acquire(nil)
	defer s.release()
	for _, raw := range values {
		s.open(string(raw))
		s.equal = s.equal[:0]
		s.appendEqual()
		if s.scan.End(); s.scan.Err() != nil || s.overrun != nil {
			return nil, errors.Join(s.scan.Err(), errors.New("a value is too large to be compared"))
		}
		out.values[string(s.equal)] = struct{}{}
	}
	return out, nil
}
