package hammer

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// kind is how a node of a graph makes its value.
type kind int

const (
	pyValue kind = iota
	pyFunction
	pyCoroutine // without a suspension point
	pySuspending
	pyGenerator
	pyAsyncGenerator // without a suspension point
	pySuspendingGenerator
	pyClass
	goValue
	goFunction
	goCleanup
	kinds
)

func (k kind) isGo() bool     { return k >= goValue }
func (k kind) isStatic() bool { return k == pyValue || k == goValue }
func (k kind) closes() bool {
	return k == pyGenerator || k == pyAsyncGenerator || k == pySuspendingGenerator || k == goCleanup
}
func (k kind) suspends() bool { return k == pySuspending || k == pySuspendingGenerator }

// form is what a value is to Python, and by which key it goes.
type form int

const (
	ownClass  form = iota // a class of its own; Go's are proxies
	dataClass             // a dataclass of its own; Go's go over as JSON
	annotated             // Annotated[V, name]
	plainName             // a name; the value is a dict
	forms
)

type lifetime int

const (
	singleton lifetime = iota
	perRequest
	transient
)

// node is a provider of a random graph.
type node struct {
	graph, number int
	kind          kind
	form          form
	lifetime      lifetime
	lazy          bool
	early         bool // a lazy singleton that one needs which isn't
	swallows      bool // its clean-up keeps the failure to itself
	optional      bool // it also asks for what nobody provides
	cleanup       int  // which form of clean-up a Go constructor gives
	needs         []int
}

func (n *node) name() string  { return fmt.Sprintf("g%dp%d", n.graph, n.number) }
func (n *node) class() string { return fmt.Sprintf("G%dP%d", n.graph, n.number) }

// key is the node's key as Python knows it, in the form of di.ParseKey.
func (n *node) key() string {
	switch n.form {
	case ownClass, dataClass:
		return "app." + n.class()
	case annotated:
		return "dependencies.V#" + n.name()
	default:
		return n.name()
	}
}

// graph is a set of providers that one route's handler needs, directly or not.
type graph struct {
	number  int
	nodes   []*node
	handler handlerKind
	needs   []int // the handler's
	// pure says that Go keeps no book: nothing but singletons may be Go's.
	pure bool
}

type handlerKind int

const (
	pyHandler handlerKind = iota
	pyInlineHandler
	pySuspendingHandler
	goHandler
)

// nature is what a graph may have of.
type nature struct{ python, goes, suspends bool }

// maxValues bounds how many values a request of a graph makes: transient ones
// multiply.
const maxValues = 100

// newGraph draws a graph. Every node is needed by the handler.
func newGraph(r *rand.Rand, number int) *graph {
	of := nature{python: r.IntN(6) > 0, suspends: r.IntN(2) == 0}
	of.goes = !of.python || r.IntN(3) > 0
	g := &graph{number: number, pure: of.python && !of.goes}
	for i := range 1 + r.IntN(30) {
		g.nodes = append(g.nodes, newNode(r, g, i, of))
	}
	for _, n := range g.nodes {
		if g.values() > maxValues && n.lifetime == transient {
			n.lifetime = perRequest
		}
	}
	for i := len(g.nodes) - 1; i >= 0; i-- {
		if n := g.nodes[i]; n.lifetime == singleton && (!n.lazy || n.early) {
			for _, need := range n.needs {
				g.nodes[need].early = true
			}
		}
	}
	g.handler = pyHandler + handlerKind(r.IntN(2))
	switch {
	case of.suspends && r.IntN(2) == 0:
		g.handler = pySuspendingHandler
	case !g.pure && r.IntN(3) == 0:
		g.handler = goHandler
	}
	for i := range g.nodes {
		if r.IntN(8) == 0 || !g.isNeeded(i) {
			g.needs = append(g.needs, i)
		}
	}
	r.Shuffle(len(g.needs), func(i, j int) { g.needs[i], g.needs[j] = g.needs[j], g.needs[i] })
	return g
}

func (g *graph) isNeeded(i int) bool {
	return slices.ContainsFunc(g.nodes, func(n *node) bool { return slices.Contains(n.needs, i) })
}

func newNode(r *rand.Rand, g *graph, number int, of nature) *node {
	n := &node{
		graph: g.number, number: number, lifetime: perRequest,
		swallows: r.IntN(4) == 0, optional: r.IntN(8) == 0, cleanup: r.IntN(3),
	}
	for n.kind = kind(r.IntN(int(kinds))); !of.allows(n.kind); {
		n.kind = kind(r.IntN(int(kinds)))
	}
	switch {
	case n.kind.isStatic() || r.IntN(6) == 0:
		n.lifetime = singleton
		n.lazy = !n.kind.isStatic() && r.IntN(3) == 0
	case r.IntN(6) == 0:
		n.lifetime = transient
	}
	if n.form = form(r.IntN(int(forms))); n.kind == pyClass {
		n.form = ownClass
	}
	n.draw(r, g)
	return n
}

func (of nature) allows(k kind) bool {
	if k.isGo() {
		return of.goes
	}
	return of.python && (of.suspends || !k.suspends())
}

// draw chooses needs among the nodes before this one.
func (n *node) draw(r *rand.Rand, g *graph) {
	if n.kind.isStatic() || len(g.nodes) == 0 {
		return
	}
	for range r.IntN(4) {
		to := g.nodes[r.IntN(len(g.nodes))]
		if slices.Contains(n.needs, to.number) || n.lifetime == singleton && to.lifetime != singleton {
			continue
		}
		n.needs = append(n.needs, to.number)
	}
}

// counts is how many values of each node a request makes.
func (g *graph) counts() []int {
	counts := make([]int, len(g.nodes))
	use := func(needs []int, times int) {
		for _, i := range needs {
			switch g.nodes[i].lifetime {
			case singleton:
			case perRequest:
				counts[i] = 1
			case transient:
				counts[i] += times
			}
		}
	}
	use(g.needs, 1)
	for i := len(g.nodes) - 1; i >= 0; i-- {
		if n := g.nodes[i]; n.lifetime != singleton {
			use(n.needs, counts[i])
		}
	}
	return counts
}

// values is how many values a request makes, if the handler needs every node.
func (g *graph) values() int {
	needs := g.needs
	defer func() { g.needs = needs }()
	g.needs = nil
	for i := range g.nodes {
		g.needs = append(g.needs, i)
	}
	sum := 0
	for _, n := range g.counts() {
		sum += n
	}
	return sum
}
