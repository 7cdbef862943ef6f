package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// schemaNode is a compiled schema. A nil part has nothing to say.
type schemaNode struct {
	never bool
	// kinds are the kinds allowed, wrong is for the others.
	kinds kinds
	wrong *fault
	// whole asks for integers.
	whole  bool
	bounds bounds
	// safe are integers that are within all bounds.
	safe   span64
	choice *schemaChoice
	str    *schemaText
	list   *schemaList
	object *schemaObject
	// also are the rules that read the value once more.
	also []rule
}

// kinds is a set of jsonwire's kinds.
type kinds uint16

func kindsOf(list ...jsonwire.Kind) kinds {
	var out kinds
	for _, k := range list {
		out |= 1 << k
	}
	return out
}

func (k kinds) has(kind jsonwire.Kind) bool { return k&(1<<kind) != 0 }

// eval checks the next value, reads it, and does what the mode says.
func (n *schemaNode) eval(s *state, m mode) bool {
	kind := s.scan.Peek()
	if s.overrun != nil {
		if m != modeTest {
			s.scan.Skip()
		}
		return false
	}
	if n.never || !n.kinds.has(kind) {
		return n.misfit(s, m, kind)
	}
	if n.choice != nil && !n.choice.check(s, m) {
		return false
	}
	if n.also != nil {
		return n.combined(s, m)
	}
	return n.plain(s, m, kind)
}

// misfit refuses a value for its kind.
func (n *schemaNode) misfit(s *state, m mode, kind jsonwire.Kind) bool {
	switch {
	case m == modeTest:
	case kind == jsonwire.Invalid:
		s.scan.Skip()
	case n.never:
		s.refuseItem(&noneAllowed)
	default:
		s.refuseItem(n.wrong)
	}
	return false
}

// plain is eval without the rules that read the value again.
func (n *schemaNode) plain(s *state, m mode, kind jsonwire.Kind) bool {
	switch {
	case kind == jsonwire.String && n.str != nil:
		return n.str.eval(s, m)
	case kind == jsonwire.Number && (n.whole || n.bounds != nil):
		return n.number(s, m)
	case kind == jsonwire.Array && n.list != nil:
		return n.list.eval(s, m)
	case kind == jsonwire.Object && n.object != nil:
		return n.object.eval(s, m)
	case m == modeWrite:
		s.scan.Any(s.w)
	default:
		s.scan.Skip()
	}
	return true
}

func (n *schemaNode) number(s *state, m mode) bool {
	from := s.scan.Pos()
	num, _ := s.scan.Number()
	if v, ok := num.Int64(); ok && n.safe.has(v) {
		if m == modeWrite {
			s.w.Int(v)
		}
		return true
	}
	if n.whole && !isWhole(num) {
		return s.reject(m, n.wrong, from)
	}
	f := 0.0
	if !num.Int {
		f = num.Float64()
	}
	ok := true
	for i := range n.bounds {
		if !n.bounds[i].number(num, f) {
			ok = s.reject(m, n.bounds[i].fault, from)
		}
	}
	switch {
	case m != modeWrite:
	case num.Int:
		jsonwire.WriteNumber(s.w, num)
	default:
		s.w.Float(f)
	}
	return ok
}

// isWhole tells whether a number is an integer, as Python has it: 1.0 is one,
// and what no float can hold isn't.
func isWhole(num jsonwire.Num) bool {
	if num.Int {
		return true
	}
	_, ok := wholeNumber(num)
	return ok
}

// combined applies the rules that read the value again, and then reads it.
func (n *schemaNode) combined(s *state, m mode) bool {
	from, start, before := s.scan.Mark(), len(s.entries), s.fails
	ok := true
	for _, r := range n.also {
		if s.overrun != nil {
			break
		}
		s.scan.Return(from)
		if r.apply(s, m, from) {
			continue
		}
		if ok = false; m == modeTest {
			return false
		}
	}
	s.scan.Return(from)
	if s.overrun != nil && m == modeTest {
		return false
	}
	kind := s.scan.Peek()
	ok = n.plain(s, m, kind) && ok
	if s.fails-before > 1 && kind == jsonwire.Object {
		s.arrange(start)
	}
	return ok
}

// spend takes the reading of a value up to here out of the budget.
func (s *state) spend(from jsonwire.Mark) {
	at := s.scan.Pos()
	s.scan.Return(from)
	s.charge(at - s.scan.Pos())
}

// minCharge is what it costs at least to look at a value.
const minCharge = 16

func (s *state) charge(bytes int) {
	if s.budget -= max(bytes, minCharge); s.budget < 0 {
		s.overrun = &tooCostly
	}
}

// reject reports the value that began at from, unless it is only tested.
func (s *state) reject(m mode, f *fault, from int) bool {
	if m != modeTest {
		s.reportItem(f, from)
	}
	return false
}

// refuseItem is refuse for what may be an item of an array.
func (s *state) refuseItem(f *fault) {
	from := s.begin()
	s.scan.Skip()
	s.reportItem(f, from)
}

// reportItem reports a value. The items of arrays have a type of their own for
// faults that have none.
func (s *state) reportItem(f *fault, from int) {
	s.reportJSON(s.itemFault(f), from)
}

// itemFault is a fault as it is told here: what has no type of its own is a
// type_error where it is an item of a list.
func (s *state) itemFault(f *fault) *fault {
	if n := len(s.path); n > 0 && s.path[n-1].kind == byIndex && f.kind == "validation_error" {
		g := *f
		g.kind = "type_error"
		return &g
	}
	return f
}

// maxBrief is how much of a value a message quotes.
const maxBrief = 120

// brief is a value's text as a message shows it. One with a file in it is not
// quoted.
func brief(text string) string {
	if strings.IndexByte(text, jsonwire.FileMark) >= 0 {
		return "Input"
	}
	if len(text) <= maxBrief {
		return text
	}
	end := maxBrief
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}

// wrongType is the fault of a value that has none of the types.
func wrongType(t schema.Types) *fault {
	switch t {
	case schema.Null:
		return &noneRequired
	case schema.Boolean:
		return &boolParsing
	case schema.Integer:
		return &intParsing
	case schema.Number, schema.Number | schema.Integer:
		return &floatParsing
	case schema.String:
		return &stringType
	case schema.Array:
		return &listType
	case schema.Object:
		return &dictType
	}
	f := parseFault("validation_error", "Input should be a valid "+alternatives(t.Names()))
	return &f
}
