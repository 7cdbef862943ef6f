package route

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
)

// Route is one method of one template. ID is the caller's number for what
// serves it, not negative; several routes may have the same.
type Route struct {
	Method   string
	Template *Template
	ID       int
	Source   api.Source
}

// ConflictError tells that two routes could never be told apart.
type ConflictError struct{ First, Second Route }

func (e *ConflictError) Error() string {
	a, b := e.First, e.Second
	msg := fmt.Sprintf("%s: %s %q is registered already at %s", b.Source, b.Method, b.Template, a.Source)
	if a.Template.source != b.Template.source {
		msg += fmt.Sprintf(" as %q, which fits the same paths", a.Template)
	}
	return msg + "; change or remove one of them"
}

// Table knows all routes of an app.
//
// # Concurrency
//
// A Table is never changed after [Compile] and may be used by any number of
// goroutines.
type Table struct {
	methods []*methodTable // by name
	mounts  []Mount
}

// methodTable has the routes of one method, as Gin has a tree for each.
type methodTable struct {
	name   string
	leaves []*leaf // the one that goes first, first
	root   *node
}

// leaf is a route in a method's table; rank is its place in the order of who
// goes first.
type leaf struct {
	Route
	rank int
}

// Compile makes a table of all routes, in the order of their registration. A
// GET route also serves HEAD, unless an equivalent template has a HEAD route
// of its own.
//
// # Errors
//
// Every fault at once, joined: a *[ConflictError] for each route whose method
// and template are those of an earlier one but for the parameters' names, and
// errors for methods that aren't upper-case letters, which Gin refuses.
func Compile(routes []Route) (*Table, error) {
	var faults []error
	seen := make(map[routeKey]Route, len(routes))
	for _, r := range routes {
		if err := check(r); err != nil {
			faults = append(faults, err)
		} else if first, ok := seen[keyOf(r)]; ok {
			faults = append(faults, &ConflictError{First: first, Second: r})
		} else {
			seen[keyOf(r)] = r
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	methods := make(map[string][]Route)
	for _, r := range routes {
		methods[r.Method] = append(methods[r.Method], r)
		if r.Method != http.MethodGet {
			continue
		}
		r.Method = http.MethodHead
		if _, own := seen[keyOf(r)]; !own {
			methods[r.Method] = append(methods[r.Method], r)
		}
	}
	return newTable(methods), nil
}

// routeKey is equal for the routes of which a table can have one.
type routeKey struct{ method, template string }

func keyOf(r Route) routeKey { return routeKey{r.Method, r.Template.key} }

func check(r Route) error {
	if r.Method == "" || strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("%s: %q of %q is no method; write it in upper-case letters", r.Source, r.Method, r.Template)
	}
	if r.ID < 0 {
		return fmt.Errorf("%s: %s %q has the negative id %d", r.Source, r.Method, r.Template, r.ID)
	}
	return nil
}

func newTable(routes map[string][]Route) *Table {
	t := &Table{}
	for name, list := range routes {
		m := &methodTable{name: name, root: &node{}}
		for _, r := range list {
			m.leaves = append(m.leaves, &leaf{Route: r})
		}
		slices.SortStableFunc(m.leaves, func(a, b *leaf) int { return a.Template.compare(b.Template) })
		for rank, l := range m.leaves {
			l.rank = rank
			m.root.insert(l)
		}
		t.methods = append(t.methods, m)
	}
	slices.SortFunc(t.methods, func(a, b *methodTable) int { return cmp.Compare(a.name, b.name) })
	for _, m := range t.methods {
		t.mounts = append(t.mounts, m.mounts()...)
	}
	return t
}

// compare orders templates by who goes first on a path that both fit. Those
// that say as much are equal: registration decides.
func (t *Template) compare(o *Template) int {
	for i := range min(len(t.segments), len(o.segments)) {
		if c := t.segments[i].compare(&o.segments[i]); c != 0 {
			return c
		}
	}
	// Both can fit one path only if the shorter one ends in a path parameter's
	// segment; the longer one asks for more.
	return len(o.segments) - len(t.segments)
}

// Match finds the route for a canonical path. The values are the escaped texts
// of its parameters, in the template's order, written over those of the slice
// it is given.
//
// # Memory
//
// It doesn't allocate if values has the capacity, unless a segment with
// several parameters is longer than a thousand bytes.
func (t *Table) Match(method, escapedPath string, values []string) (id int, out []string, ok bool) {
	for _, m := range t.methods {
		if m.name == method {
			return m.match(escapedPath, values)
		}
	}
	return 0, values[:0], false
}

// Allowed lists the methods that have a route for a canonical path, in
// alphabetical order: what a 405's Allow header says. Without any, it's a 404.
func (t *Table) Allowed(escapedPath string) []string {
	var methods []string
	for _, m := range t.methods {
		if m.find(escapedPath) != nil {
			methods = append(methods, m.name)
		}
	}
	return methods
}

// Mounts lists what to register on Gin, in an order that doesn't change from
// one start to the next. The slice is the table's own, not to be changed.
func (t *Table) Mounts() []Mount { return t.mounts }
