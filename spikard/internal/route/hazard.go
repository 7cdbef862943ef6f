package route

import "strings"

// Gin's tree searches text before parameters and goes back to a parameter
// where that leads nowhere, but not always (v1.12, node.getValue). Let pattern
// a have a parameter where b has text, both being equal before that place:
//
//   - Once Gin has taken a parameter of b behind it, it doesn't return to a.
//   - With nothing but "/" left of the path, it doesn't return either: b's text
//     has been followed up to a node of the tree, and a fits the path with the
//     final slash. Nodes split at any byte that other patterns make them.
//   - Where b ends in a slash and the path is b without it, Gin prepares for a
//     redirect and doesn't return.
//
// Each hazard is taken away by a catch-all: for the parameter in the first
// case, at the place where a and b part in the others. Whatever lies below a
// catch-all goes into it. It leads to a dispatcher, which knows all routes, so
// that Gin need not return: not even to patterns outside.

// settle widens patterns until Gin can hold all of them in one tree and finds
// one for each path that any of them fits.
func settle(patterns []pattern) {
	for {
		swallow(patterns)
		cuts := hazards(patterns)
		if len(cuts) == 0 {
			return
		}
		for i, at := range cuts {
			patterns[i] = patterns[i].cut(at)
		}
	}
}

// swallow puts the patterns that lie below another one's catch-all into it:
// Gin allows a catch-all no siblings.
func swallow(patterns []pattern) {
	rests := make(map[string]bool)
	for _, p := range patterns {
		if p.rest() < len(p) {
			rests[p.String()] = true
		}
	}
	if len(rests) == 0 {
		return
	}
	for i, p := range patterns {
		for at := range p {
			if c := p.cut(at); rests[c.String()] {
				patterns[i] = c
				break
			}
		}
	}
}

// hazards finds the places at which patterns must be cut.
func hazards(patterns []pattern) map[int]int {
	cuts := make(map[int]int)
	cut := func(i, at int) {
		if old, ok := cuts[i]; !ok || at < old {
			cuts[i] = at
		}
	}
	for i, a := range patterns {
		for j, b := range patterns {
			at, ok := parting(a, b)
			if !ok {
				continue
			}
			if slashHazard(a, b, at) {
				cut(i, at)
				cut(j, at)
			} else if param, ok := paramHazard(a, b, at); ok {
				cut(j, param)
			}
		}
	}
	return cuts
}

// parting gives the place where a has a parameter and b text, if that is the
// first at which they differ. A final slash of b doesn't count as text: the
// tree has no node for it.
func parting(a, b pattern) (at int, ok bool) {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i, a[i].kind == paramPlace && b[i].kind == textPlace && b[i].text != ""
		}
	}
	return 0, false
}

// paramHazard finds the parameter of b from which Gin should have returned.
func paramHazard(a, b pattern, parting int) (at int, ok bool) {
	for i := parting + 1; i < len(b); i++ {
		if i >= len(a) && i < a.rest() || b[i].kind == restPlace {
			return 0, false
		}
		if b[i].kind == paramPlace {
			return i, true
		}
		if !a.fitsText(i, b[i].text) {
			return 0, false
		}
	}
	return 0, false
}

// slashHazard tells whether a final slash may keep Gin from returning to a.
func slashHazard(a, b pattern, parting int) bool {
	for i := parting; i < len(b) && b[i].kind == textPlace; i++ {
		if b[i].text == "" {
			return len(a) == i // the path is b without its final slash
		}
		// The path is b up to the place i, or to a node within it, and "/".
		if a.fitsPart(i, b[i].text) && a.fitsText(i+1, "") {
			return true
		}
		if !a.fitsText(i, b[i].text) {
			return false
		}
	}
	return false
}

// fitsPart tells whether the place i, which is before a catch-all, takes some
// beginning of a text.
func (p pattern) fitsPart(i int, text string) bool {
	switch {
	case i >= len(p):
		return false
	case p[i].kind == paramPlace:
		return true
	default:
		return p[i].text != "" && strings.HasPrefix(text, p[i].text)
	}
}
