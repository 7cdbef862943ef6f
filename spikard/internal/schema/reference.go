package schema

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// pointerTo is the pointer of a member or an item.
func pointerTo(base, name string) string {
	return base + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// resolve finds what the references mean. What is found may refer to more.
func (c *compiler) resolve() {
	for len(c.pending) > 0 {
		r := c.pending[0]
		c.pending = c.pending[1:]
		if r.from.Ref = c.target(r); r.from.Ref == nil && len(c.foreign) == 0 {
			c.fault(pointerTo(r.from.Pointer, "$ref"), "%q leads to nothing in this schema", r.text)
		}
	}
}

// target is the schema that a reference means, or nil.
func (c *compiler) target(r reference) *Schema {
	base, fragment, _ := strings.Cut(r.text, "#")
	if base != "" && base != c.id {
		c.outside(r)
		return nil
	}
	fragment, err := url.PathUnescape(fragment)
	switch {
	case err != nil:
		return nil
	case fragment == "":
		return c.known["#"]
	case fragment[0] == '/':
		return c.at(fragment)
	}
	return c.anchors[fragment]
}

// outside is for references to other documents. Only those that a validator
// brings along, and those within this text under another name, can be found.
func (c *compiler) outside(r reference) {
	if strings.Contains(r.text, "://json-schema.org/") || len(c.foreign) > 0 {
		c.foreign = append(c.foreign, "$ref")
		return
	}
	c.fault(pointerTo(r.from.Pointer, "$ref"),
		"%q is outside of this schema, and nothing is loaded; put what it means under $defs", r.text)
}

// at compiles the schema at a JSON pointer into the document.
func (c *compiler) at(pointer string) *Schema {
	raw := c.root
	canonical := "#"
	for _, step := range strings.Split(pointer[1:], "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		if raw = inside(raw, step); raw == nil {
			return nil
		}
		canonical = pointerTo(canonical, step)
	}
	return c.schema(raw, canonical)
}

func inside(raw json.RawMessage, step string) json.RawMessage {
	if list, err := membersOf(raw); err == nil {
		for _, m := range list {
			if m.name == step {
				return m.raw
			}
		}
		return nil
	}
	items, err := itemsOf(raw)
	i, bad := strconv.ParseUint(step, 10, 31)
	if err != nil || bad != nil || int(i) >= len(items) {
		return nil
	}
	return items[i]
}
