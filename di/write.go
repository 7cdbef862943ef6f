package di

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteText writes every provider with what it needs, for people: sorted by
// key, so that two versions can be compared line by line, and then the keys
// that are tied. "late" are Go's request values that need a foreign one. It can
// be called before Seal and on a registry with faults.
//
// # Errors
//
// Those of w.
func (r *Registry) WriteText(w io.Writer) error {
	var b strings.Builder
	g := r.draft()
	late := g.late()
	for _, p := range sortedByKey(append(slices.Clone(r.providers), r.replacements...)) {
		fmt.Fprintf(&b, "%s %s, from %s", p.Lifetime, p.Key.Label(), p.title())
		for _, mark := range r.marks(p, late) {
			b.WriteString(", " + mark)
		}
		b.WriteByte('\n')
		for _, need := range p.Needs {
			b.WriteString("    needs " + need.Key.Label())
			if need.Optional {
				b.WriteString(", optional")
			}
			if !r.Has(need.Key) {
				b.WriteString(", absent")
			}
			b.WriteByte('\n')
		}
	}
	for _, tie := range r.ties.all {
		fmt.Fprintf(&b, "alias %s of %s (%s)\n", tie.Alias.Label(), tie.Key.Label(), tie.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// marks are what sets a provider apart.
func (r *Registry) marks(p *Provider, late map[*Provider]bool) []string {
	var marks []string
	add := func(mark string, ok bool) {
		if ok {
			marks = append(marks, mark)
		}
	}
	add("foreign", p.IsForeign())
	add("lazy", p.Lazy)
	add("weak", p.Weak)
	add("late", late[p])
	add("replacement", slices.Contains(r.replacements, p))
	return marks
}

// WriteDOT writes the same graph for Graphviz. Arrows lead from a provider to
// what it needs: dashed where the need is optional, red where it is not and
// nothing answers it; a dotted line joins keys that are tied. Foreign providers
// are ovals. Of the providers of one key only the one that counts is drawn.
//
// # Errors
//
// Those of w.
func (r *Registry) WriteDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph providers {\n\trankdir=LR;\n\tnode [shape=box];\n")
	g := r.draft()
	late := g.late()
	providers := sortedByKey(g.providers)
	for _, p := range providers {
		shape := ""
		if p.IsForeign() {
			shape = ", shape=oval"
		}
		lines := append([]string{p.Key.Label(), p.Lifetime.String(), p.Source.String()}, r.marks(p, late)...)
		fmt.Fprintf(&b, "\t%s [label=%s%s];\n", dotQuote(string(p.Key)), dotQuote(strings.Join(lines, "\n")), shape)
	}
	drawn := map[Key]bool{}
	for _, p := range providers {
		drawn[p.Key] = true
	}
	for _, key := range g.otherKeys(drawn) {
		label := key.Label() + "\nabsent"
		if r.Has(key) {
			label = key.Label()
		}
		fmt.Fprintf(&b, "\t%s [label=%s, color=gray];\n", dotQuote(string(key)), dotQuote(label))
	}
	for _, p := range providers {
		for _, need := range p.Needs {
			fmt.Fprintf(&b, "\t%s -> %s%s;\n", dotQuote(string(p.Key)), dotQuote(string(need.Key)), r.dotStyle(need))
		}
	}
	for _, tie := range r.ties.all {
		fmt.Fprintf(&b, "\t%s -> %s [style=dotted, dir=none];\n", dotQuote(string(tie.Alias)), dotQuote(string(tie.Key)))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Registry) dotStyle(need Need) string {
	switch {
	case need.Optional:
		return " [style=dashed]"
	case !r.Has(need.Key):
		return " [color=red]"
	}
	return ""
}

// draft is the graph as it stands, sealed or not.
func (r *Registry) draft() *graph {
	if r.sealed != nil {
		return r.sealed.graph
	}
	return newGraph(r.choose(), &r.ties, nil)
}

// late marks the providers of Go's request and transient values that can't be
// built before a foreign one.
func (g *graph) late() map[*Provider]bool {
	var foreign []int
	for i, p := range g.providers {
		if p.IsForeign() && p.Lifetime != Singleton {
			foreign = append(foreign, i)
		}
	}
	late := map[*Provider]bool{}
	for i, needs := range g.usersOf(foreign...) {
		if p := g.providers[i]; needs && !p.IsForeign() && p.Lifetime != Singleton {
			late[p] = true
		}
	}
	return late
}

// otherKeys are those of needs and ties that no provider is drawn for.
func (g *graph) otherKeys(drawn map[Key]bool) []Key {
	var keys []Key
	add := func(k Key) {
		if !drawn[k] {
			keys = append(keys, k)
		}
	}
	for _, p := range g.providers {
		for _, need := range p.Needs {
			add(need.Key)
		}
	}
	for _, tie := range g.ties.all {
		add(tie.Alias)
		add(tie.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func sortedByKey(providers []*Provider) []*Provider {
	sorted := slices.Clone(providers)
	slices.SortStableFunc(sorted, func(a, b *Provider) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return sorted
}

// dotQuote writes a DOT string, which knows fewer escapes than Go's.
func dotQuote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
