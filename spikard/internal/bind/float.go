package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

type floatNode struct {
	conv   convert
	bounds bounds
	// bits is 32 for Go's float32: what it has no room for is refused.
	bits int
}

func (n *floatNode) text(s *state, v string) {
	f, bad := parseFloat(v)
	if bad == nil {
		bad = n.check(f)
	}
	if bad != nil {
		s.reportText(bad, v)
		return
	}
	n.conv.start(s)
	s.w.Float(f)
}

func (n *floatNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Number {
		s.refuse(&floatParsing)
		return
	}
	from := s.scan.Pos()
	num, _ := s.scan.Number()
	f := num.Float64()
	if bad := n.check(f); bad != nil {
		s.reportJSON(bad, from)
		return
	}
	n.conv.start(s)
	s.w.Float(f)
}

func (n *floatNode) check(f float64) *fault {
	if math.IsInf(f, 0) || math.IsNaN(f) || (n.bits == 32 && math.Abs(f) > math.MaxFloat32) {
		return &finiteNumber
	}
	return n.bounds.float(f)
}

// parseFloat reads a text as pydantic does, but neither NaN nor an infinity:
// no answer could hold them.
func parseFloat(v string) (float64, *fault) {
	v, ok := joinDigits(strings.TrimSpace(v))
	if !ok {
		return 0, &floatParsing
	}
	f, err := strconv.ParseFloat(v, 64)
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return 0, &finiteNumber
	case err != nil || strings.ContainsAny(v, "xX_"):
		return 0, &floatParsing
	}
	return f, nil
}
