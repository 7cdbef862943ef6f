package di

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteText writes every provider with what it needs, for people: sorted by
// key, so that two versions can be compared line by line. It can be called
// before Seal and on a registry with faults.
//
// # Errors
//
// Those of w.
func (r *Registry) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, p := range sortedByKey(r.providers) {
		fmt.Fprintf(&b, "%s %s, from %s", p.Lifetime, p.Key.Label(), p.title())
		if p.IsForeign() {
			b.WriteString(", foreign")
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
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteDOT writes the same graph for Graphviz. Arrows lead from a provider to
// what it needs: dashed where the need is optional, red where it is not and
// nothing answers it. Foreign providers are ovals. Of the providers of one key
// only the first is drawn.
//
// # Errors
//
// Those of w.
func (r *Registry) WriteDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph providers {\n\trankdir=LR;\n\tnode [shape=box];\n")
	providers := sortedByKey(r.unique)
	for _, p := range providers {
		shape := ""
		if p.IsForeign() {
			shape = ", shape=oval"
		}
		fmt.Fprintf(&b, "\t%s [label=%s%s];\n", dotQuote(string(p.Key)),
			dotQuote(p.Key.Label()+"\n"+p.Lifetime.String()+"\n"+p.Source.String()), shape)
	}
	for _, key := range r.absentKeys() {
		fmt.Fprintf(&b, "\t%s [label=%s, color=gray];\n", dotQuote(string(key)), dotQuote(key.Label()+"\nabsent"))
	}
	for _, p := range providers {
		for _, need := range p.Needs {
			fmt.Fprintf(&b, "\t%s -> %s%s;\n", dotQuote(string(p.Key)), dotQuote(string(need.Key)), r.dotStyle(need))
		}
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

func (r *Registry) absentKeys() []Key {
	var keys []Key
	for _, p := range r.unique {
		for _, need := range p.Needs {
			if !r.Has(need.Key) {
				keys = append(keys, need.Key)
			}
		}
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
