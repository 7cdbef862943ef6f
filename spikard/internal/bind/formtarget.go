package bind

import (
	"strconv"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// target is what a form's texts are to become, as the binders or the schema
// that read them want it. A form has nothing but texts and files: the target
// tells the texts that are numbers from those that only look like one, and a
// list of one from a value.
type target struct {
	// wants are the scalars that a text may become; words are the texts that
	// stay one besides.
	wants wants
	words map[string]bool
	// list says that it may be a list: of item, or of each in turn.
	list bool
	item *target
	each []*target
	// object says that it may have members: fields by their names, others are
	// like rest.
	object bool
	fields map[string]*target
	rest   *target
	// more are further targets with members, of a union; they have no more.
	more []*target
}

// wants is a set of scalars.
type wants uint8

const (
	wantText wants = 1 << iota
	// wantForm is a text of a certain form, as that of a date.
	wantForm
	wantInt
	wantNumber
	wantBool
	wantNull
	// wantFile is what no text can be.
	wantFile
)

// untold is the target of what takes everything.
var untold = &target{}

// told tells whether anything is wanted.
func (t *target) told() bool { return t.wants != 0 || t.words != nil || t.list || t.object }

// scalar tells whether a single text other than an empty one can be meant.
func (t *target) scalar() bool { return t.wants&^wantNull != 0 || t.words != nil }

// null tells whether a text is meant for null.
func (t *target) null(v string) bool {
	return v == "" && t.wants&wantNull != 0 && t.wants&wantText == 0 && !t.words[v]
}

// element is the target of a list's i-th item.
func (t *target) element(i int) *target {
	switch {
	case i < len(t.each):
		return t.each[i]
	case t.item != nil:
		return t.item
	}
	return untold
}

// known is the target of the member that some field stands for, or nil.
func (t *target) known(name string) *target {
	if f := t.fields[name]; f != nil {
		return f
	}
	for _, m := range t.more {
		if f := m.fields[name]; f != nil && f.told() {
			return f
		}
	}
	return nil
}

// member is the target of any member.
func (t *target) member(name string) *target {
	if f := t.known(name); f != nil {
		return f
	}
	if t.rest != nil && t.rest.told() {
		return t.rest
	}
	for _, m := range t.more {
		if m.rest != nil && m.rest.told() {
			return m.rest
		}
	}
	return untold
}

// appendText appends what a text becomes. One that doesn't fit stays a text, so
// that it is refused as it was sent.
func (t *target) appendText(b []byte, v string) []byte {
	switch {
	case t.null(v):
		return append(b, "null"...)
	case t.wants&wantText != 0 || t.words[v]:
		return jsonwire.AppendQuote(b, v)
	}
	if t.wants&wantInt != 0 {
		if i, f := parseInt(v); f == nil {
			return append(b, i.text()...)
		}
	}
	if t.wants&wantNumber != 0 {
		if out, ok := appendNumber(b, v); ok {
			return out
		}
	}
	if t.wants&wantBool != 0 {
		if is, ok := parseBool(v); ok {
			return strconv.AppendBool(b, is)
		}
	}
	return jsonwire.AppendQuote(b, v)
}

// appendNumber keeps the digits of a text that is a JSON number already.
func appendNumber(b []byte, v string) ([]byte, bool) {
	var s jsonwire.Scanner
	s.Reset(v)
	if s.Peek() == jsonwire.Number {
		if _, ok := s.Number(); ok && s.End() {
			return append(b, v...), true
		}
	}
	f, bad := parseFloat(v)
	if bad != nil {
		return b, false
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64), true
}
