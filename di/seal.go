package di

// verdict is what Seal found out.
type verdict struct {
	graph  *graph
	faults []found
	// broken marks the nodes that a fault keeps from being built.
	broken []bool
	// order has every node that isn't broken after all that it needs.
	order []int
	// foreign[i] is the nearest foreign provider that the Go node i needs,
	// directly or not.
	foreign []*Provider
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
	g := newGraph(r.unique, r.index, roots)
	v := &verdict{graph: g}
	v.faults = append(v.faults, r.invalid(g)...)
	v.faults = append(v.faults, r.duplicates(g)...)
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

func (r *Registry) invalid(g *graph) []found {
	var out []found
	for _, p := range r.providers {
		reason := p.flaw()
		if reason == "" {
			continue
		}
		at := g.node(p.Key)
		out = append(out, found{
			Fault: &InvalidError{Provider: p, Reason: reason, Roots: g.rootsThrough(at)},
			at:    []int{at},
		})
	}
	return out
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
	}
	return ""
}

func (r *Registry) duplicates(g *graph) []found {
	if len(r.providers) == len(r.unique) {
		return nil
	}
	byKey := make([][]*Provider, len(r.unique))
	for _, p := range r.providers {
		i := r.index[p.Key]
		byKey[i] = append(byKey[i], p)
	}
	var out []found
	for i, providers := range byKey {
		if len(providers) > 1 {
			out = append(out, found{
				Fault: &DuplicateError{Key: providers[0].Key, Providers: providers, Roots: g.rootsThrough(i)},
				at:    []int{i},
			})
		}
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

// sort fills order and foreign.
func (v *verdict) sort() {
	g := v.graph
	done := make([]bool, len(g.providers))
	v.foreign = make([]*Provider, len(g.providers))
	var visit func(i int)
	visit = func(i int) {
		if i == none || done[i] || v.broken[i] {
			return
		}
		done[i] = true
		for _, to := range g.edges[i] {
			visit(to)
		}
		v.order = append(v.order, i)
		if !g.providers[i].IsForeign() {
			v.foreign[i] = v.nearestForeign(i)
		}
	}
	for i := range g.providers {
		visit(i)
	}
}

// nearestForeign relies on the Go nodes that i needs having been asked before.
func (v *verdict) nearestForeign(i int) *Provider {
	var through *Provider
	for _, to := range v.graph.edges[i] {
		switch {
		case to == none:
		case v.graph.providers[to].IsForeign():
			return v.graph.providers[to]
		case through == nil:
			through = v.foreign[to]
		}
	}
	return through
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
