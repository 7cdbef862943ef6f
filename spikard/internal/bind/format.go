package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// format reads a string of a certain form and writes its value, or tells what
// is wrong with it.
type format interface {
	read(s *state, v string) *fault
}

// formatNode binds what is a string in JSON too.
type formatNode struct {
	conv convert
	format
	// inBody replaces the fault that a parameter gets; nil: it is the same.
	inBody *fault
	// number takes a JSON number where that is allowed.
	number func(s *state, n jsonwire.Num) *fault
}

func (n *formatNode) text(s *state, v string) {
	n.conv.start(s)
	if f := n.read(s, v); f != nil {
		s.reportText(f, v)
	}
}

func (n *formatNode) json(s *state) {
	kind := s.scan.Peek()
	from := s.scan.Pos()
	var f *fault
	switch {
	case kind == jsonwire.String:
		n.conv.start(s)
		v, _ := s.scan.String()
		if f = n.read(s, v); f != nil && n.inBody != nil {
			f = n.inBody
		}
	case kind == jsonwire.Number && n.number != nil:
		n.conv.start(s)
		num, _ := s.scan.Number()
		f = n.number(s, num)
	default:
		f = &stringType
		s.scan.Skip()
	}
	if f != nil {
		s.reportJSON(f, from)
	}
}

// strFormat takes any string within its constraints.
type strFormat struct {
	lengths
	pattern  *pattern.Pattern
	mismatch *fault
}

func (f *strFormat) read(s *state, v string) *fault {
	if bad := f.check(s, v); bad != nil {
		return bad
	}
	s.w.Str(v)
	return nil
}

func (f *strFormat) check(s *state, v string) *fault {
	if f.short != nil || f.long != nil {
		if bad := f.lengths.check(utf8.RuneCountInString(v)); bad != nil {
			return bad
		}
	}
	if f.pattern == nil || s.finds(f.pattern, v) {
		return nil
	}
	if bad := s.overrun; bad != nil {
		s.overrun = nil
		return bad
	}
	return f.mismatch
}

// decimalFormat writes the text that Python's Decimal is made from, so that no
// digit is lost.
type decimalFormat struct{ bounds bounds }

func (f decimalFormat) read(s *state, v string) *fault {
	v = strings.ReplaceAll(strings.TrimSpace(v), "_", "")
	d, ok := parseDecimal(v)
	switch {
	case !ok && notFinite(v):
		return &finiteNumber
	case !ok:
		return &decimalParsing
	}
	if bad := f.bounds.decimal(d); bad != nil {
		return bad
	}
	s.w.Str(v)
	return nil
}

func (f decimalFormat) number(s *state, n jsonwire.Num) *fault { return f.read(s, n.Text) }

// notFinite knows what Python's Decimal takes besides numbers.
func notFinite(v string) bool {
	v = strings.TrimLeft(v, "+-")
	for _, word := range [...]string{"nan", "snan", "inf", "infinity"} {
		if strings.EqualFold(v, word) {
			return true
		}
	}
	return false
}
