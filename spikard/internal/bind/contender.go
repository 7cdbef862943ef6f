package bind

import (
	"math/bits"
	"slices"
)

// contender is a member of a union that an object may be meant for.
type contender struct {
	node  jsonBinder
	class *classNode // nil: no class, so it is given nothing by name
	given uint64     // its fields that the object has a member for
	stray bool       // the object has a member that it doesn't take
}

// countedFields is how many fields of a class are told apart by a contender.
const countedFields = 64

// contenders gives the members that the object at from can be meant for by its
// names alone, those first that would be given the most fields. The values are
// passed over, so that classes within classes within classes aren't bound again
// and again to find out which of them is meant.
func (s *state) contenders(members []jsonBinder, from int) []jsonBinder {
	list := make([]contender, len(members))
	for i, m := range members {
		list[i] = contender{node: m, class: classBehind(m)}
	}
	s.scan.Open()
	for key, ok := s.scan.Key(); ok; key, ok = s.scan.Key() {
		for i := range list {
			list[i].see(key)
		}
		s.scan.Skip()
	}
	s.budget -= s.scan.Pos() - from
	s.scan.Rewind(from)
	slices.SortStableFunc(list, func(a, b contender) int {
		return bits.OnesCount64(b.given) - bits.OnesCount64(a.given)
	})
	out := make([]jsonBinder, 0, len(list))
	for i := range list {
		if list[i].fits() {
			out = append(out, list[i].node)
		}
	}
	return out
}

// classBehind gives the class that a binder makes instances of, or nil.
func classBehind(b jsonBinder) *classNode {
	switch b := b.(type) {
	case *classNode:
		return b
	case *typedDictNode:
		return &b.classNode
	case *convertedNode:
		return classBehind(b.inner)
	}
	return nil
}

func (c *contender) see(name string) {
	if c.class == nil {
		return
	}
	switch i := c.class.find(name, bits.OnesCount64(c.given)); {
	case i < 0:
		c.stray = c.stray || c.class.closed
	case i < countedFields:
		c.given |= 1 << i
	}
}

// fits tells whether the names speak against the class.
func (c *contender) fits() bool {
	if c.class == nil {
		return true
	}
	for i := range min(len(c.class.fields), countedFields) {
		if c.class.fields[i].required && c.given&(1<<i) == 0 {
			return false
		}
	}
	return !c.stray
}
