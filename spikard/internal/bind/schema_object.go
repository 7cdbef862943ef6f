package bind

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// schemaObject checks an object. Its members are written as they come.
type schemaObject struct {
	// props are the properties that any keyword names.
	props    []schemaProperty
	byName   map[string]int
	required []int
	patterns []schemaPattern
	// additional is for members that neither props nor patterns speak of; nil:
	// anything, unless closed says: nothing.
	additional *schemaNode
	closed     bool
	names      *schemaNode
	sizes      *sizes
	needs      []need
	dependents []dependent
}

// schemaProperty is a property that the schema names.
type schemaProperty struct {
	name string
	// quoted is the name as it most likely stands in a text, with its colon.
	quoted string
	// written is the name's wire form.
	written []byte
	// declared says that the schema has a node for it.
	declared bool
	node     *schemaNode
}

type schemaPattern struct {
	pattern *pattern.Pattern
	node    *schemaNode
}

// sizes bound the number of members; max below 0 is no bound.
type sizes struct {
	min, max  int
	few, many fault
}

// need is what an object needs that has a property.
type need struct {
	property int
	needs    []int
	fault    *fault
}

// dependent is the schema of an object that has a property.
type dependent struct {
	property int
	node     *schemaNode
}

// reading is the reading of one object.
type reading struct {
	*schemaObject
	mode  mode
	start int // of the object's entries
	// spans is where the properties' are on the state's stack.
	spans int
	next  int
	// written counts what was written, distinct the members of different names.
	written, distinct int
	// failed remembers the refused members that the schema doesn't name, seen
	// all such where their number matters.
	failed map[string]int
	seen   map[string]struct{}
	closed bool // a member was refused because no other is allowed
}

func (o *schemaObject) eval(s *state, m mode) bool {
	mark := s.scan.Mark()
	r := reading{schemaObject: o, mode: m, start: len(s.entries), spans: len(s.spans)}
	s.openSpans(len(o.props))
	from, at, before := s.scan.Pos(), s.w.Len(), s.fails
	if m == modeWrite {
		s.w.Dict(0)
	}
	ok := r.members(s)
	if m == modeWrite {
		s.w.SetCount(at, r.written)
	}
	if ok || m != modeTest {
		ok = r.finish(s, from) && ok
	}
	if s.fails != before && r.closed {
		s.enclose(r.start, from)
	}
	if ok || m != modeTest {
		ok = r.dependent(s, mark) && ok
	}
	s.spans = s.spans[:r.spans]
	if s.fails-before > 1 {
		s.arrange(r.start)
	}
	return ok
}

