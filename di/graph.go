package di

import "slices"

// none stands for an absent node, slot or step.
const none = -1

// graph is the providers as numbers: node i is made by providers[i].
type graph struct {
	*choice
	ties  *ties
	roots []Need
	// targets[i] is the node that the i-th root leads to, or none.
	targets []int
	// edges[i][j] is the node that the j-th need of node i leads to, or none.
	edges [][]int
	// users are the edges turned round.
	users [][]int
	// arrivals[i] is how the shortest way from a root comes to node i.
	arrivals []arrival
}

// arrival is the last step of a way from a root.
type arrival struct {
	depth int // 1 for what a root needs itself, 0 for what no root leads to
	from  int // the node whose need it is, or none for a root
	need  *Need
}

func newGraph(c *choice, t *ties, roots []Need) *graph {
	count := len(c.providers)
	g := &graph{
		choice:   c,
		ties:     t,
		roots:    slices.Clone(roots),
		targets:  make([]int, len(roots)),
		edges:    make([][]int, count),
		users:    make([][]int, count),
		arrivals: make([]arrival, count),
	}
	for i, p := range c.providers {
		g.edges[i] = make([]int, len(p.Needs))
		for j := range p.Needs {
			to := g.nodeOf(p.Needs[j].Key)
			g.edges[i][j] = to
			if to != none {
				g.users[to] = append(g.users[to], i)
			}
		}
	}
	for i := range g.roots {
		g.targets[i] = g.nodeOf(g.roots[i].Key)
	}
	g.walkFromRoots()
	return g
}

// walkFromRoots goes breadth first, in order of roots and needs, so that each
// arrival is on a shortest way and the same in every run.
func (g *graph) walkFromRoots() {
	var queue []int
	visit := func(to, from, depth int, need *Need) {
		if to != none && g.arrivals[to].depth == 0 {
			g.arrivals[to] = arrival{depth: depth, from: from, need: need}
			queue = append(queue, to)
		}
	}
	for i := range g.roots {
		visit(g.targets[i], none, 1, &g.roots[i])
	}
	for head := 0; head < len(queue); head++ {
		from := queue[head]
		for j, to := range g.edges[from] {
			visit(to, from, g.arrivals[from].depth+1, &g.providers[from].Needs[j])
		}
	}
}

// path is a shortest way from a root to the node. A node that no root leads to
// has a path of itself alone, without a need.
func (g *graph) path(i int) []Link {
	if g.arrivals[i].depth == 0 {
		return []Link{{Provider: g.providers[i]}}
	}
	var path []Link
	for i != none {
		a := g.arrivals[i]
		path = append(path, Link{Need: *a.need, Provider: g.providers[i]})
		i = a.from
	}
	slices.Reverse(path)
	return path
}

// usersOf marks the nodes given and all that need them, directly or not.
func (g *graph) usersOf(nodes ...int) []bool {
	return spread(g.users, nodes)
}

// needsOf marks the nodes given and all that they need, directly or not.
func (g *graph) needsOf(nodes ...int) []bool {
	return spread(g.edges, nodes)
}

func spread(edges [][]int, from []int) []bool {
	marked := make([]bool, len(edges))
	var stack []int
	visit := func(i int) {
		if i != none && !marked[i] {
			marked[i] = true
			stack = append(stack, i)
		}
	}
	for _, i := range from {
		visit(i)
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, to := range edges[i] {
			visit(to)
		}
	}
	return marked
}

// rootsThrough gives the roots, in order, that lead to one of the nodes.
func (g *graph) rootsThrough(nodes ...int) []Need {
	if len(g.roots) == 0 || len(nodes) == 0 {
		return nil
	}
	marked := g.usersOf(nodes...)
	var out []Need
	for i, to := range g.targets {
		if to != none && marked[to] {
			out = append(out, g.roots[i])
		}
	}
	return out
}
