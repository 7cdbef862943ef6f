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
// A plan doesn't change: any number of goroutines may use it at once. Steps
// and Needs must not be changed.
type Plan struct {
	// Steps make the slots, in order: slot i is made by Steps[i], from slots
	// before it.
	Steps []Step
	// Needs[i] is the slot of the i-th need that was compiled, or -1 for an
	// absent optional one.
	Needs []int

	registry *Registry
	needs    []Need
	origins  []origin
	nodes    []int // the registry's number of each step's provider

	work       []work // the steps that Open runs
	singletons []int  // the slots that are filled from the registry
	widest     int    // the most dependencies that a step of work has
	refusal    error  // why Open never works

	resolved atomic.Pointer[resolved]
	frames   sync.Pool // of *frame
}

// Step makes one slot.
type Step struct {
	Provider *Provider
	// Deps are the slots of the provider's needs, -1 for absent ones. It is
	// empty for a singleton built in Go: its value is there already.
	Deps []int
}

// origin is why a step is in the plan.
type origin struct {
	from int // the step whose need it is, or none for a need of the plan
	need *Need
}

// work is a step that is built in Go for each scope.
type work struct {
	slot     int
	provider *Provider
	deps     []int
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
		slot, ok := c.slot(origin{from: none, need: &p.needs[i]})
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
		i := v.graph.node(need.Key)
		switch {
		case i != none && v.broken[i]:
			for _, f := range v.faultsOf(i) {
				if !slices.Contains(faults, f) {
					faults = append(faults, f)
				}
			}
		case i == none && !need.Optional:
			faults = append(faults, &MissingError{
				Key: need.Key, Need: need, Path: []Link{{Need: need}},
				Similar: newNeighbours(r.unique).of(need.Key), Roots: []Need{need},
			})
		}
	}
	return joinFaults(faults)
}

type compiler struct {
	plan    *Plan
	verdict *verdict
	slots   map[int]int // of the nodes that have one slot
}

// slot gives the slot that answers a need, with all that it needs before it.
// It gives false when the plan becomes too large. Dependencies have their slots
// before the step that they are for, so that step is entered as their origin
// afterwards.
func (c *compiler) slot(o origin) (int, bool) {
	node := c.verdict.graph.node(o.need.Key)
	if node == none {
		return none, true
	}
	if slot, ok := c.slots[node]; ok {
		return slot, true
	}
	provider := c.verdict.graph.providers[node]
	var deps []int
	if !isBuiltSingleton(provider) {
		deps = make([]int, len(provider.Needs))
		for j := range provider.Needs {
			slot, ok := c.slot(origin{from: none, need: &provider.Needs[j]})
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
	c.plan.origins = append(c.plan.origins, o)
	c.plan.nodes = append(c.plan.nodes, node)
	if provider.Lifetime != Transient {
		c.slots[node] = slot
	}
	return slot, true
}

func isBuiltSingleton(p *Provider) bool { return p.Lifetime == Singleton && !p.IsForeign() }

// prepare sorts the steps by what Open has to do for them.
func (p *Plan) prepare() {
	for slot, step := range p.Steps {
		switch {
		case step.Provider.IsForeign():
		case step.Provider.Lifetime == Singleton:
			p.singletons = append(p.singletons, slot)
		default:
			p.work = append(p.work, work{slot: slot, provider: step.Provider, deps: step.Deps})
			p.widest = max(p.widest, len(step.Deps))
		}
	}
	if goStep, foreignStep, ok := p.GoNeedsForeign(); ok {
		p.refusal = &ForeignError{Provider: goStep, Needed: foreignStep}
	}
	p.frames.New = func() any { return p.newFrame() }
}

// GoNeedsForeign tells whether a step that is built in Go, a singleton
// included, needs the value of a foreign one, directly or not, and which. Such
// a plan can't be opened: Go steps run before foreign ones.
func (p *Plan) GoNeedsForeign() (goStep, foreignStep *Provider, ok bool) {
	for slot, node := range p.nodes {
		if foreign := p.registry.sealed.foreign[node]; foreign != nil {
			return p.Steps[slot].Provider, foreign, true
		}
	}
	return nil, nil, false
}

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

// ForeignError says that a value built in Go needs one that a foreign engine
// makes, which comes too late for it.
type ForeignError struct {
	// Provider is built in Go; Needed is foreign.
	Provider, Needed *Provider
}

// Error names both.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s provides %s in Go and needs %s, which %s makes outside Go: "+
		"values built in Go can only need values built in Go",
		e.Provider.title(), e.Provider.Key.Label(), e.Needed.Key.Label(), e.Needed.title())
}
