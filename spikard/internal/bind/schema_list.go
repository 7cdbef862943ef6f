package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// schemaList checks an array. Its own faults come before its items'.
type schemaList struct {
	lengths
	prefix []*schemaNode
	// items is for the items behind the prefix; nil: anything.
	items    *schemaNode
	unique   bool
	contains *contains
}

// contains counts the items that a schema allows.
type contains struct {
	node     *schemaNode
	min, max int // max below 0: any number
	few      *fault
	many     *fault
}

func (l *schemaList) eval(s *state, m mode) bool {
	mark, start, before := s.scan.Mark(), len(s.entries), s.fails
	from, at := s.scan.Pos(), s.w.Len()
	if m == modeWrite {
		s.w.List(0)
	}
	count, found, ok := l.each(s, m)
	if !ok && m == modeTest {
		return false
	}
	if m == modeWrite {
		s.w.SetCount(at, count)
	}
	items := len(s.entries)
	if bad := l.check(count); bad != nil {
		ok = s.reject(m, bad, from)
	}
	if bad := l.contains.check(found); bad != nil {
		ok = s.reject(m, bad, from)
	}
	if l.unique && s.overrun == nil && (ok || m != modeTest) && !l.distinct(s, mark, count) {
		ok = s.reject(m, &notUnique, from)
	}
	if s.fails != before {
		s.raise(start, items)
	}
	return ok
}

// each checks the items and gives their number, and that of those that contains
// allows.
func (l *schemaList) each(s *state, m mode) (count, found int, ok bool) {
	ok = true
	s.push(step{kind: byIndex})
	for s.scan.Open(); s.scan.Elem(); count++ {
		s.path[len(s.path)-1].index = count
		if l.contains != nil && s.tests(l.contains.node) {
			found++
		}
		if l.item(s, m, count) {
			continue
		}
		if ok = false; m == modeTest {
			break
		}
	}
	s.pop()
	return count, found, ok
}

func (l *schemaList) item(s *state, m mode, index int) bool {
	node := l.items
	if index < len(l.prefix) {
		node = l.prefix[index]
	}
	return node.evalOrTake(s, m)
}

// evalOrTake is eval; a nil node allows everything.
func (n *schemaNode) evalOrTake(s *state, m mode) bool {
	switch {
	case n != nil:
		return n.eval(s, m)
	case m == modeWrite:
		s.scan.Any(s.w)
	default:
		s.scan.Skip()
	}
	return true
}

func (c *contains) check(found int) *fault {
	switch {
	case c == nil:
		return nil
	case found < c.min:
		return c.few
	case c.max >= 0 && found > c.max:
		return c.many
	}
	return nil
}

// tests tells whether the next value is valid, and does not read it.
func (s *state) tests(n *schemaNode) bool {
	if s.overrun != nil {
		return false
	}
	from := s.scan.Mark()
	ok := n.eval(s, modeTest)
	s.spend(from)
	return ok
}

// distinct reads the array once more and tells whether its items differ.
func (l *schemaList) distinct(s *state, from jsonwire.Mark, count int) bool {
	s.scan.Return(from)
	begin := s.scan.Pos()
	ok := s.distinctItems()
	s.charge(s.scan.Pos() - begin + count*minCharge)
	return ok
}

// raise moves the entries from middle on in front of those from start on.
func (s *state) raise(start, middle int) {
	if start == middle || middle == len(s.entries) {
		return
	}
	moved := append([]entry{}, s.entries[middle:]...)
	copy(s.entries[start+len(moved):], s.entries[start:middle])
	copy(s.entries[start:], moved)
}
