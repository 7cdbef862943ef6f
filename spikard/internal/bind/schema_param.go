package bind

import (
	"encoding/json"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// paramSchema checks the text or the texts of a parameter, once its type has
// found no fault in them, by the value that the schema wants them to be.
type paramSchema struct {
	check  *schemaBinder
	target *target
}

// paramSchema compiles the schema of a parameter; nil: it has none.
func (c *compiler) paramSchema(raw json.RawMessage) *paramSchema {
	if len(raw) == 0 {
		return nil
	}
	b := c.schemaBinder(raw)
	if b == nil {
		return nil
	}
	return &paramSchema{check: b, target: make(schemaTargets).of(b.root)}
}

// checkedText is a parameter with one text.
type checkedText struct {
	inner  textBinder
	schema *paramSchema
}

func (n *checkedText) text(s *state, v string) {
	before := s.fails
	if n.inner.text(s, v); s.fails != before {
		return
	}
	s.made = n.schema.target.appendText(s.made[:0], v)
	n.schema.run(s, []string{v}, false)
}

// checkedText has a parameter's text checked where it has a schema.
func (c *compiler) checkedText(n textBinder, raw json.RawMessage) textBinder {
	if p := c.paramSchema(raw); p != nil {
		return &checkedText{n, p}
	}
	return n
}

// texts checks a parameter with several texts.
func (p *paramSchema) texts(s *state, list []string) {
	s.made = append(s.made[:0], '[')
	for i, v := range list {
		if i > 0 {
			s.made = append(s.made, ',')
		}
		s.made = p.target.element(i).appendText(s.made, v)
	}
	s.made = append(s.made, ']')
	p.run(s, list, true)
}

// run checks the JSON text that was made. The inputs of its faults are the
// texts that the client sent.
func (p *paramSchema) run(s *state, list []string, many bool) {
	start, depth := len(s.entries), len(s.path)
	s.open(jsonwire.View(s.made))
	p.check.check(s)
	for i := range s.entries[start:] {
		e := &s.entries[start+i]
		e.rank = rankCheck
		e.Input = textInput(list, many, e.Loc[depth:])
	}
}

// textInput is the text that a fault at a path within the parameter is about.
func textInput(list []string, many bool, path []string) []byte {
	if !many {
		return jsonwire.AppendQuote(nil, list[0])
	}
	if len(path) > 0 {
		if i := digitsOf(path[0]); i >= 0 && i < len(list) {
			return jsonwire.AppendQuote(nil, list[i])
		}
	}
	return quoteAll(list)
}
