package bind

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// textList binds the texts of one name as a list.
type textList struct {
	item textBinder
	// each is set instead of item for a tuple, whose items have types of their
	// own.
	each      []textBinder
	shape     listNode // what a list in JSON has besides its items
	separator string
	// schema checks the texts as a list besides; nil: there is none.
	schema *paramSchema
}

// keeps tells whether the texts are wanted at the end: they can be too few or
// too many, or a schema checks them.
func (l *textList) keeps() bool {
	return l.each != nil || l.shape.lengths != (lengths{}) || l.schema != nil
}

// listing writes a list of texts as they come.
type listing struct {
	s      *state
	list   *textList
	at     int // where the list was begun, -1: not yet
	count  int
	before int
	// texts are kept where they are wanted at the end.
	texts []string
	seen  map[string]struct{}
}

// add takes one text of the request, which holds several items where there is
// a separator.
func (l *listing) add(v string) {
	l.begin()
	sep := l.list.separator
	if sep == "" {
		l.item(v)
		return
	}
	for v != "" {
		part, rest, more := strings.Cut(v, sep)
		l.item(part)
		if more && rest == "" {
			l.item("")
		}
		v = rest
	}
}

func (l *listing) begin() {
	if l.at >= 0 {
		return
	}
	l.before = l.s.fails
	l.list.shape.conv.start(l.s)
	l.at = l.s.w.Len()
	startItems(l.s, l.list.shape.tuple)
	if l.list.shape.unique {
		l.seen = make(map[string]struct{})
	}
}

func (l *listing) item(v string) {
	s := l.s
	s.path[len(s.path)-1].index = l.count
	at := s.w.Len()
	if n := l.binder(); n != nil {
		n.text(s, v)
	}
	l.count++
	if l.seen != nil {
		l.seen[string(s.w.Bytes()[at:])] = struct{}{}
	}
	if l.list.keeps() {
		l.texts = append(l.texts, v)
	}
}

// binder is the next item's; nil: a tuple has no more.
func (l *listing) binder() textBinder {
	if l.list.each == nil {
		return l.list.item
	}
	if l.count < len(l.list.each) {
		return l.list.each[l.count]
	}
	return nil
}

func (l *listing) finish() {
	l.s.w.SetCount(l.at, l.count)
	for i := l.count; i < len(l.list.each); i++ {
		l.s.push(step{kind: byIndex, index: i})
		l.report(&missing)
		l.s.pop()
	}
	n := l.count
	if l.seen != nil {
		n = len(l.seen)
	}
	if f := l.list.shape.lengths.check(n); f != nil && l.s.fails == l.before {
		l.report(f)
	}
	if l.list.schema != nil && l.s.fails == l.before {
		l.list.schema.texts(l.s, l.texts)
	}
}

// report reports the list as a whole.
func (l *listing) report(f *fault) {
	if !l.s.add() {
		return
	}
	l.s.record(f, l.s.loc(), quoteAll(l.texts))
}

// quoteAll is a list of texts as JSON.
func quoteAll(texts []string) []byte {
	out := []byte{'['}
	for i, v := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = jsonwire.AppendQuote(out, v)
	}
	return append(out, ']')
}
