package bind

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// integer is an int of any size.
type integer struct {
	small int64
	// digits is set instead of small for what fits no int64: an optional "-"
	// and no leading zeros.
	digits string
}

func (i integer) text() string {
	if i.digits != "" {
		return i.digits
	}
	return strconv.FormatInt(i.small, 10)
}

func (i integer) write(s *state) {
	if i.digits != "" {
		s.w.BigInt(i.digits)
		return
	}
	s.w.Int(i.small)
}

type intNode struct {
	conv   convert
	bounds bounds
	// within refuses what the Go type has no room for; nil: all have.
	within func(integer) bool
}

func (n *intNode) text(s *state, v string) {
	i, f := parseInt(v)
	if f == nil {
		f = n.check(i)
	}
	if f != nil {
		s.reportText(f, v)
		return
	}
	n.conv.start(s)
	i.write(s)
}

func (n *intNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Number {
		s.refuse(&intParsing)
		return
	}
	from := s.scan.Pos()
	num, _ := s.scan.Number()
	i, ok := wholeNumber(num)
	if !ok {
		s.reportJSON(&intParsing, from)
		return
	}
	if f := n.check(i); f != nil {
		s.reportJSON(f, from)
		return
	}
	n.conv.start(s)
	i.write(s)
}

func (n *intNode) check(i integer) *fault {
	if n.within != nil && !n.within(i) {
		return &intSize
	}
	return n.bounds.integer(i)
}

// wholeNumber is the int that a JSON number stands for: 1.0 is one, 1.5 isn't.
func wholeNumber(num jsonwire.Num) (integer, bool) {
	if v, ok := num.Int64(); ok {
		return integer{small: v}, true
	}
	if num.Int {
		return integer{digits: num.Text}, true
	}
	f := num.Float64()
	if math.IsInf(f, 0) || f != math.Trunc(f) {
		return integer{}, false
	}
	if math.Abs(f) < 1<<63 {
		return integer{small: int64(f)}, true
	}
	i, _ := big.NewFloat(f).Int(nil)
	return normalInt(i.String()), true
}

// parseInt reads a text as pydantic does: space around it, a sign, leading
// zeros, single underscores between digits and a fraction of zeros are fine.
func parseInt(v string) (integer, *fault) {
	if len(v) <= 18 && plainDigits(v) {
		n := int64(0)
		for i := range len(v) {
			n = n*10 + int64(v[i]-'0')
		}
		return integer{small: n}, nil
	}
	return parseLongInt(v)
}

func parseLongInt(v string) (integer, *fault) {
	v = strings.TrimSpace(v)
	sign := ""
	if v != "" && (v[0] == '-' || v[0] == '+') {
		sign, v = strings.TrimPrefix(v[:1], "+"), v[1:]
	}
	if whole, fraction, ok := strings.Cut(v, "."); ok {
		if fraction == "" || strings.Trim(fraction, "0") != "" {
			return integer{}, &intParsing
		}
		v = whole
	}
	v, ok := joinDigits(v)
	if !ok || !plainDigits(v) {
		return integer{}, &intParsing
	}
	if v = strings.TrimLeft(v, "0"); v == "" {
		v = "0"
	}
	if len(v) > jsonwire.MaxDigits {
		return integer{}, &intSize
	}
	return normalInt(sign + v), nil
}

// normalInt takes digits without leading zeros and an optional "-".
func normalInt(digits string) integer {
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return integer{small: n}
	}
	return integer{digits: digits}
}

// joinDigits takes single underscores out from between digits.
func joinDigits(v string) (string, bool) {
	if !strings.Contains(v, "_") {
		return v, true
	}
	if v[0] == '_' || v[len(v)-1] == '_' || strings.Contains(v, "__") {
		return v, false
	}
	return strings.ReplaceAll(v, "_", ""), true
}

func plainDigits(v string) bool {
	for i := range len(v) {
		if v[i]-'0' > 9 {
			return false
		}
	}
	return v != ""
}
