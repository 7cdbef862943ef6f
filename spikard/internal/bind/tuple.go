package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// tupleNode takes an array of a fixed length.
type tupleNode struct {
	conv  convert
	items []jsonBinder
	long  *fault
}

func newTuple(conv convert, items []jsonBinder) *tupleNode {
	n := len(items)
	return &tupleNode{conv: conv, items: items, long: itemLengths("Tuple", nil, &n).long}
}

func (n *tupleNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Array {
		s.refuse(&tupleType)
		return
	}
	from := s.scan.Pos()
	n.conv.start(s)
	s.w.Tuple(len(n.items))
	count := 0
	for s.scan.Open(); s.scan.Elem(); count++ {
		if count >= len(n.items) {
			s.scan.Skip()
			continue
		}
		s.push(step{kind: byIndex, index: count})
		n.items[count].json(s)
		s.pop()
	}
	for i := count; i < len(n.items); i++ {
		s.lack(step{kind: byIndex, index: i}, from)
	}
	if count > len(n.items) {
		s.reportJSON(n.long, from)
	}
}

// lack reports that the value which began at from has no member st.
func (s *state) lack(st step, from int) {
	s.push(st)
	s.reportJSON(&missing, from)
	s.pop()
}
