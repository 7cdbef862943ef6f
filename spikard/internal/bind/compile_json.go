package bind

import (
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// json compiles a type for a JSON value.
func (c *compiler) json(t *pybridge.Type) jsonBinder {
	if t == nil {
		return anyNode{}
	}
	if n := c.scalar(t); n != nil {
		return n
	}
	switch t.Kind {
	case pybridge.TypeList, pybridge.TypeSet, pybridge.TypeFrozen, pybridge.TypeVarTuple:
		return c.list(t)
	case pybridge.TypeTuple:
		return c.tuple(t)
	case pybridge.TypeDict:
		return c.dict(t)
	case pybridge.TypeUnion:
		return c.converted(t, c.union(t))
	case pybridge.TypeClass:
		c.applies(t, noConstraint)
		return c.converted(t, c.classOf(t.Ref))
	case pybridge.TypeUpload:
		c.applies(t, noConstraint)
		return &uploadNode{conv: convert(t.Converter)}
	case pybridge.TypeJSON:
		return c.decoder(t)
	}
	c.fault("values of kind %q can't be bound", t.Kind)
	return noneNode{}
}

// convertedNode has a value converted that another binder writes.
type convertedNode struct {
	conv  convert
	inner jsonBinder
}

func (n *convertedNode) json(s *state) {
	n.conv.start(s)
	n.inner.json(s)
}

func (c *compiler) converted(t *pybridge.Type, n jsonBinder) jsonBinder {
	if t.Converter == 0 {
		return n
	}
	return &convertedNode{conv: convert(t.Converter), inner: n}
}

func (c *compiler) list(t *pybridge.Type) jsonBinder {
	n := c.listShape(t)
	c.within("items", func() { n.item = c.json(item(t, 0)) })
	return &n
}

// listShape compiles all of a list but its items.
func (c *compiler) listShape(t *pybridge.Type) listNode {
	c.applies(t, constraintsOf(t.Kind))
	n := listNode{conv: convert(t.Converter), wrong: &listType}
	what := "List"
	switch t.Kind {
	case pybridge.TypeSet, pybridge.TypeFrozen:
		what, n.wrong = "Set", &setType
		n.unique = t.MinLength != nil || t.MaxLength != nil
	case pybridge.TypeVarTuple, pybridge.TypeTuple:
		what, n.wrong, n.tuple = "Tuple", &tupleType, true
	}
	n.lengths = itemLengths(what, t.MinLength, t.MaxLength)
	return n
}

func (c *compiler) tuple(t *pybridge.Type) jsonBinder {
	c.applies(t, noConstraint)
	items := make([]jsonBinder, len(t.Items))
	for i := range t.Items {
		c.within(fmt.Sprintf("item %d", i), func() { items[i] = c.json(t.Items[i]) })
	}
	return newTuple(convert(t.Converter), items)
}

func (c *compiler) dict(t *pybridge.Type) jsonBinder {
	c.applies(t, lengthsOnly)
	n := &dictNode{
		conv:    convert(t.Converter),
		lengths: itemLengths("Dictionary", t.MinLength, t.MaxLength),
	}
	c.within("keys", func() { c.keys(n, item(t, 0)) })
	c.within("values", func() { n.value = c.json(item(t, 1)) })
	return n
}

// keys compiles a dict's keys. A wire dict's are strings: others go as pairs to
// the converter, which has to be there for them.
func (c *compiler) keys(n *dictNode, t *pybridge.Type) {
	if t.Kind == pybridge.TypeAny {
		return
	}
	n.key = c.text(t)
	if n.pairs = !writesStrings(t); n.pairs && n.conv == 0 {
		c.fault("a dict with keys of kind %s can't be bound; use str", t.Kind)
	}
}

// writesStrings tells whether a type's wire form is a plain string.
func writesStrings(t *pybridge.Type) bool {
	if t.Converter != 0 {
		return false
	}
	if t.Kind != pybridge.TypeLiteral && t.Kind != pybridge.TypeEnum {
		return t.Kind == pybridge.TypeStr
	}
	for _, v := range t.Values {
		if c, err := parseChoice(string(v)); err != nil || c.kind != jsonwire.String {
			return false
		}
	}
	return true
}
