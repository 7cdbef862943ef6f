package bind

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// bounds are the constraints of a number, in pydantic's order: the first that
// doesn't hold is reported.
type bounds []bound

type bound struct {
	holds func(order int) bool // nil: multiple of
	exact decimal
	float float64
	// small is the bound where it is an int64.
	small   int64
	isSmall bool
	fault   *fault
}

// relation describes one constraint.
type relation struct {
	name, kind, msg string
	value           *json.Number
	holds           func(order int) bool
}

func relations(c *pybridge.Constraints) []relation {
	return []relation{
		{"multiple_of", "multiple_of", "Input should be a multiple of ", c.MultipleOf, nil},
		{"le", "less_than_equal", "Input should be less than or equal to ", c.Le, func(o int) bool { return o <= 0 }},
		{"lt", "less_than", "Input should be less than ", c.Lt, func(o int) bool { return o < 0 }},
		{"ge", "greater_than_equal", "Input should be greater than or equal to ", c.Ge, func(o int) bool { return o >= 0 }},
		{"gt", "greater_than", "Input should be greater than ", c.Gt, func(o int) bool { return o > 0 }},
	}
}

// compileBounds reads the numeric constraints.
func compileBounds(c *pybridge.Constraints) (bounds, error) {
	var out bounds
	var faults []error
	for _, r := range relations(c) {
		if r.value == nil {
			continue
		}
		b, err := r.compile()
		faults = append(faults, err)
		out = append(out, b)
	}
	return out, errors.Join(faults...)
}

func (r relation) compile() (bound, error) {
	text := string(*r.value)
	exact, ok := parseDecimal(text)
	if !ok {
		return bound{}, fmt.Errorf("constraint %s: %q is not a number", r.name, text)
	}
	if r.holds == nil && exact.sign() == 0 {
		return bound{}, fmt.Errorf("constraint %s must not be zero", r.name)
	}
	b := bound{holds: r.holds, exact: exact, fault: checkFault(r.kind, r.msg+text, r.name, text)}
	b.float, _ = strconv.ParseFloat(text, 64)
	small, err := strconv.ParseInt(text, 10, 64)
	b.small, b.isSmall = small, err == nil
	return b, nil
}

func (bs bounds) integer(v integer) *fault {
	for i := range bs {
		if !bs[i].integer(v) {
			return bs[i].fault
		}
	}
	return nil
}

func (b *bound) integer(v integer) bool {
	if !b.isSmall || v.digits != "" {
		exact, _ := parseDecimal(v.text())
		return b.decimal(exact)
	}
	if b.holds == nil {
		return v.small%b.small == 0
	}
	return b.holds(order(v.small, b.small))
}

func (bs bounds) float(v float64) *fault {
	for i := range bs {
		b := &bs[i]
		if b.holds == nil && !floatMultiple(v, b.float) {
			return b.fault
		}
		if b.holds != nil && !b.holds(order(v, b.float)) {
			return b.fault
		}
	}
	return nil
}

// floatMultiple allows for rounding as pydantic does: 0.3 is a multiple of 0.1.
func floatMultiple(v, m float64) bool {
	rest := math.Abs(math.Mod(v, m))
	slack := math.Abs(v) / 1e9
	return rest <= slack || math.Abs(rest-math.Abs(m)) <= slack
}

func (bs bounds) decimal(v decimal) *fault {
	for i := range bs {
		if !bs[i].decimal(v) {
			return bs[i].fault
		}
	}
	return nil
}

func (b *bound) decimal(v decimal) bool {
	if b.holds == nil {
		return v.multipleOf(b.exact)
	}
	return b.holds(v.compare(b.exact))
}

func order[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// number compares a JSON number exactly; f is its value where it is no integer.
// Rounding keeps the order of two numbers unless it makes them equal, so mostly
// the floats tell.
func (b *bound) number(n jsonwire.Num, f float64) bool {
	if v, ok := n.Int64(); ok {
		return b.integer(integer{small: v})
	}
	if !n.Int && b.holds != nil && f != b.float {
		return b.holds(order(f, b.float))
	}
	exact, ok := parseDecimal(n.Text)
	return ok && b.decimal(exact)
}

// span64 are the integers from first to last; the zero value is no span.
type span64 struct {
	first, last int64
	some        bool
}

func (r *span64) has(v int64) bool { return r.some && r.first <= v && v <= r.last }

// safe gives integers that need not be held against each bound; there may be
// more.
func (bs bounds) safe() span64 {
	r := span64{first: math.MinInt64, last: math.MaxInt64, some: true}
	for i := range bs {
		b := &bs[i]
		if b.holds == nil || !b.isSmall || b.small == math.MinInt64 || b.small == math.MaxInt64 {
			return span64{}
		}
		var beside int64 // 1 where the bound itself is outside
		if !b.holds(0) {
			beside = 1
		}
		if b.holds(1) {
			r.first = max(r.first, b.small+beside)
		} else {
			r.last = min(r.last, b.small-beside)
		}
	}
	return r
}
