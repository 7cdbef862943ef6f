package route

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// pattern is what Gin's tree holds: the text or parameter at each place
// between slashes, and perhaps a catch-all in the end.
type pattern []place

type place struct {
	kind placeKind
	text string // of a textPlace
}

type placeKind uint8

const (
	textPlace placeKind = iota
	paramPlace
	restPlace
)

// patternOf gives the narrowest pattern that takes in all paths a template
// fits.
func patternOf(t *Template) pattern {
	p := make(pattern, 0, len(t.segments))
	for i := range t.segments {
		s := &t.segments[i]
		switch {
		case s.kind == pathSegment, s.key == "" && i < len(t.segments)-1:
			// Gin's engine joins double slashes in patterns.
			return append(p, place{kind: restPlace})
		case s.kind == textSegment && holdable(s.key):
			p = append(p, place{text: s.key})
		default:
			p = append(p, place{kind: paramPlace})
		}
	}
	return p
}

// holdable tells whether Gin takes a segment's text for what it is: ":" and
// "*" start a parameter, and dot segments are resolved. Gin's own escape for
// ":" takes effect at an engine's first request only.
func holdable(text string) bool {
	return !strings.ContainsAny(text, ":*") && text != "." && text != ".."
}

// exact tells whether a template's pattern fits the same paths as it does, but
// for empty parameters.
func exact(t *Template) bool {
	if t.tail != nil {
		return false
	}
	for i := range t.segments {
		s := &t.segments[i]
		last := i == len(t.segments)-1
		if !s.single() && (s.kind != textSegment || !holdable(s.key) || s.key == "" && !last) {
			return false
		}
	}
	return true
}

// String is the pattern in Gin's syntax. Patterns that are equal up to a place
// have equal texts up to it.
func (p pattern) String() string {
	var b strings.Builder
	params := 0
	for _, at := range p {
		b.WriteByte('/')
		switch at.kind {
		case textPlace:
			b.WriteString(at.text)
		case paramPlace:
			params++
			b.WriteString(":p" + strconv.Itoa(params))
		case restPlace:
			b.WriteString("*rest")
		}
	}
	return b.String()
}

// cut gives the pattern with a catch-all for everything from the place i on.
func (p pattern) cut(i int) pattern {
	return append(slices.Clone(p[:i]), place{kind: restPlace})
}

// rest is the place of the catch-all, or beyond all places.
func (p pattern) rest() int {
	if p[len(p)-1].kind == restPlace {
		return len(p) - 1
	}
	return math.MaxInt
}

// fitsText tells whether the place i takes a given text, where it may be part
// of a catch-all. It is false behind the pattern's end.
func (p pattern) fitsText(i int, text string) bool {
	switch {
	case i >= p.rest():
		return true
	case i >= len(p):
		return false
	case p[i].kind == paramPlace:
		return text != ""
	default:
		return p[i].text == text
	}
}
