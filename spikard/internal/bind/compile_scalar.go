package bind

import (
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// text compiles a type for the text of a parameter.
func (c *compiler) text(t *pybridge.Type) textBinder {
	if n := c.scalar(t); n != nil {
		return n
	}
	if t.Kind == pybridge.TypeUnion {
		return c.textUnion(t)
	}
	c.fault("a %s can't be read from a text; take it from the body", t.Kind)
	return noneNode{}
}

// scalar compiles what is one value both as a text and in JSON; nil: it is
// something else.
func (c *compiler) scalar(t *pybridge.Type) scalar {
	conv := convert(t.Converter)
	switch t.Kind {
	case pybridge.TypeAny:
		return anyNode{conv}
	case pybridge.TypeNone:
		return noneNode{conv}
	case pybridge.TypeBool:
		return boolNode{conv}
	case pybridge.TypeInt:
		return &intNode{conv: conv, bounds: c.bounds(t)}
	case pybridge.TypeFloat:
		return &floatNode{conv: conv, bounds: c.bounds(t)}
	case pybridge.TypeBytes:
		c.applies(t, lengthsOnly)
		return &bytesNode{conv: conv, lengths: itemLengths("Data", t.MinLength, t.MaxLength)}
	case pybridge.TypeLiteral, pybridge.TypeEnum:
		return c.choice(conv, t)
	}
	if n := c.format(t); n != nil {
		n.conv = conv
		return n
	}
	return nil
}

// format compiles what is a string in JSON.
func (c *compiler) format(t *pybridge.Type) *formatNode {
	switch t.Kind {
	case pybridge.TypeStr:
		return &formatNode{format: c.str(t)}
	case pybridge.TypeDecimal:
		f := decimalFormat{bounds: c.bounds(t)}
		return &formatNode{format: f, number: f.number}
	case pybridge.TypeDuration:
		c.applies(t, noConstraint)
		return c.duration()
	}
	f := fixedFormat(t.Kind)
	if f == nil {
		return nil
	}
	c.applies(t, noConstraint)
	n := &formatNode{format: f}
	if t.Kind == pybridge.TypeUUID {
		n.inBody = &uuidParsing
	}
	return n
}

func fixedFormat(k pybridge.TypeKind) format {
	switch k {
	case pybridge.TypeUUID:
		return uuidFormat{}
	case pybridge.TypeDateTime:
		return dateTimeFormat{digits: 6}
	case pybridge.TypeDate:
		return dateFormat{}
	case pybridge.TypeTime:
		return timeFormat{}
	}
	return nil
}

func (c *compiler) duration() *formatNode {
	f := durationFormat{}
	if c.fromGo {
		return &formatNode{format: f, number: f.nanoseconds}
	}
	return &formatNode{format: f, number: f.seconds}
}

func (c *compiler) choice(conv convert, t *pybridge.Type) scalar {
	c.applies(t, noConstraint)
	n, err := newChoice(conv, t.Values)
	if err != nil {
		c.fault("%w", err)
		return noneNode{}
	}
	return n
}

func (c *compiler) bounds(t *pybridge.Type) bounds {
	c.applies(t, numeric)
	b, err := compileBounds(&t.Constraints)
	if err != nil {
		c.fault("%w", err)
	}
	return b
}

func (c *compiler) str(t *pybridge.Type) *strFormat {
	c.applies(t, textual)
	f := &strFormat{lengths: stringLengths(t.MinLength, t.MaxLength)}
	if t.Pattern == nil {
		return f
	}
	p, err := pattern.Compile(*t.Pattern)
	if err != nil {
		c.fault("%w", err)
		return f
	}
	f.pattern, f.mismatch = p, patternFault(*t.Pattern)
	return f
}

// constraintSet is the set of constraints that a type can have.
type constraintSet uint8

const (
	noConstraint constraintSet = 0
	numeric      constraintSet = 1 << iota
	lengthsOnly
	patterned
	textual = lengthsOnly | patterned
)

// constraintsOf is the set that a kind can have.
func constraintsOf(k pybridge.TypeKind) constraintSet {
	switch k {
	case pybridge.TypeInt, pybridge.TypeFloat, pybridge.TypeDecimal:
		return numeric
	case pybridge.TypeStr:
		return textual
	case pybridge.TypeBytes, pybridge.TypeDict:
		return lengthsOnly
	}
	if isList(k) {
		return lengthsOnly
	}
	return noConstraint
}

// applies records a fault for each constraint outside of a set: none is ever
// ignored.
func (c *compiler) applies(t *pybridge.Type, set constraintSet) {
	check := func(name string, given bool, kind constraintSet) {
		if given && set&kind == 0 {
			c.fault("constraint %s does not apply to %s", name, t.Kind)
		}
	}
	for _, r := range relations(&t.Constraints) {
		check(r.name, r.value != nil, numeric)
	}
	check("min_length", t.MinLength != nil, lengthsOnly)
	check("max_length", t.MaxLength != nil, lengthsOnly)
	check(fmt.Sprintf("pattern %q", deref(t.Pattern)), t.Pattern != nil, patterned)
}

func deref(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}