func (o *schemaObject) find(name string, guess int) int {
	if guess < len(o.props) && o.props[guess].name == name {
		return guess
	}
	if o.byName != nil {
		if i, ok := o.byName[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.props {
		if o.props[i].name == name {
			return i
		}
	}
	return -1
}

// members checks all members. In a test it stops at the first fault of a member
// that doesn't come again.
func (r *reading) members(s *state) bool {
	ok := true
	s.scan.Open()
	for name, more := r.key(s); more; name, more = r.key(s) {
		value, quote := s.scan.Mark(), s.scan.Member()
		if r.one(s, name, quote) {
			continue
		}
		if ok = false; r.mode != modeTest {
			continue
		}
		if !r.again(s, quote, value) {
			return false
		}
	}
	return ok || r.settled(s)
}

// key moves to the next member. Most clients keep to one order.
func (r *reading) key(s *state) (name string, more bool) {
	if r.next < len(r.props) && s.scan.Follows(r.props[r.next].quoted) {
		return r.props[r.next].name, true
	}
	return s.scan.Key()
}

// one checks a member whose name is quoted at a position.
func (r *reading) one(s *state, name string, quote int) bool {
	if i := r.find(name, r.next); i >= 0 {
		r.next = i + 1
		return r.known(s, i, name)
	}
	return r.unknown(s, name, quote)
}

// again tells whether the member whose name is quoted at a position comes once
// more in the object, and goes behind its value.
func (r *reading) again(s *state, quote int, value jsonwire.Mark) bool {
	if s.overrun != nil || s.scan.Err() != nil {
		return false
	}
	name, found := jsonwire.Unquote(s.scan.Tail(quote)), false
	s.scan.Return(value)
	s.scan.Skip()
	behind, at := s.scan.Mark(), s.scan.Pos()
	for other, more := s.scan.Key(); more && !found; other, more = s.scan.Key() {
		found = other == name
		s.scan.Skip()
	}
	s.charge(s.scan.Pos() - at)
	s.scan.Return(behind)
	return found
}

// settled tells whether all faults were of members that came again.
func (r *reading) settled(s *state) bool {
	for _, sp := range s.spans[r.spans : r.spans+len(r.props)] {
		if sp.fails > 0 {
			return false
		}
	}
	for _, fails := range r.failed {
		if fails > 0 {
			return false
		}
	}
	return s.overrun == nil
}

// known checks a property that the schema names.
func (r *reading) known(s *state, i int, name string) bool {
	p, sp := &r.props[i], &s.spans[r.spans+i]
	if !sp.given {
		sp.given = true
		r.distinct++
	}
	if sp.fails > 0 {
		r.forget(s, p.name, sp.fails)
	}
	s.push(step{name: p.name})
	fails := r.member(s, name, p)
	s.pop()
	s.spans[r.spans+i].fails = fails // the stack may have moved
	return fails == 0
}

// remember keeps that a member has faults whose name is quoted at a position. A
// test has no need to: it ends unless the member comes again.
func (r *reading) remember(s *state, at, fails int) {
	// A name that no schema allows stays refused, and of so many none is
	// described any more.
	if r.mode == modeTest || r.schemaObject.closed && r.patterns == nil && len(r.failed) >= maxErrors {
		return
	}
	if r.failed == nil {
		r.failed = make(map[string]int)
	}
	r.failed[jsonwire.Unquote(s.scan.Tail(at))] = fails
}

// forget drops the faults of a member that has come again.
func (r *reading) forget(s *state, name string, fails int) {
	if r.mode != modeTest {
		s.forget(r.start, name, fails)
	}
}

// unknown checks a member that the schema doesn't name.
func (r *reading) unknown(s *state, name string, at int) bool {
	if r.sizes != nil {
		r.count(name)
	}
	if fails := r.failed[name]; fails > 0 {
		r.forget(s, name, fails)
		delete(r.failed, name)
	}
	s.push(step{kind: byMember, index: at})
	fails := r.member(s, name, nil)
	s.pop()
	if fails == 0 {
		return true
	}
	r.remember(s, at, fails)
	return false
}

// count counts a member that the schema doesn't name once.
func (r *reading) count(name string) {
	if r.seen == nil {
		r.seen = make(map[string]struct{})
	}
	if _, again := r.seen[name]; !again {
		r.seen[strings.Clone(name)] = struct{}{}
		r.distinct++
	}
}

// member checks one member and gives the number of its faults. One with faults
// leaves nothing behind: when it comes again, all may still be well.
func (r *reading) member(s *state, name string, p *schemaProperty) int {
	before, at := s.fails, s.w.Len()
	switch {
	case r.mode != modeWrite:
	case p != nil:
		s.w.Encoded(p.written)
	default:
		s.w.Str(name)
	}
	var ok bool
	if p != nil && p.declared && r.patterns == nil && r.names == nil {
		ok = p.node.eval(s, r.mode)
	} else {
		ok = r.checked(s, name, p)
	}
	switch {
	case ok && r.mode == modeWrite:
		r.written++
	case ok:
	case r.mode == modeTest:
		return 1
	case r.mode == modeWrite:
		s.w.Truncate(at)
	}
	if ok {
		return 0
	}
	return max(s.fails-before, 1)
}

// checked is member for what is more than a property with a schema of its own.
func (r *reading) checked(s *state, name string, p *schemaProperty) bool {
	quote := s.scan.Member()
	var buf [8]*schemaNode
	nodes, refused := r.nodes(s, buf[:0], name, p)
	ok := r.names == nil || r.name(s, quote)
	if ok || r.mode != modeTest {
		ok = r.value(s, nodes, refused) && ok
	}
	return ok
}

// nodes gives the schemas of a member's value, or says that it is refused.
func (r *reading) nodes(s *state, list []*schemaNode, name string, p *schemaProperty) (nodes []*schemaNode, refused bool) {
	matched := p != nil && p.declared
	if matched {
		list = append(list, p.node)
	}
	for i := range r.patterns {
		if s.finds(r.patterns[i].pattern, name) {
			matched = true
			list = append(list, r.patterns[i].node)
		}
	}
	if matched {
		return list, false
	}
	if r.additional != nil {
		list = append(list, r.additional)
	}
	return list, r.schemaObject.closed
}

// name checks a member's name, which begins at a position, and goes back to
// its value.
func (r *reading) name(s *state, at int) bool {
	value := s.scan.Mark()
	s.scan.Rewind(at)
	s.push(step{kind: byKey})
	ok := r.names.eval(s, max(r.mode, modeCheck))
	s.pop()
	s.scan.Return(value)
	return ok
}

func (r *reading) value(s *state, nodes []*schemaNode, refused bool) bool {
	if refused {
		return r.refuse(s)
	}
	if len(nodes) == 0 {
		return (*schemaNode)(nil).evalOrTake(s, r.mode)
	}
	var from jsonwire.Mark
	if len(nodes) > 1 {
		from = s.scan.Mark()
	}
	ok := nodes[0].eval(s, r.mode)
	for _, n := range nodes[1:] {
		if !ok && r.mode == modeTest || s.overrun != nil {
			break
		}
		s.spend(from)
		s.scan.Return(from)
		ok = n.eval(s, max(r.mode, modeCheck)) && ok
	}
	return ok
}

// refuse reports a member that isn't allowed. Its input is the object, whose
// end isn't known yet: see enclose.
func (r *reading) refuse(s *state) bool {
	if r.mode == modeTest {
		return false
	}
	s.scan.Skip()
	r.closed = true
	if s.add() {
		loc := s.loc()
		s.record(unexpectedProperty(loc[len(loc)-1]), loc, nil)
	}
	return false
}

// enclose gives the entries without an input, which speak of members of the
// object that began at from, that object.
func (s *state) enclose(start, from int) {
	for i := range s.entries[start:] {
		e := &s.entries[start+i]
		if e.Input != nil {
			continue
		}
		if e.Input = []byte("null"); s.bytes+s.scan.Pos()-from <= maxInputBytes {
			e.Input = []byte(s.scan.Slice(from, s.scan.Pos()))
			s.bytes += len(e.Input)
		}
	}
}

func unexpectedProperty(name string) *fault {
	f := parseFault("validation_error", "Additional properties are not allowed")
	f.ctx = append(jsonwire.AppendQuote([]byte(`{"additional_properties":false,"unexpected_field":`), name), '}')
	return &f
}

// finish checks what can be told at the end of the object.
func (r *reading) finish(s *state, from int) bool {
	ok := true
	for _, i := range r.required {
		if s.spans[r.spans+i].given {
			continue
		}
		if ok = false; r.mode == modeTest {
			return false
		}
		s.lack(step{name: r.props[i].name}, from)
	}
	if z := r.sizes; z != nil && r.distinct < z.min {
		ok = s.rejectValue(r.mode, &z.few, from)
	} else if z != nil && z.max >= 0 && r.distinct > z.max {
		ok = s.rejectValue(r.mode, &z.many, from)
	}
	for i := range r.needs {
		if !r.satisfied(s, &r.needs[i]) {
			ok = s.reject(r.mode, r.needs[i].fault, from)
		}
	}
	return ok
}

func (r *reading) satisfied(s *state, n *need) bool {
	if !s.spans[r.spans+n.property].given {
		return true
	}
	for _, i := range n.needs {
		if !s.spans[r.spans+i].given {
			return false
		}
	}
	return true
}

// dependent checks the object again by the schemas that its members call for.
func (r *reading) dependent(s *state, from jsonwire.Mark) bool {
	ok := true
	for _, d := range r.dependents {
		if !s.spans[r.spans+d.property].given || s.overrun != nil {
			continue
		}
		s.spend(from)
		s.scan.Return(from)
		good := d.node.eval(s, max(r.mode, modeCheck))
		if ok = ok && good; !ok && r.mode == modeTest {
			return false
		}
	}
	return ok
}
