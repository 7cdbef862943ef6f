package bind

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// defaultsNode writes a value that was checked, with the defaults of the
// properties it lacks. Those count that a schema gives by itself, by $ref and by
// allOf: what lies under the other applicators depends on the value.
type defaultsNode struct {
	props    []defaultProperty
	patterns []defaultPattern
	// rest is for the other members, items for the items behind the prefix. A
	// nil node writes what is there.
	rest   *defaultsNode
	prefix []*defaultsNode
	items  *defaultsNode
}

type defaultProperty struct {
	name string
	node *defaultsNode
	raw  json.RawMessage
	// value is the default's wire form; nil: there is none.
	value []byte
}

type defaultPattern struct {
	pattern *pattern.Pattern
	node    *defaultsNode
}

func (n *defaultsNode) write(s *state) {
	if n == nil {
		s.scan.Any(s.w)
		return
	}
	switch s.scan.Peek() {
	case jsonwire.Object:
		n.object(s)
	case jsonwire.Array:
		n.array(s)
	default:
		s.scan.Any(s.w)
	}
}

func (n *defaultsNode) array(s *state) {
	at, count := s.w.Len(), 0
	s.w.List(0)
	for s.scan.Open(); s.scan.Elem(); count++ {
		if count < len(n.prefix) {
			n.prefix[count].write(s)
		} else {
			n.items.write(s)
		}
	}
	s.w.SetCount(at, count)
}

func (n *defaultsNode) object(s *state) {
	at, count, base := s.w.Len(), 0, len(s.spans)
	for range n.props {
		s.spans = append(s.spans, span{})
	}
	s.w.Dict(0)
	s.scan.Open()
	for name, ok := s.scan.Key(); ok; name, ok = s.scan.Key() {
		s.w.Str(name)
		value := n.find(s, name, base)
		value.write(s)
		count++
	}
	for i := range n.props {
		if p := &n.props[i]; p.value != nil && !s.spans[base+i].given {
			s.w.Str(p.name)
			s.w.Encoded(p.value)
			count++
		}
	}
	s.spans = s.spans[:base]
	s.w.SetCount(at, count)
}

// find gives the node of a member and remembers that it is given.
func (n *defaultsNode) find(s *state, name string, base int) *defaultsNode {
	for i := range n.props {
		if n.props[i].name == name {
			s.spans[base+i].given = true
			return n.props[i].node
		}
	}
	for _, p := range n.patterns {
		if p.pattern.Match(name) {
			return p.node
		}
	}
	return n.rest
}

// compileDefaults gives nil where a schema has no default that counts.
func compileDefaults(root *schema.Schema) *defaultsNode {
	c := defaultsCompiler{nodes: make(map[string]*defaultsNode)}
	n := c.node([]*schema.Schema{root})
	c.prune()
	c.fill()
	if !c.live[n] {
		return nil
	}
	return n
}

// maxDefaultNodes bounds what is compiled: schemas that refer to each other can
// be merged in more ways than anyone means. Past it no default is found.
const maxDefaultNodes = 10_000

type defaultsCompiler struct {
	nodes map[string]*defaultsNode // by the pointers of the schemas
	order []*defaultsNode
	live  map[*defaultsNode]bool
}

// unconditional adds the schemas that hold for a value whenever the listed do.
func unconditional(list []*schema.Schema) []*schema.Schema {
	list = slices.Clone(list)
	for i := 0; i < len(list); i++ {
		for _, more := range append([]*schema.Schema{list[i].Ref}, list[i].AllOf...) {
			if more != nil && !slices.Contains(list, more) {
				list = append(list, more)
			}
		}
	}
	return list
}

// node compiles what several schemas say of one value.
func (c *defaultsCompiler) node(list []*schema.Schema) *defaultsNode {
	list = unconditional(list)
	pointers := make([]string, len(list))
	for i, s := range list {
		pointers[i] = s.Pointer
	}
	key := strings.Join(pointers, "\n")
	if n := c.nodes[key]; n != nil {
		return n
	}
	n := &defaultsNode{}
	c.nodes[key] = n
	c.order = append(c.order, n)
	if len(c.order) > maxDefaultNodes {
		return n
	}
	c.members(n, list)
	c.arrayItems(n, list)
	return n
}

func (c *defaultsCompiler) members(n *defaultsNode, list []*schema.Schema) {
	var names []string
	values := make(map[string][]*schema.Schema)
	var rest []*schema.Schema
	for _, s := range list {
		for _, p := range s.Properties {
			if values[p.Name] == nil {
				names = append(names, p.Name)
			}
			values[p.Name] = append(values[p.Name], p.Schema)
		}
		for _, p := range s.Patterns {
			n.patterns = append(n.patterns, defaultPattern{p.Pattern, c.node([]*schema.Schema{p.Schema})})
		}
		if s.Additional != nil {
			rest = append(rest, s.Additional)
		}
	}
	for _, name := range names {
		p := defaultProperty{name: name, node: c.node(values[name])}
		for _, s := range unconditional(values[name]) {
			if p.raw == nil {
				p.raw = s.Default
			}
		}
		n.props = append(n.props, p)
	}
	if rest != nil {
		n.rest = c.node(rest)
	}
}

func (c *defaultsCompiler) arrayItems(n *defaultsNode, list []*schema.Schema) {
	var items []*schema.Schema
	for _, s := range list {
		if s.Items != nil {
			items = append(items, s.Items)
		}
		if len(n.prefix) == 0 {
			for _, sub := range s.Prefix {
				n.prefix = append(n.prefix, c.node([]*schema.Schema{sub}))
			}
		}
	}
	if items != nil {
		n.items = c.node(items)
	}
}

// children gives the places of the nodes below n.
func (n *defaultsNode) children() []**defaultsNode {
	out := []**defaultsNode{&n.rest, &n.items}
	for i := range n.props {
		out = append(out, &n.props[i].node)
	}
	for i := range n.patterns {
		out = append(out, &n.patterns[i].node)
	}
	for i := range n.prefix {
		out = append(out, &n.prefix[i])
	}
	return out
}

// prune leaves out the nodes that no default lies under.
func (c *defaultsCompiler) prune() {
	c.live = make(map[*defaultsNode]bool)
	for grown := true; grown; {
		grown = false
		for _, n := range c.order {
			if !c.live[n] && c.lives(n) {
				c.live[n], grown = true, true
			}
		}
	}
	for _, n := range c.order {
		for _, child := range n.children() {
			if !c.live[*child] {
				*child = nil
			}
		}
	}
}

func (c *defaultsCompiler) lives(n *defaultsNode) bool {
	for i := range n.props {
		if n.props[i].raw != nil {
			return true
		}
	}
	return slices.ContainsFunc(n.children(), func(child **defaultsNode) bool { return c.live[*child] })
}

// fill makes the defaults' wire forms and texts. What lies deeper comes first, so that a
// default can lack properties with defaults.
func (c *defaultsCompiler) fill() {
	s := acquire(new(wire.Writer))
	defer s.release()
	for _, n := range slices.Backward(c.order) {
		for i := range n.props {
			p := &n.props[i]
			if p.raw == nil {
				continue
			}
			s.w.Reset()
			s.open(string(p.raw))
			p.node.write(s)
			s.open(string(p.raw))
			p.raw = p.node.text(s, nil)
			p.value = slices.Clone(s.w.Bytes())
		}
	}
}
