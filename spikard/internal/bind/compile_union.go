package bind

import (
	"slices"

	"github.com/spikard/spikard-go/pybridge"
)

// flatten gives the members of a union but None, those of unions within it
// too, each with the union's own constraints where they apply to it.
func flatten(t *pybridge.Type) []*pybridge.Type {
	var out []*pybridge.Type
	for _, m := range t.Items {
		switch m.Kind {
		case pybridge.TypeNone:
		case pybridge.TypeUnion:
			if m.Converter == 0 {
				out = append(out, flatten(narrowed(m, t))...)
				continue
			}
			out = append(out, m)
		default:
			out = append(out, narrowed(m, t))
		}
	}
	return out
}

// narrowed gives m with the constraints of the union t that it can have and
// lacks.
func narrowed(m, t *pybridge.Type) *pybridge.Type {
	set := constraintsOf(m.Kind)
	if m.Kind == pybridge.TypeUnion {
		set = numeric | textual
	}
	out := *m
	if set&numeric != 0 {
		out.Gt, out.Ge = either(out.Gt, t.Gt), either(out.Ge, t.Ge)
		out.Lt, out.Le = either(out.Lt, t.Lt), either(out.Le, t.Le)
		out.MultipleOf = either(out.MultipleOf, t.MultipleOf)
	}
	if set&lengthsOnly != 0 {
		out.MinLength, out.MaxLength = either(out.MinLength, t.MinLength), either(out.MaxLength, t.MaxLength)
	}
	if set&patterned != 0 {
		out.Pattern = either(out.Pattern, t.Pattern)
	}
	return &out
}

func either[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func hasNone(t *pybridge.Type) bool {
	return slices.ContainsFunc(t.Items, func(m *pybridge.Type) bool {
		return m.Kind == pybridge.TypeNone || m.Kind == pybridge.TypeUnion && hasNone(m)
	})
}

// unionFault names the members.
func unionFault(members []*pybridge.Type) *fault {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = string(m.Kind)
	}
	f := parseFault("validation_error", "Input should be a valid "+alternatives(slices.Compact(names)))
	return &f
}

func (c *compiler) union(t *pybridge.Type) jsonBinder {
	members := flatten(t)
	n := &unionNode{fault: unionFault(members)}
	binders := make([]jsonBinder, len(members))
	for i, m := range members {
		binders[i] = c.json(m)
	}
	for sh := range shapes {
		for exact := true; ; exact = false {
			for i, m := range members {
				if fits, isExact := accepts(m, sh); fits && isExact == exact {
					n.members[sh] = append(n.members[sh], binders[i])
				}
			}
			if !exact {
				break
			}
		}
	}
	if hasNone(t) {
		n.members[shapeNull] = []jsonBinder{noneNode{}}
	}
	if len(members) == 1 {
		n.only = binders[0]
	}
	return n
}

// accepts tells whether values of a shape can be of a type, and whether the
// type is what Python's json would make of them.
func accepts(t *pybridge.Type, sh shape) (fits, exact bool) {
	switch t.Kind {
	case pybridge.TypeAny:
		return true, false
	case pybridge.TypeJSON:
		return sh != shapeFile, false
	case pybridge.TypeUpload:
		return sh == shapeFile, true
	case pybridge.TypeBytes:
		return sh == shapeString || sh == shapeFile, false
	case pybridge.TypeNone:
		return sh == shapeNull, true
	case pybridge.TypeBool:
		return sh == shapeBool, true
	case pybridge.TypeInt:
		return sh == shapeInt || sh == shapeFloat, sh == shapeInt
	case pybridge.TypeFloat:
		return sh == shapeInt || sh == shapeFloat, sh == shapeFloat
	case pybridge.TypeDecimal, pybridge.TypeDuration:
		return sh == shapeInt || sh == shapeFloat || sh == shapeString, false
	case pybridge.TypeStr:
		return sh == shapeString, true
	case pybridge.TypeLiteral, pybridge.TypeEnum:
		return sh <= shapeString, true
	case pybridge.TypeTuple:
		return sh == shapeArray, true
	case pybridge.TypeDict:
		return sh == shapeObject, false
	case pybridge.TypeClass:
		return sh == shapeObject || sh == shapeArray, sh == shapeObject
	case pybridge.TypeUnion:
		return true, false
	}
	if isList(t.Kind) {
		return sh == shapeArray, t.Kind == pybridge.TypeList
	}
	return sh == shapeString, false
}

// textUnion compiles a union for a text: what takes strings as they are comes
// first, as in pydantic.
func (c *compiler) textUnion(t *pybridge.Type) textBinder {
	members := flatten(t)
	n := &textUnion{fault: unionFault(members)}
	var rest []textBinder
	for _, m := range members {
		b := c.text(m)
		if exactText(m.Kind) {
			n.members = append(n.members, b)
		} else {
			rest = append(rest, b)
		}
	}
	n.members = append(n.members, rest...)
	if len(n.members) == 0 {
		c.fault("no text is None")
	}
	return n
}

func exactText(k pybridge.TypeKind) bool {
	return k == pybridge.TypeStr || k == pybridge.TypeLiteral || k == pybridge.TypeEnum
}
