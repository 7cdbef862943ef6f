package di

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Plan is a list of needs turned into slots: what to build, in which order,
// from what. It is compiled once and then opened for each request.
//
// # Concurrency
//
// A plan doesn't change: any number of goroutines may use it at once. Steps,
// Needs and Turns must not be changed.
type Plan struct {
	// Steps make the slots, in order: slot i is made by Steps[i], from slots
	// before it.
	Steps []Step
	// Needs[i] is the slot of the i-th need that was compiled, or -1 for an
	// absent optional one.
	Needs []int
	// Turns are the order in which a request builds what isn't a singleton, with
	// as few changes of sides as there can be: first the Go steps that need
	// nothing foreign, which Open builds; then, for each stage, the steps that
	// its needs lead to, foreign and Go ones by turns.
	Turns []Turn

	registry *Registry
	needs    []Need
	origins  []origin
	nodes    []int // the registry's number of each step's provider

	early      []int // the slots that Open builds
	late       []int // the other slots that are built in Go
	singletons []int // the slots that are filled from the registry
	widest     int   // the most dependencies that a step has

	resolved atomic.Pointer[resolved]
	frames   sync.Pool // of *frame
}

// Step makes one slot.
type Step struct {
	Provider *Provider
	// Deps are the slots of the provider's needs, -1 for absent ones. It is
	// empty for a singleton, whose value comes from the registry.
	Deps []int
}

// origin is why a step is in the plan.
type origin struct {
	from int // the step whose need it is, or none for a need of the plan
	need *Need
}

// maxSteps stops plans in which transient values need transient values in turn
// so often that the number of slots explodes.
const maxSteps = 1 << 16

// Compile turns needs into a plan. Each singleton and each request value that
// is needed has one slot, a transient one has a slot for each need. The order
// is that of the needs, depth first, so it is the same in every run.
//
// # Errors
//
// The faults, joined, that keep a need from being met, those that Seal
// reported included; [ErrNotSealed]; an error that names the need whose
// transient values make the plan larger than 65,536 steps.
func (r *Registry) Compile(needs []Need) (*Plan, error) {
	if r.sealed == nil {
		return nil, ErrNotSealed
	}
	p := &Plan{registry: r, needs: slices.Clone(needs), Needs: make([]int, len(needs))}
	if err := r.check(p.needs); err != nil {
		return nil, err
	}
	c := compiler{plan: p, verdict: r.sealed, slots: map[int]int{}}
	for i := range p.needs {
		slot, ok := c.slot(r.sealed.graph.nodeOf(p.needs[i].Key), &p.needs[i])
		if !ok {
			return nil, fmt.Errorf("%s needs %s, whose transient values need each other more than %d times: "+
				"give some of them the request lifetime", p.needs[i].title(), p.needs[i].Key.Label(), maxSteps)
		}
		p.Needs[i] = slot
	}
	p.prepare()
	return p, nil
}

// check refuses needs that can't be met.
func (r *Registry) check(needs []Need) error {
	v := r.sealed
	var faults []Fault
	for _, need := range needs {
		i := v.graph.nodeOf(need.Key)
		switch {
		case i != none && v.broken[i]:
			for _, f := range v.faultsOf(i) {
				if !slices.Contains(faults, f) {
					faults = append(faults, f)
				}
			}
		case i == none && !need.Optional:
			faults = append(faults, v.graph.lacking(need))
		}
	}
	return joinFaults(faults)
}

type compiler struct {
	plan    *Plan
	verdict *verdict
	slots   map[int]int // of the nodes that have one slot
}

// slot gives the slot of a node for a need, with all that it needs before it.
// It gives false when the plan becomes too large. Dependencies have their slots
// before the step that they are for, so that step is entered as their origin
// afterwards.
func (c *compiler) slot(node int, need *Need) (int, bool) {
	if node == none {
		return none, true
	}
	if slot, ok := c.slots[node]; ok {
		return slot, true
	}
	provider := c.verdict.graph.providers[node]
	var deps []int
	if !c.plan.registry.isBuilt(provider) {
		deps = make([]int, len(provider.Needs))
		for j := range provider.Needs {
			slot, ok := c.slot(c.verdict.graph.edges[node][j], &provider.Needs[j])
			if !ok {
				return none, false
			}
			deps[j] = slot
		}
	}
	slot := len(c.plan.Steps)
	if slot == maxSteps {
		return none, false
	}
	for j, dep := range deps {
		if dep != none && c.plan.origins[dep].need == &provider.Needs[j] {
			c.plan.origins[dep].from = slot
		}
	}
	c.plan.Steps = append(c.plan.Steps, Step{Provider: provider, Deps: deps})
	c.plan.origins = append(c.plan.origins, origin{from: none, need: need})
	c.plan.nodes = append(c.plan.nodes, node)
	if provider.Lifetime != Transient {
		c.slots[node] = slot
	}
	return slot, true
}

// prepare settles what Open does.
func (p *Plan) prepare() {
	p.takeTurns()
	for _, step := range p.Steps {
		p.widest = max(p.widest, len(step.Deps))
	}
	p.frames.New = func() any { return p.newFrame() }
}

// Early gives the slots that Open builds, in order. They must not be changed.
func (p *Plan) Early() []int { return p.early }

// Late gives the slots that are built in Go from the values of foreign steps, in
// the order of [Plan.Turns]. They must not be changed.
func (p *Plan) Late() []int { return p.late }

// Static tells whether nothing is built in Go for a request. All the requests
// of such a plan share a scope, which costs nothing.
func (p *Plan) Static() bool { return len(p.early) == 0 && len(p.late) == 0 }

// path leads from a need of the plan to the slot.
func (p *Plan) path(slot int) []Link {
	var path []Link
	for slot != none {
		o := p.origins[slot]
		path = append(path, Link{Need: *o.need, Provider: p.Steps[slot].Provider})
		slot = o.from
	}
	slices.Reverse(path)
	return path
}
