package bind

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

type boolNode struct{ conv convert }

func (n boolNode) text(s *state, v string) {
	b, ok := parseBool(v)
	if !ok {
		s.reportText(&boolParsing, v)
		return
	}
	n.conv.start(s)
	s.w.Bool(b)
}

func (n boolNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Bool {
		s.refuse(&boolParsing)
		return
	}
	n.conv.start(s)
	s.w.Bool(s.scan.Bool())
}

// parseBool knows pydantic's words.
func parseBool(v string) (value, ok bool) {
	if len(v) == 0 || len(v) > 5 {
		return false, false
	}
	for _, word := range [...]string{"true", "1", "yes", "on", "t", "y"} {
		if strings.EqualFold(v, word) {
			return true, true
		}
	}
	for _, word := range [...]string{"false", "0", "no", "off", "f", "n"} {
		if strings.EqualFold(v, word) {
			return false, true
		}
	}
	return false, false
}
