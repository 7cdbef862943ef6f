package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// typedDictNode takes an object with the members of a TypedDict and writes a
// dict of those that were given; others are passed over.
type typedDictNode struct {
	classNode
}

func (n *typedDictNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Object {
		s.refuse(&dictType)
		return
	}
	from, start, before := s.scan.Pos(), len(s.entries), s.fails
	n.conv.start(s)
	at, written := s.w.Len(), 0
	s.w.Dict(0)
	seen := s.layout(len(n.fields))
	var extra strays
	s.scan.Open()
	for key, ok := s.scan.Key(); ok; key, ok = s.scan.Key() {
		i := n.find(key, written)
		if i < 0 {
			extra = n.pass(s, key, extra)
			continue
		}
		if n.entry(s, &seen, i, start) {
			written++
		}
	}
	s.w.SetCount(at, written)
	if extra != nil {
		s.unexpected(extra, from)
	}
	n.lacking(s, &seen, from)
	s.spans = s.spans[:seen.base]
	if s.fails != before {
		s.arrange(start)
	}
}

// entry binds a member where it stands: the order of a dict is the client's.
// One with faults leaves nothing behind: when it comes again, all may still be
// well.
func (n *typedDictNode) entry(s *state, seen *layout, i, start int) bool {
	sp := seen.span(i)
	if sp.fails > 0 {
		s.forget(start, n.fields[i].name, sp.fails)
	}
	before, at := s.fails, s.w.Len()
	s.w.Str(n.fields[i].name)
	s.push(step{name: n.fields[i].name})
	n.fields[i].value.json(s)
	s.pop()
	fails := s.fails - before
	if seen.end(i, fails); fails > 0 {
		s.w.Truncate(at)
	}
	return fails == 0
}
