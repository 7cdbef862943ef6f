package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// rule is what a schema says of a value by other schemas. It begins at the
// value and may leave it half read.
type rule interface {
	apply(s *state, m mode, from jsonwire.Mark) bool
}

// What messages say of a value that they quote in front.
var (
	fitsNone    = parseFault("validation_error", " is not valid under any of the schemas listed in the 'anyOf' keyword")
	fitsNoneOf  = parseFault("validation_error", " is not valid under any of the schemas listed in the 'oneOf' keyword")
	fitsSeveral = parseFault("validation_error", " is valid under more than one of the schemas listed in the 'oneOf' keyword")
	fitsNot     = parseFault("validation_error", " is valid under a schema that it must not be valid under ('not')")
)

// allRule wants every schema to allow the value: their faults are its own.
type allRule []*schemaNode

func (r allRule) apply(s *state, m mode, from jsonwire.Mark) bool {
	ok := true
	for _, n := range r {
		if s.overrun != nil {
			break
		}
		s.scan.Return(from)
		ok = n.eval(s, max(m, modeCheck)) && ok
		if !ok && m == modeTest {
			return false
		}
		s.spend(from)
	}
	return ok
}

// anyRule wants one schema to allow the value.
type anyRule []*schemaNode

func (r anyRule) apply(s *state, m mode, from jsonwire.Mark) bool {
	for _, n := range r {
		if s.tests(n) {
			return true
		}
	}
	return s.rejectAt(m, &fitsNone, from)
}

// oneRule wants exactly one schema to allow the value.
type oneRule []*schemaNode

func (r oneRule) apply(s *state, m mode, from jsonwire.Mark) bool {
	fits := 0
	for _, n := range r {
		if !s.tests(n) {
			continue
		}
		if fits++; fits > 1 {
			return s.rejectAt(m, &fitsSeveral, from)
		}
	}
	return fits == 1 || s.rejectAt(m, &fitsNoneOf, from)
}

// notRule wants a schema not to allow the value.
type notRule struct{ node *schemaNode }

func (r notRule) apply(s *state, m mode, from jsonwire.Mark) bool {
	return !s.tests(r.node) || s.rejectAt(m, &fitsNot, from)
}

// ifRule chooses between two schemas, each of which may be nil.
type ifRule struct{ condition, then, otherwise *schemaNode }

func (r ifRule) apply(s *state, m mode, from jsonwire.Mark) bool {
	n := r.otherwise
	if s.tests(r.condition) {
		n = r.then
	}
	if n == nil || s.overrun != nil {
		return true
	}
	ok := n.eval(s, max(m, modeCheck))
	s.spend(from)
	return ok
}

// rejectAt reports the value that a mark leads back to, unless it is only
// tested.
func (s *state) rejectAt(m mode, f *fault, from jsonwire.Mark) bool {
	if m == modeTest || s.overrun != nil {
		return false
	}
	s.scan.Return(from)
	at := s.scan.Pos()
	s.scan.Skip()
	return s.rejectValue(m, f, at)
}

// rejectValue is reject with the value in front of the message.
func (s *state) rejectValue(m mode, f *fault, at int) bool {
	if m == modeTest {
		return false
	}
	quoted := *f
	if s.trial == 0 {
		quoted.msg = brief(s.scan.Slice(at, s.scan.Pos())) + f.msg
	}
	return s.reject(m, &quoted, at)
}
