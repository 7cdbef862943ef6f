package bind

import "github.com/spikard/spikard-go/pybridge"

// classOf compiles a class once, however often it is referred to.
func (c *compiler) classOf(ref string) jsonBinder {
	if n, ok := c.classes[ref]; ok {
		return n
	}
	class, ok := c.manifest.Types[ref]
	if !ok {
		c.fault("class %s is not described", ref)
		return noneNode{}
	}
	if c.classes == nil {
		c.classes = make(map[string]jsonBinder)
	}
	switch class.Kind {
	case pybridge.ClassDataclass, pybridge.ClassNamedTuple, pybridge.ClassStruct, pybridge.ClassAttrs:
		n := &classNode{class: class.Index, tuple: class.Kind == pybridge.ClassNamedTuple, closed: class.Closed}
		c.classes[ref] = n
		c.fields(n, &class)
		return n
	case pybridge.ClassTypedDict:
		n := &typedDictNode{classNode{closed: class.Closed}}
		c.classes[ref] = n
		c.fields(&n.classNode, &class)
		return n
	}
	c.fault("class %s (%s) can't be made from a request: it is no dataclass, TypedDict or NamedTuple; "+
		"register a provider for it, or describe its fields as one of those", class.Name, class.Source)
	return noneNode{}
}

func (c *compiler) fields(n *classNode, class *pybridge.Class) {
	n.fields = make([]field, len(class.Fields))
	for i, f := range class.Fields {
		c.within("field "+f.Name+" of "+class.Name, func() {
			n.fields[i] = field{name: f.Name, required: f.Required, value: c.json(f.Type)}
		})
	}
	n.index()
	count := len(n.fields)
	n.long = itemLengths("Tuple", nil, &count).long
}
