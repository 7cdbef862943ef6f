package bind

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// foreignCheck checks the next value by a schema that isn't compiled into
// nodes, and reads it.
func (b *schemaBinder) foreignCheck(s *state) bool {
	start := len(s.entries)
	from := s.begin()
	s.scan.Skip()
	if s.scan.Err() != nil {
		return false
	}
	violations, err := b.foreign.Check(withoutFiles(s.scan.Slice(from, s.scan.Pos())))
	if err != nil {
		s.overrun = &tooCostly
		return false
	}
	for _, v := range violations {
		s.violation(v)
	}
	s.arrange(start)
	return len(violations) == 0
}

// withoutFiles puts empty strings where files stand.
func withoutFiles(text string) string {
	if strings.IndexByte(text, jsonwire.FileMark) < 0 {
		return text
	}
	parts := strings.Split(text, string(rune(jsonwire.FileMark)))
	for i := 1; i < len(parts); i += 2 {
		parts[i] = `""`
	}
	return strings.Join(parts, "")
}

// violation reports what another validator has found.
func (s *state) violation(v schema.Violation) {
	depth := len(s.path)
	for _, name := range v.Path {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 {
			s.push(step{kind: byIndex, index: i})
			continue
		}
		s.push(step{name: name})
	}
	switch k := v.Kind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			s.violate(&missing, v.Value, name)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			s.violate(unexpectedProperty(name), v.Value, name)
		}
	default:
		s.violate(violationFault(v), v.Value)
	}
	s.path = s.path[:depth]
}

func (s *state) violate(f *fault, value any, member ...string) {
	for _, name := range member {
		s.push(step{name: name})
	}
	if s.add() {
		s.record(s.itemFault(f), s.loc(), compactJSON(value))
	}
	s.path = s.path[:len(s.path)-len(member)]
}

func compactJSON(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}

// violationFault is a violation in the words that the nodes have for it.
func violationFault(v schema.Violation) *fault {
	quoted := brief(string(compactJSON(v.Value)))
	say := func(f fault) *fault {
		f.msg = quoted + f.msg
		return &f
	}
	switch k := v.Kind.(type) {
	case *kind.Type:
		return wrongType(schema.TypesNamed(k.Want))
	case *kind.Enum:
		return enumFault(rawList(k.Want))
	case *kind.Const:
		f := parseFault("validation_error", string(compactJSON(k.Want))+" was expected")
		return &f
	case *kind.Format:
		if f := compileFormat(k.Want, 0); f != nil {
			return f.fault
		}
	case *kind.Pattern:
		return patternFault(k.Want)
	case *kind.MinLength:
		return stringLengths(&k.Want, nil).short
	case *kind.MaxLength:
		return stringLengths(nil, &k.Want).long
	case *kind.MinItems:
		return itemLengths("List", &k.Want, nil).short
	case *kind.MaxItems:
		return itemLengths("List", nil, &k.Want).long
	case *kind.UniqueItems:
		return &notUnique
	case *kind.Minimum:
		return numberFault("ge", k.Want)
	case *kind.ExclusiveMinimum:
		return numberFault("gt", k.Want)
	case *kind.Maximum:
		return numberFault("le", k.Want)
	case *kind.ExclusiveMaximum:
		return numberFault("lt", k.Want)
	case *kind.MultipleOf:
		return numberFault("multiple_of", k.Want)
	case *kind.AnyOf:
		return say(fitsNone)
	case *kind.Not:
		return say(fitsNot)
	case *kind.OneOf:
		if len(k.Subschemas) > 1 {
			return say(fitsSeveral)
		}
		return say(fitsNoneOf)
	case *kind.FalseSchema:
		return &noneAllowed
	}
	f := parseFault("validation_error", "Input does not fit its schema ("+strings.Join(v.Kind.KeywordPath(), "/")+")")
	return &f
}

func rawList(values []any) []json.RawMessage {
	out := make([]json.RawMessage, len(values))
	for i, v := range values {
		out[i] = compactJSON(v)
	}
	return out
}

// numberFault is the fault of the bound that has a name.
func numberFault(name string, limit *big.Rat) *fault {
	text := limit.FloatString(0)
	if !limit.IsInt() {
		f, _ := limit.Float64()
		text = strconv.FormatFloat(f, 'g', -1, 64)
	}
	for _, r := range relations(&pybridge.Constraints{}) {
		if r.name == name {
			return checkFault(r.kind, r.msg+text, r.name, text)
		}
	}
	return &notAccepted
}
