package bind

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// TestConstraints tells for each constraint what passes and what is said of
// what doesn't.
func TestConstraints(t *testing.T) {
	t.Parallel()
	num := func(v string) *json.Number { return ptr(json.Number(v)) }
	for name, c := range map[string]struct {
		kind       pybridge.TypeKind
		set        pybridge.Constraints
		good       []string
		bad        []string
		want, ctx  string
		wantedType string
	}{
		"gt": {
			kind: pybridge.TypeInt, set: pybridge.Constraints{Gt: num("3")}, good: []string{"4", "99999999999999999999"},
			bad: []string{"3", "-99999999999999999999"}, wantedType: "greater_than", want: "Input should be greater than 3", ctx: `{"gt":3}`,
		},
		"ge of a fraction": {
			kind: pybridge.TypeInt, set: pybridge.Constraints{Ge: num("2.5")}, good: []string{"3"},
			bad: []string{"2"}, wantedType: "greater_than_equal", want: "Input should be greater than or equal to 2.5", ctx: `{"ge":2.5}`,
		},
		"lt": {
			kind: pybridge.TypeFloat, set: pybridge.Constraints{Lt: num("1.0")}, good: []string{"0.999"},
			bad: []string{"1", "1.5"}, wantedType: "less_than", want: "Input should be less than 1.0", ctx: `{"lt":1.0}`,
		},
		"le": {
			kind: pybridge.TypeFloat, set: pybridge.Constraints{Le: num("1e2")}, good: []string{"100"},
			bad: []string{"100.1"}, wantedType: "less_than_equal", want: "Input should be less than or equal to 1e2", ctx: `{"le":1e2}`,
		},
		"exact decimals": {
			kind: pybridge.TypeDecimal, set: pybridge.Constraints{Ge: num("0.1")}, good: []string{"0.1", "0.10", "1e-1", "1e999999"},
			bad:        []string{"0.09999999999999999999999999", "-1e999999", "0", "-0.1"},
			wantedType: "greater_than_equal", want: "Input should be greater than or equal to 0.1", ctx: `{"ge":0.1}`,
		},
		"negative decimals": {
			kind: pybridge.TypeDecimal, set: pybridge.Constraints{Lt: num("-10")}, good: []string{"-10.5", "-1e2"},
			bad: []string{"-10", "-9", "0"}, wantedType: "less_than", want: "Input should be less than -10", ctx: `{"lt":-10}`,
		},
		"multiple of an int": {
			kind: pybridge.TypeInt, set: pybridge.Constraints{MultipleOf: num("3")}, good: []string{"-9", "0", "300000000000000000000000"},
			bad: []string{"4", "300000000000000000000001"}, wantedType: "multiple_of", want: "Input should be a multiple of 3", ctx: `{"multiple_of":3}`,
		},
		"multiple of a float": {
			kind: pybridge.TypeFloat, set: pybridge.Constraints{MultipleOf: num("0.1")}, good: []string{"0.3", "-0.7"},
			bad: []string{"0.35"}, wantedType: "multiple_of", want: "Input should be a multiple of 0.1", ctx: `{"multiple_of":0.1}`,
		},
		"multiple of a decimal": {
			kind: pybridge.TypeDecimal, set: pybridge.Constraints{MultipleOf: num("0.05")}, good: []string{"1.25"},
			bad: []string{"1.26", "1e999999"}, wantedType: "multiple_of", want: "Input should be a multiple of 0.05", ctx: `{"multiple_of":0.05}`,
		},
		"shortest": {
			kind: pybridge.TypeStr, set: pybridge.Constraints{MinLength: ptr(3)}, good: []string{"abc", "é😀x"},
			bad: []string{"", "é😀"}, wantedType: "string_too_short", want: "String should have at least 3 characters", ctx: `{"min_length":3}`,
		},
		"longest": {
			kind: pybridge.TypeStr, set: pybridge.Constraints{MaxLength: ptr(1)}, good: []string{"", "😀"},
			bad: []string{"ab"}, wantedType: "string_too_long", want: "String should have at most 1 character", ctx: `{"max_length":1}`,
		},
		"pattern": {
			kind: pybridge.TypeStr, set: pybridge.Constraints{Pattern: ptr(`^\d{3,}$`)}, good: []string{"123"},
			bad: []string{"12", "abc"}, wantedType: "string_pattern_mismatch", want: `String should match pattern '^\d{3,}$'`,
			ctx: `{"pattern":"^\\d{3,}$"}`,
		},
		"first of several": {
			kind: pybridge.TypeStr, set: pybridge.Constraints{MinLength: ptr(2), Pattern: ptr("b")}, good: []string{"ab"},
			bad: []string{"a"}, wantedType: "string_too_short", want: "String should have at least 2 characters", ctx: `{"min_length":2}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompile(t, nil, function(pybridge.Param{
				Alias: "v", In: pybridge.InQuery, Required: true, Type: with(typ(c.kind), c.set),
			}))
			for _, v := range c.good {
				if _, p := writes(t, b, &fakeExchange{query: "v=" + url.QueryEscape(v)}, ""); p != nil {
					t.Errorf("%q: %s", v, errorsOf(t, p))
				}
			}
			for _, v := range c.bad {
				_, p := writes(t, b, &fakeExchange{query: "v=" + url.QueryEscape(v)}, "")
				if p == nil {
					t.Errorf("%q was taken", v)
				} else if e := p.Errors[0]; e.Type != c.wantedType || e.Msg != c.want || string(e.Ctx) != c.ctx || len(p.Errors) != 1 {
					t.Errorf("%q: %s", v, errorsOf(t, p))
				}
			}
		})
	}
}
