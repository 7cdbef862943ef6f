package bind

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// choiceNode takes one of a few values: a literal or the members of an enum.
type choiceNode struct {
	conv    convert
	choices []choice
	fault   *fault
}

// choice is one JSON scalar.
type choice struct {
	kind jsonwire.Kind
	str  string
	bool bool
	// isInt tells whether num or float holds a number.
	isInt bool
	num   integer
	float float64
}

// newChoice compiles the values.
func newChoice(conv convert, values []json.RawMessage) (*choiceNode, error) {
	n := &choiceNode{conv: conv}
	names := make([]string, len(values))
	for i, raw := range values {
		c, err := parseChoice(string(raw))
		if err != nil {
			return nil, err
		}
		n.choices = append(n.choices, c)
		names[i] = c.repr()
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("an enum or a literal without values")
	}
	expected := alternatives(names)
	n.fault = checkFault("enum", "Input should be "+expected, "expected", string(jsonwire.AppendQuote(nil, expected)))
	return n, nil
}

func parseChoice(raw string) (choice, error) {
	var s jsonwire.Scanner
	s.Reset(raw)
	c := choice{kind: s.Peek()}
	switch c.kind {
	case jsonwire.String:
		v, _ := s.String()
		c.str = strings.Clone(v)
	case jsonwire.Bool:
		c.bool = s.Bool()
	case jsonwire.Null:
		s.Null()
	case jsonwire.Number:
		num, _ := s.Number()
		c.setNumber(num)
	default:
		return c, fmt.Errorf("value %s of an enum or a literal is no string, number, boolean or null", raw)
	}
	if !s.End() {
		return c, fmt.Errorf("value %s of an enum or a literal: %w", raw, s.Err())
	}
	return c, nil
}

func (c *choice) setNumber(n jsonwire.Num) {
	c.kind, c.isInt = jsonwire.Number, n.Int
	if n.Int {
		c.num, _ = wholeNumber(n)
	}
	c.float = n.Float64()
}

// repr is the value as Python shows it.
func (c choice) repr() string {
	switch {
	case c.kind == jsonwire.String:
		return pythonQuote(c.str)
	case c.kind == jsonwire.Null:
		return "None"
	case c.kind == jsonwire.Bool && c.bool:
		return "True"
	case c.kind == jsonwire.Bool:
		return "False"
	case c.isInt:
		return c.num.text()
	}
	return strconv.FormatFloat(c.float, 'g', -1, 64)
}

// pythonQuote prefers single quotes, as repr does.
func pythonQuote(v string) string {
	quote := "'"
	if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
		quote = `"`
	}
	v = strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(v)
	return quote + v + quote
}

// equals compares as Python does, but True isn't 1.
func (c *choice) equals(o *choice) bool {
	switch {
	case c.kind != o.kind:
		return false
	case c.kind == jsonwire.String:
		return c.str == o.str
	case c.kind == jsonwire.Bool:
		return c.bool == o.bool
	case c.kind == jsonwire.Null:
		return true
	case c.isInt && o.isInt:
		return c.num == o.num
	}
	return c.float == o.float
}

func (c *choice) write(s *state) {
	switch {
	case c.kind == jsonwire.String:
		s.w.Str(c.str)
	case c.kind == jsonwire.Bool:
		s.w.Bool(c.bool)
	case c.kind == jsonwire.Null:
		s.w.Null()
	case c.isInt:
		c.num.write(s)
	default:
		s.w.Float(c.float)
	}
}

func (n *choiceNode) text(s *state, v string) {
	for i := range n.choices {
		if c := &n.choices[i]; c.kind == jsonwire.String && c.str == v {
			n.write(s, c)
			return
		}
	}
	for i := range n.choices {
		if c := &n.choices[i]; c.spells(v) {
			n.write(s, c)
			return
		}
	}
	s.reportText(n.fault, v)
}

// spells tells whether a text stands for a value that is no string.
func (c *choice) spells(v string) bool {
	switch {
	case c.kind == jsonwire.Bool:
		b, ok := parseBool(v)
		return ok && b == c.bool
	case c.kind != jsonwire.Number:
		return false
	case c.isInt:
		i, f := parseInt(v)
		return f == nil && i == c.num
	}
	f, bad := parseFloat(v)
	return bad == nil && f == c.float
}

func (n *choiceNode) write(s *state, c *choice) {
	n.conv.start(s)
	c.write(s)
}

func (n *choiceNode) json(s *state) {
	from := s.begin()
	var given choice
	switch given.kind = s.scan.Peek(); given.kind {
	case jsonwire.String:
		given.str, _ = s.scan.String()
	case jsonwire.Bool:
		given.bool = s.scan.Bool()
	case jsonwire.Null:
		s.scan.Null()
	case jsonwire.Number:
		num, _ := s.scan.Number()
		given.setNumber(num)
	default:
		s.scan.Skip()
	}
	for i := range n.choices {
		if n.choices[i].equals(&given) {
			n.write(s, &n.choices[i])
			return
		}
	}
	s.reportJSON(n.fault, from)
}
