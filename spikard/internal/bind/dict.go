package bind

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// dictNode takes an object with any members.
type dictNode struct {
	conv convert
	// key binds the members' names; nil: they may be anything.
	key textBinder
	// pairs writes a list of pairs for the converter, since the keys of a wire
	// dict are strings.
	pairs   bool
	value   jsonBinder
	lengths lengths
}

func (n *dictNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Object {
		s.refuse(&dictType)
		return
	}
	from, start, before := s.scan.Pos(), len(s.entries), s.fails
	n.conv.start(s)
	at := s.w.Len()
	if n.pairs {
		s.w.List(0)
	} else {
		s.w.Dict(0)
	}
	written, distinct := n.members(s, start)
	s.w.SetCount(at, written)
	if s.fails != before {
		s.arrange(start)
		return
	}
	if f := n.lengths.check(distinct); f != nil {
		s.reportJSON(f, from)
	}
}

// members binds the members and gives their number, and that of the distinct
// ones where it matters.
func (n *dictNode) members(s *state, start int) (written, distinct int) {
	var seen map[string]struct{}
	if n.lengths != (lengths{}) {
		seen = make(map[string]struct{})
	}
	// failed remembers the refused members, for when one of them comes again.
	var failed map[string]int
	s.scan.Open()
	for key, ok := s.scan.Key(); ok; key, ok = s.scan.Key() {
		at := s.scan.Member()
		if seen != nil {
			seen[strings.Clone(key)] = struct{}{}
		}
		if fails := failed[key]; fails > 0 {
			s.forget(start, key, fails)
			delete(failed, key)
		}
		fails := n.member(s, key, at)
		if fails == 0 {
			written++
			continue
		}
		if failed == nil {
			failed = make(map[string]int)
		}
		failed[jsonwire.Unquote(s.scan.Tail(at))] = fails
	}
	if seen != nil {
		return written, len(seen)
	}
	return written, written
}

// member binds one member and gives the number of faults in it. One with
// faults leaves nothing behind: when it comes again, all may still be well.
func (n *dictNode) member(s *state, key string, at int) int {
	before, start := s.fails, s.w.Len()
	if n.pairs {
		s.w.Tuple(2)
	}
	s.push(step{kind: byMember, index: at})
	if n.key == nil {
		s.w.Str(key)
	} else {
		s.push(step{kind: byKey})
		n.key.text(s, key)
		s.pop()
	}
	n.value.json(s)
	s.pop()
	if s.fails != before {
		s.w.Truncate(start)
	}
	return s.fails - before
}
