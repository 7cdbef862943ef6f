package bind

import "slices"

// layout keeps track of where the fields of one object were written. Its spans
// lie on the state's stack, so that objects within it have their own.
type layout struct {
	s *state
	// base is where the object's spans begin, region where its fields do.
	base, count, region int
	// next is the field that follows the furthest one so far.
	next int
	// moved says that something was written out of order.
	moved bool
}

// span is where a field's value was written: nothing yet, an Absent that holds
// its place, or a value, and with how many faults.
type span struct {
	from, to int
	given    bool
	fails    int
}

// openSpans puts n empty spans on the stack.
func (s *state) openSpans(n int) {
	base := len(s.spans)
	s.spans = slices.Grow(s.spans, n)[:base+n]
	clear(s.spans[base:])
}

// layout starts one for an object of n fields, whose head is written.
func (s *state) layout(n int) layout {
	base := len(s.spans)
	s.openSpans(n)
	return layout{s: s, base: base, count: n, region: s.w.Len()}
}

func (l *layout) span(i int) *span { return &l.s.spans[l.base+i] }

func (l *layout) has(i int) bool { return l.span(i).given }

// start begins the value of field i. When the field had one before, it gives
// the number of that one's faults.
func (l *layout) start(i int) (fails int) {
	if i < l.next {
		l.moved = true
		fails = l.span(i).fails
	}
	l.fill(i)
	l.span(i).from = l.s.w.Len()
	return fails
}

// end ends the value of field i.
func (l *layout) end(i, fails int) {
	sp := l.span(i)
	sp.to, sp.given, sp.fails = l.s.w.Len(), true, fails
	l.next = max(l.next, i+1)
}

// fill writes an Absent for each field before i that was passed over.
func (l *layout) fill(i int) {
	for ; l.next < i; l.next++ {
		at := l.s.w.Len()
		l.s.w.Absent()
		*l.span(l.next) = span{from: at, to: l.s.w.Len()}
	}
}

// finish completes the object and brings its fields into their order.
func (l *layout) finish() {
	l.fill(l.count)
	if l.moved {
		l.reorder()
	}
	l.s.spans = l.s.spans[:l.base]
}

// reorder copies the fields out and back in order. What a later value of the
// same field replaced is left out, so there is always room.
func (l *layout) reorder() {
	out := l.s.w.Bytes()[l.region:]
	l.s.spare = append(l.s.spare[:0], out...)
	n := 0
	for i := range l.count {
		sp := l.span(i)
		n += copy(out[n:], l.s.spare[sp.from-l.region:sp.to-l.region])
	}
	l.s.w.Truncate(l.region + n)
}
