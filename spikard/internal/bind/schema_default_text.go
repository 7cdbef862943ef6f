package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// text is write for a value that a type is still to be made of: it appends the
// JSON text of the value with its defaults.
func (n *defaultsNode) text(s *state, b []byte) []byte {
	kind := s.scan.Peek()
	switch {
	case n != nil && kind == jsonwire.Object:
		return n.objectText(s, b)
	case n != nil && kind == jsonwire.Array:
		return n.arrayText(s, b)
	}
	from := s.scan.Pos()
	s.scan.Skip()
	return append(b, s.scan.Slice(from, s.scan.Pos())...)
}

func (n *defaultsNode) arrayText(s *state, b []byte) []byte {
	b = append(b, '[')
	s.scan.Open()
	for i := 0; s.scan.Elem(); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		node := n.items
		if i < len(n.prefix) {
			node = n.prefix[i]
		}
		b = node.text(s, b)
	}
	return append(b, ']')
}

func (n *defaultsNode) objectText(s *state, b []byte) []byte {
	base := len(s.spans)
	s.openSpans(len(n.props))
	before := byte('{')
	s.scan.Open()
	for name, ok := s.scan.Key(); ok; name, ok = s.scan.Key() {
		b = append(jsonwire.AppendQuote(append(b, before), name), ':')
		b = n.find(s, name, base).text(s, b)
		before = ','
	}
	for i := range n.props {
		if p := &n.props[i]; p.value != nil && !s.spans[base+i].given {
			b = append(jsonwire.AppendQuote(append(b, before), p.name), ':')
			b = append(b, p.raw...)
			before = ','
		}
	}
	s.spans = s.spans[:base]
	if before == '{' {
		b = append(b, '{')
	}
	return append(b, '}')
}
