package bind

import (
	"slices"

	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// formParam is a form, or a field of one, as a parameter.
type formParam struct {
	name   string
	whole  bool
	target *target
	// rule is the index behind that of the route's rule for the field's files.
	rule int
}

// forming is what a state has for forms.
type forming struct {
	form *form.Form // nil: the body is none
	tree *form.Node
	// formed is the JSON text made of it.
	formed []byte
	// upload is the converter for files where no type says what they are.
	upload convert
	// refusal is the answer to a form that can't be read.
	refusal *api.Problem
	// broken tells of each rule for files whether they break it.
	broken []bool
}

func (f *forming) reset() { *f = forming{formed: f.formed[:0], broken: f.broken[:0]} }

// noForm stands for a body that isn't there.
var noForm = &form.Form{}

// openForm reads the names of a form.
func (b *Binder) openForm(s *state, f *form.Form) *api.Problem {
	if b.body != FormBody {
		return nil
	}
	if f == nil {
		f = noForm
	}
	var problem *api.Problem
	s.form, s.upload = f, b.upload
	if s.tree, problem = f.Tree(b.knows); problem != nil {
		return problem
	}
	for i := range b.files {
		before := s.fails
		b.files[i].check(s)
		s.broken = append(s.broken, s.fails != before)
	}
	return s.refusal
}

// knows tells whether a name means what it says, with its brackets.
func (b *Binder) knows(name string) bool {
	for i := range b.params {
		p := b.params[i].form
		if p != nil && (!p.whole && p.name == name || p.whole && p.target.known(name) != nil) {
			return true
		}
	}
	for i := range b.files {
		if b.files[i].name == name {
			return true
		}
	}
	return b.formCheck != nil && b.formCheck.target.known(name) != nil
}

// bindForm binds a form or a field of it. False: the form can't be read.
func (p *param) bindForm(s *state) bool {
	if p.form.rule > 0 && s.broken[p.form.rule-1] {
		s.w.Absent() // what is wrong with it has been said
		return true
	}
	node := s.tree
	if !p.form.whole {
		node = node.Member(p.form.name)
	}
	if node == nil || (len(s.form.Fields) == 0 && !p.required) {
		p.absent(s)
		return true
	}
	if !s.openText(p.form.target, node) {
		return false
	}
	p.body.json(s)
	return s.scan.End() && s.refusal == nil
}

// openText has the scanner read the JSON text of a part of the form. False:
// there is none.
func (s *state) openText(t *target, n *form.Node) bool {
	w := formText{form: s.form, out: s.formed[:0]}
	if n == s.tree {
		w.out = slices.Grow(w.out, s.form.Size())
		w.members(t, n)
	} else {
		w.value(t, n)
	}
	if s.formed = w.out; w.problem != nil {
		s.refusal = w.problem
		return false
	}
	s.open(jsonwire.View(w.out))
	s.scan.SetFiles(s)
	return true
}

// checkForm holds the whole form against the route's schema, once no fault has
// been found in its fields.
func (b *Binder) checkForm(s *state) *api.Problem {
	if b.formCheck == nil || s.fails > 0 {
		return nil
	}
	s.path = append(s.path[:0], step{name: locBody})
	if s.openText(b.formCheck.target, s.tree) {
		b.formCheck.schema.check(s)
	}
	return s.refusal
}
