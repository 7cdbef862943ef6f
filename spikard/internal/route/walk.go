package route

import "strings"

// walk matches a text against a glob with several parameters. It first finds,
// from the right, where each element may start; so that no template and no
// path can make it search for long, as a backtracking expression would.
//
// # Memory
//
// The table of starts lies in the caller's array; a text too long for that
// takes one from the heap.
type walk struct {
	elements []element
	text     string
	// starts has a row of len(text)+1 bits for each element and one for the
	// end: bit p of row e tells that the elements from e on fit text[p:].
	starts []uint64
	steps  int
}

// starts is room for a table: 1,600 bytes of text at two parameters.
type starts [128]uint64

// mostSteps bounds the search for values that all converters accept. Shapes
// need no bound: they are decided by the table. A path that needs more, and no
// sensible one does, counts as not accepted.
const mostSteps = 1 << 16

// newWalk fills the table. The room must be zero.
func newWalk(g *glob, text string, room []uint64) walk {
	w := walk{elements: g.elements, text: text, starts: room}
	bits := (len(g.elements) + 1) * (len(text) + 1)
	if words := (bits + 63) / 64; words > len(room) {
		w.starts = make([]uint64, words)
	}
	w.set(len(g.elements), len(text))
	for e := len(g.elements) - 1; e >= 0; e-- {
		w.fill(e)
	}
	return w
}

// fits tells whether the text has the glob's shape.
func (w *walk) fits() bool { return w.may(0, 0) }

func (w *walk) may(e, p int) bool {
	i := e*(len(w.text)+1) + p
	return w.starts[i>>6]>>(i&63)&1 != 0
}

func (w *walk) set(e, p int) {
	i := e*(len(w.text)+1) + p
	w.starts[i>>6] |= 1 << (i & 63)
}

// fill finds where the element e may start, from where its successor may.
func (w *walk) fill(e int) {
	el := &w.elements[e]
	reach := false // the parameter may end behind p
	for p := len(w.text); p >= 0; p-- {
		switch {
		case !el.param:
			reach = strings.HasPrefix(w.text[p:], el.text) &&
				w.may(e+1, p+len(el.text)) && !insideEscape(w.text, p)
		case el.conv == Path:
			reach = reach || w.may(e+1, p)
		default:
			reach = p < len(w.text) && w.text[p] != '/' && (reach || w.may(e+1, p+1))
		}
		if reach {
			w.set(e, p)
		}
	}
}

// ends is the range of positions in which a parameter that starts at p may
// end.
func (w *walk) ends(el *element, p int) (first, last int) {
	if el.conv == Path {
		return p, len(w.text)
	}
	return p + 1, segmentEnd(w.text, p)
}

// longest is the greatest end of the parameter e with which the rest fits.
func (w *walk) longest(e, p int) int {
	_, q := w.ends(&w.elements[e], p)
	for !w.may(e+1, q) {
		q--
	}
	return q
}

// longestAccepted is the greatest end of the parameter e with which the rest
// is accepted. There must be one.
func (w *walk) longestAccepted(e, p int) int {
	el := &w.elements[e]
	first, q := w.ends(el, p)
	for ; q > first; q-- {
		w.steps = 0
		if w.may(e+1, q) && el.conv.accepts(w.text[p:q]) && w.accept(e+1, q) {
			break
		}
	}
	return q
}

// accept tells whether the elements from e on fit text[p:] with values that
// all converters accept.
func (w *walk) accept(e, p int) bool {
	if e == len(w.elements) {
		return true
	}
	el := &w.elements[e]
	if !el.param {
		return w.accept(e+1, p+len(el.text))
	}
	first, last := w.ends(el, p)
	for q := last; q >= first; q-- {
		if w.steps++; w.steps > mostSteps {
			return false
		}
		if !w.may(e+1, q) {
			continue
		}
		w.steps += (q - p) / 32 // what judging the value costs
		if el.conv.accepts(w.text[p:q]) && w.accept(e+1, q) {
			return true
		}
	}
	return false
}
