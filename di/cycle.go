package di

import (
	"fmt"
	"slices"
	"strings"
)

// CycleError says that a provider needs its own value, directly or through
// others.
type CycleError struct {
	// Path is the whole circle: each link's provider has the next link's
	// need, and the last link's provider has the first's.
	Path []Link
	// Roots lead to the circle.
	Roots []Need
}

// Error tells the whole circle, each need with its place.
func (e *CycleError) Error() string {
	var b strings.Builder
	b.WriteString("dependency cycle: ")
	for _, link := range e.Path {
		b.WriteString(link.Provider.Key.Label() + " -> ")
	}
	b.WriteString(e.Path[0].Provider.Key.Label())
	for i, link := range e.Path {
		next := e.Path[(i+1)%len(e.Path)]
		fmt.Fprintf(&b, "\n\t%s provides %s; %s needs %s",
			link.Provider.title(), link.Provider.Key.Label(), next.Need.title(), next.Need.Key.Label())
	}
	b.WriteString("\n\tlet one of them do without the next, or move what they share into a provider of its own")
	writeAffected(&b, e.Roots)
	return b.String()
}

// Affected gives Roots.
func (e *CycleError) Affected() []Need { return e.Roots }

var _ Fault = (*CycleError)(nil)

// cycles finds circles so that every provider on any circle is on one of them:
// all circles can be exponentially many, and one of each knot would hide the
// rest until it is fixed.
func (g *graph) cycles() []found {
	knots := newKnots(g.edges)
	covered := make([]bool, len(g.providers))
	var out []found
	for i := range g.providers {
		if covered[i] {
			continue
		}
		circle := g.circle(i, knots)
		if circle == nil {
			continue
		}
		for _, on := range circle {
			covered[on] = true
		}
		out = append(out, found{
			Fault: &CycleError{Path: g.links(circle), Roots: g.rootsThrough(circle...)},
			at:    circle,
		})
	}
	return out
}

// circle is a shortest way from a node back to itself, or nil. A way back
// never leaves the node's knot.
func (g *graph) circle(start int, knots []int) []int {
	from := map[int]int{}
	queue := []int{start}
	for head := 0; head < len(queue); head++ {
		at := queue[head]
		for _, to := range g.edges[at] {
			if to == start {
				return wayBack(from, start, at)
			}
			if to == none || knots[to] != knots[start] {
				continue
			}
			if _, seen := from[to]; !seen {
				from[to] = at
				queue = append(queue, to)
			}
		}
	}
	return nil
}

func wayBack(from map[int]int, start, end int) []int {
	circle := []int{end}
	for end != start {
		end = from[end]
		circle = append(circle, end)
	}
	slices.Reverse(circle)
	return circle
}

func (g *graph) links(circle []int) []Link {
	links := make([]Link, len(circle))
	for i, at := range circle {
		before := circle[(i+len(circle)-1)%len(circle)]
		j := slices.Index(g.edges[before], at)
		links[i] = Link{Need: g.providers[before].Needs[j], Provider: g.providers[at]}
	}
	return links
}

// knots numbers the strongly connected components of a graph (Tarjan, "Depth-
// first search and linear graph algorithms", 1972).
type knots struct {
	edges  [][]int
	count  int
	number []int // order of first visit from 1; 0: not visited
	low    []int // least number reachable within the component
	knot   []int // component, or none while it is on the stack
	stack  []int
}

func newKnots(edges [][]int) []int {
	k := &knots{
		edges:  edges,
		number: make([]int, len(edges)),
		low:    make([]int, len(edges)),
		knot:   make([]int, len(edges)),
	}
	for i := range k.knot {
		k.knot[i] = none
	}
	for i := range edges {
		if k.number[i] == 0 {
			k.visit(i)
		}
	}
	return k.knot
}

func (k *knots) visit(i int) {
	k.count++
	k.number[i], k.low[i] = k.count, k.count
	k.stack = append(k.stack, i)
	for _, to := range k.edges[i] {
		switch {
		case to == none:
		case k.number[to] == 0:
			k.visit(to)
			k.low[i] = min(k.low[i], k.low[to])
		case k.knot[to] == none:
			k.low[i] = min(k.low[i], k.number[to])
		}
	}
	if k.low[i] != k.number[i] {
		return
	}
	for {
		top := k.stack[len(k.stack)-1]
		k.stack = k.stack[:len(k.stack)-1]
		k.knot[top] = i
		if top == i {
			return
		}
	}
}
