package bind

import (
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// schemaText checks a string. All that is wrong with it is reported.
type schemaText struct {
	lengths
	pattern  *pattern.Pattern
	mismatch *fault
	format   *schemaFormat
}

func (t *schemaText) eval(s *state, m mode) bool {
	from := s.scan.Pos()
	v, ascii, valid := s.scan.Text()
	if !valid {
		return false
	}
	ok := true
	if bad := t.length(v, ascii); bad != nil {
		ok = s.reject(m, bad, from)
	}
	if t.pattern != nil && !s.finds(t.pattern, v) {
		ok = s.reject(m, t.mismatch, from)
	}
	if t.format != nil && !t.format.valid(v) {
		ok = s.reject(m, t.format.fault, from)
	}
	if m == modeWrite {
		s.w.Text(v, ascii)
	}
	return ok
}

func (t *schemaText) length(v string, ascii bool) *fault {
	switch {
	case t.short == nil && t.long == nil:
		return nil
	case ascii:
		return t.check(len(v))
	}
	return t.check(utf8.RuneCountInString(v))
}
