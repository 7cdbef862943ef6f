package bind

import (
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// formText makes JSON of a form, for the binders of JSON to read: texts become
// what the target wants of them, and a file becomes the mark of its field.
type formText struct {
	form *form.Form
	out  []byte
	// problem is the first one met: from then on the text means nothing.
	problem *api.Problem
}

func (w *formText) value(t *target, n *form.Node) {
	switch {
	case len(n.Fields) > 0:
		w.leaf(t, n.Fields, n.Listed)
	case n.Indexed() && (t.list || !t.object):
		w.items(t, n)
	default:
		w.members(t, n)
	}
}

// leaf writes the fields of one name: as a list where one is wanted, else the
// last of them. Where nothing is wanted, the name's brackets tell.
func (w *formText) leaf(t *target, fields []int, listed bool) {
	last := fields[len(fields)-1]
	listed = listed || len(fields) > 1
	alone := !listed && (!t.list || t.scalar() || (w.form.Fields[last].File == nil && t.null(w.form.Fields[last].Value)))
	if alone || (t.told() && !t.list) {
		w.field(t, last)
		return
	}
	w.out = append(w.out, '[')
	for i, at := range fields {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.field(t.element(i), at)
	}
	w.out = append(w.out, ']')
}

func (w *formText) field(t *target, at int) {
	if w.form.Fields[at].File != nil {
		w.out = jsonwire.AppendFile(w.out, at)
		return
	}
	w.out = t.appendText(w.out, w.form.Fields[at].Value)
}

func (w *formText) items(t *target, n *form.Node) {
	items, problem := n.Items()
	if problem != nil && w.problem == nil {
		w.problem = problem
	}
	w.out = append(w.out, '[')
	for i, item := range items {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.value(t.element(i), item)
	}
	w.out = append(w.out, ']')
}

func (w *formText) members(t *target, n *form.Node) {
	w.out = append(w.out, '{')
	for i, m := range n.Members {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(jsonwire.AppendQuote(w.out, m.Name), ':')
		w.value(t.member(m.Name), m.Node)
	}
	w.out = append(w.out, '}')
}
