package di

import "slices"

// verdict is what Seal found out.
type verdict struct {
	graph  *graph
	faults []found
	// broken marks the nodes that a fault keeps from being built.
	broken []bool
	// order has every node that isn't broken after all that it needs.
	order []int
	// outside[i] says that node i is foreign or needs a foreign one, directly or
	// not.
	outside []bool
	// lazy[i] numbers the lazy singletons, of which there are lazies; none for
	// all other nodes.
	lazy   []int
	lazies int
}

// found is a fault and the nodes that it keeps from being built.
type found struct {
	Fault
	at []int
}

// Seal ends the registration and checks it. Roots are the needs of handlers
// and hooks: every way in an error begins at one of them. Providers that no
// root leads to are checked as well, so that they don't fail on the day they
// are first used.
//
// A registry with faults is sealed all the same, for those who serve what is
// not affected: [Registry.Compile] refuses the needs that a fault reaches, and
// [Registry.Start] leaves the singletons out that one reaches.
//
// # Errors
//
// Every fault at once, as [errors.Join] of them, in the same order for the
// same registrations: [*InvalidError], [*DuplicateError], [*MissingError],
// [*CycleError], [*LifetimeError]. [Faults] takes them apart. [ErrSealed] for
// a second call.
func (r *Registry) Seal(roots []Need) error {
	if r.sealed != nil {
		return ErrSealed
	}
	g := newGraph(r.choose(), &r.ties, roots)
	v := &verdict{graph: g}
	v.faults = append(v.faults, g.invalid()...)
	v.faults = append(v.faults, g.duplicates()...)
	v.faults = append(v.faults, g.missing()...)
	v.faults = append(v.faults, g.cycles()...)
	v.faults = append(v.faults, g.lifetimes()...)
	v.markBroken()
	v.sort()
	r.sealed = v

	faults := make([]Fault, len(v.faults))
	for i, f := range v.faults {
		faults[i] = f.Fault
	}
	return joinFaults(faults)
}

func (g *graph) invalid() []found {
	var out []found
	for i := range g.providers {
		for _, p := range g.claims(i) {
			if reason := p.flaw(); reason != "" {
				out = append(out, g.flawed(i, p, reason))
			}
		}
	}
	for _, p := range g.idle {
		out = append(out, g.flawed(g.nodeOf(p.Key), p, g.idleReason(p)))
	}
	return out
}

func (g *graph) flawed(i int, p *Provider, reason string) found {
	return found{
		Fault: &InvalidError{Provider: p, Reason: reason, Roots: g.rootsThrough(i)},
		at:    []int{i},
	}
}

func (g *graph) idleReason(p *Provider) string {
	var others []*Provider
	for _, other := range g.providers {
		if other != p {
			others = append(others, other)
		}
	}
	reason := "it replaces nothing: no other provider of " + p.Key.Label() + " is registered"
	if similar := newNeighbours(others).of(p.Key); len(similar) > 0 {
		return reason + "; " + question(similar)
	}
	return reason + "; add it as a provider of its own if that was meant"
}

// flaw says what is wrong with the provider by itself.
func (p *Provider) flaw() string {
	switch {
	case p.Key == "" || p.Key == typePrefix:
		return "the key is empty"
	case p.Lifetime > Transient:
		return "there is no " + p.Lifetime.String()
	case p.Build == nil && p.Foreign == nil:
		return "it has neither Build nor Foreign"
	case p.Build != nil && p.Foreign != nil:
		return "it has both Build and Foreign"
	case p.Lazy && p.Lifetime != Singleton:
		return "only a singleton can be lazy, and it has the " + p.Lifetime.String() + " lifetime, " +
			"whose values are built when they are needed anyway"
	}
	return ""
}

func (g *graph) duplicates() []found {
	var out []found
	for i, rivals := range g.rivals {
		if len(rivals) == 0 {
			continue
		}
		key := rivals[0].Key
		fault := &DuplicateError{Key: key, Providers: rivals, Roots: g.rootsThrough(i)}
		if slices.ContainsFunc(rivals, func(p *Provider) bool { return p.Key != key }) {
			fault.Ties = g.ties.of(key)
		}
		out = append(out, found{Fault: fault, at: []int{i}})
	}
	return out
}

func (g *graph) lifetimes() []found {
	var out []found
	for i, p := range g.providers {
		if p.Lifetime != Singleton {
			continue
		}
		for j, to := range g.edges[i] {
			if to == none || g.providers[to].Lifetime == Singleton {
				continue
			}
			needed := g.providers[to]
			out = append(out, found{
				Fault: &LifetimeError{
					Provider: p, Need: p.Needs[j], Needed: needed,
					Path:  append(g.path(i), Link{Need: p.Needs[j], Provider: needed}),
					Roots: g.rootsThrough(i),
				},
				at: []int{i},
			})
		}
	}
	return out
}

func (v *verdict) markBroken() {
	var at []int
	for _, f := range v.faults {
		at = append(at, f.at...)
	}
	v.broken = v.graph.usersOf(at...)
}

// sort fills order and what goes by it.
func (v *verdict) sort() {
	g := v.graph
	done := make([]bool, len(g.providers))
	v.outside = make([]bool, len(g.providers))
	v.lazy = make([]int, len(g.providers))
	var visit func(i int)
	visit = func(i int) {
		if done[i] || v.broken[i] {
			return
		}
		done[i] = true
		v.outside[i] = g.providers[i].IsForeign()
		for _, to := range g.edges[i] {
			if to != none {
				visit(to)
				v.outside[i] = v.outside[i] || v.outside[to]
			}
		}
		v.order = append(v.order, i)
	}
	for i, p := range g.providers {
		visit(i)
		v.lazy[i] = none
		if p.Lazy && p.Lifetime == Singleton {
			v.lazy[i] = v.lazies
			v.lazies++
		}
	}
}

// faultsOf gives the faults that keep the node from being built.
func (v *verdict) faultsOf(i int) []Fault {
	reach := v.graph.needsOf(i)
	var out []Fault
	for _, f := range v.faults {
		for _, at := range f.at {
			if reach[at] {
				out = append(out, f.Fault)
				break
			}
		}
	}
	return out
}
