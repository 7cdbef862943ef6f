package jsonwire_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// members is an object of n members, of which every second has the same name.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"` + strconv.Itoa(i/2) + `":0`)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestLimits(t *testing.T) {
	t.Parallel()
	const depth, digits = jsonwire.MaxDepth, jsonwire.MaxDigits
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for name, c := range map[string]struct{ text, what string }{
		"integer":              {strings.Repeat("1", digits+1), "an integer of more than 4300 digits"},
		"negative integer":     {"[-" + strings.Repeat("1", digits+1) + "]", "an integer of more than 4300 digits"},
		"longest integer":      {"-" + strings.Repeat("1", digits), ""},
		"arrays":               {nested("[", "]", depth+1), "values nested deeper than 512 levels"},
		"arrays without end":   {strings.Repeat("[", 1_000_000), "values nested deeper than 512 levels"},
		"objects":              {strings.Repeat(`{"a":`, depth+1), "values nested deeper than 512 levels"},
		"deepest":              {nested("[", "]", depth), ""},
		"members":              {members(11), "an object with more than 10 members (MaxObjectKeys)"},
		"members further in":   {`[{"a":` + members(11) + `}]`, "an object with more than 10 members (MaxObjectKeys)"},
		"most members":         {members(10), ""},
		"most in each object":  {`[` + members(10) + `,{"a":` + members(10) + `,"b":` + members(10) + "}]", ""},
		"items aren't counted": {"[" + strings.Repeat("{},", 20) + "{}]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s jsonwire.Scanner
			var w wire.Writer
			s.SetLimits(jsonwire.Limits{Members: 10})
			for _, read := range []func(){func() { s.Any(&w) }, s.Skip} {
				s.Reset(c.text)
				read()
				s.End()
				var limit *jsonwire.LimitError
				switch errors.As(s.Err(), &limit); {
				case (limit == nil) != (c.what == "") || limit != nil && limit.What != c.what:
					t.Errorf("got %v, want %q", s.Err(), c.what)
				case errors.Is(s.Err(), jsonwire.ErrSyntax):
					t.Errorf("%v: the text isn't malformed", s.Err())
				}
			}
		})
	}
}

func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	if _, err := decode(members(jsonwire.MaxMembers)); err != nil {
		t.Error(err)
	}
	var limit *jsonwire.LimitError
	if _, err := decode(members(jsonwire.MaxMembers + 1)); !errors.As(err, &limit) {
		t.Errorf("got %v", err)
	}
}

func TestReturnLeavesHalfReadValues(t *testing.T) {
	t.Parallel()
	var s jsonwire.Scanner
	s.Reset(` [{"a":[1,{"b":2}]}, 3]`)
	m := s.Mark()
	for range 3 * jsonwire.MaxDepth { // more than there could be open
		s.Return(m)
		for range 2 {
			s.Open()
			s.Elem()
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
	}
	s.Return(m)
	if s.Skip(); !s.End() {
		t.Error(s.Err())
	}
}
