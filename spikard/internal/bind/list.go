package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// listNode takes an array of any length.
type listNode struct {
	conv    convert
	item    jsonBinder
	tuple   bool
	lengths lengths
	wrong   *fault // for what is no array
	// unique counts equal items once, as the length of a set does.
	unique bool
}

func (n *listNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Array {
		s.refuse(n.wrong)
		return
	}
	from, before := s.scan.Pos(), s.fails
	n.conv.start(s)
	at := s.w.Len()
	startItems(s, n.tuple)
	written, distinct := n.items(s)
	s.w.SetCount(at, written)
	if s.fails != before {
		return
	}
	if f := n.lengths.check(distinct); f != nil {
		s.reportJSON(f, from)
	}
}

// items binds the items and gives their number, and that of the distinct ones
// where it matters.
func (n *listNode) items(s *state) (written, distinct int) {
	var seen map[string]struct{}
	if n.unique {
		seen = make(map[string]struct{})
	}
	s.push(step{kind: byIndex})
	for s.scan.Open(); s.scan.Elem(); written++ {
		s.path[len(s.path)-1].index = written
		at := s.w.Len()
		n.item.json(s)
		if seen != nil {
			seen[string(s.w.Bytes()[at:])] = struct{}{}
		}
	}
	s.pop()
	if seen != nil {
		return written, len(seen)
	}
	return written, written
}

// startItems starts a list or tuple whose count is set later.
func startItems(s *state, tuple bool) {
	if tuple {
		s.w.Tuple(0)
		return
	}
	s.w.List(0)
}
