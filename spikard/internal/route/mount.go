package route

import (
	"cmp"
	"slices"
)

// Mount is one route to register on Gin. Its parameters are named by position
// (":p1", ":p2", "*rest"), since Gin refuses two names at one place.
//
// Gin must be fed the canonical escaped path as URL.Path, with its redirects,
// UseRawPath and RemoveExtraSlash off. The order of registration doesn't
// matter. Routes of others in the same tree are theirs to arrange: Gin panics
// where they need a place of ours, and may hide ours as it may hide its own.
//
// A direct mount's handler serves the route Direct; Gin's parameters, in
// order, are the template's values. One thing is left to check, since Gin lets
// a parameter in the middle of a path match an empty segment: where a value is
// empty, no route fits, and the answer is that of a path Gin doesn't know.
//
// Other mounts ask their Dispatcher, with the whole path, and ignore Gin's
// parameters. A false answer again is that of a path Gin doesn't know: a 405
// with [Table.Allowed], or a 404 if that is empty.
type Mount struct {
	Method  string
	Pattern string
	// Direct is a route's ID, or -1.
	Direct int
	// Dispatch is nil for direct mounts.
	Dispatch *Dispatcher
}

// Dispatcher finds the route where Gin's tree can't. It knows all routes of
// the method, so that it is right wherever it is mounted.
//
// # Concurrency
//
// A Dispatcher may be used by any number of goroutines.
type Dispatcher struct{ table *methodTable }

// Match is [Table.Match] for the method that the dispatcher is mounted on.
func (d *Dispatcher) Match(escapedPath string, values []string) (id int, out []string, ok bool) {
	return d.table.match(escapedPath, values)
}

// mounts covers the routes of a method with patterns for Gin.
func (m *methodTable) mounts() []Mount {
	patterns := make([]pattern, len(m.leaves))
	for i, l := range m.leaves {
		patterns[i] = patternOf(l.Template)
	}
	settle(patterns)
	routes := make(map[string][]*leaf, len(patterns))
	for i, p := range patterns {
		routes[p.String()] = append(routes[p.String()], m.leaves[i])
	}
	dispatcher := &Dispatcher{table: m}
	mounts := make([]Mount, 0, len(routes))
	for text, leaves := range routes {
		mount := Mount{Method: m.name, Pattern: text, Direct: -1, Dispatch: dispatcher}
		if len(leaves) == 1 && patternOf(leaves[0].Template).String() == text && m.direct(leaves[0].Template) {
			mount.Direct, mount.Dispatch = leaves[0].ID, nil
		}
		mounts = append(mounts, mount)
	}
	slices.SortFunc(mounts, func(a, b Mount) int { return cmp.Compare(a.Pattern, b.Pattern) })
	return mounts
}

// direct tells whether Gin, once it has come to the template's own pattern,
// has come to the right one.
func (m *methodTable) direct(t *Template) bool {
	if !exact(t) {
		return false
	}
	for _, l := range m.leaves {
		if l.Template != t && overlap(t, l.Template) && !apart(t, l.Template) {
			return false
		}
	}
	return true
}

// apart tells, for two templates that fit a path in common, whether Gin takes
// the right one of them: t has been matched by Gin exactly.
//
// Where they first differ, one must have text; without parameters of its own
// behind it, it goes first by the rules too, and accepts what it fits as far
// as the other does. If that is o, Gin must be able to hold it, too, to have
// gone there instead.
func apart(t, o *Template) bool {
	for i := range t.segments {
		a, b := &t.segments[i], &o.segments[i]
		switch {
		case a.key == b.key:
			continue
		case a.kind == textSegment:
			return allText(t.segments[i:])
		default:
			return allText(o.segments[i:]) && exact(o)
		}
	}
	return false
}

func allText(segments []segment) bool {
	return !slices.ContainsFunc(segments, func(s segment) bool { return s.kind != textSegment })
}

// overlap tells whether some path may fit both templates, of which the first
// has no path parameters. It may say so in vain.
func overlap(t, o *Template) bool {
	if o.tail == nil && len(t.segments) != len(o.segments) || o.tail != nil && len(t.segments) <= o.open {
		return false
	}
	for i := range t.segments[:o.open] {
		a, b := &t.segments[i], &o.segments[i]
		if a.kind == textSegment && b.kind == textSegment && a.key != b.key {
			return false
		}
		if a.key == "" && b.key != "" || b.key == "" && a.key != "" {
			return false // a parameter is never empty
		}
	}
	return true
}
