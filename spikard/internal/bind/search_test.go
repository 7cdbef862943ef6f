package bind

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// TestPatternsThatTakeTooLong sends texts that a backtracking pattern can't be
// matched against in a lifetime.
func TestPatternsThatTakeTooLong(t *testing.T) {
	t.Parallel()
	str := with(typ(pybridge.TypeStr), pybridge.Constraints{Pattern: ptr(`^(a+)+(?=b)$`)})
	b := mustCompile(t, nil, function(
		pybridge.Param{Alias: "q", In: pybridge.InQuery, Type: typ(pybridge.TypeList, str)},
		pybridge.Param{Alias: "body", In: pybridge.InBody, Type: typ(pybridge.TypeList, str)},
	))
	long := strings.Repeat("a", 3000)
	_, p := writes(t, b, &fakeExchange{query: "q=" + long + strings.Repeat("&q="+long, 200)}, `["`+long+`"`+strings.Repeat(`,"`+long+`"`, 300)+"]")
	if p == nil || len(p.Errors) != 201+301 {
		t.Fatalf("got %v", p)
	}
	for _, e := range p.Errors {
		if e.Type != "string_pattern_mismatch" || e.Msg != patternTime.msg {
			t.Fatalf("got %+v", e)
		}
	}
}

func TestPatternsWithLookAround(t *testing.T) {
	t.Parallel()
	str := with(typ(pybridge.TypeStr), pybridge.Constraints{Pattern: ptr(`^(?=.*\d)[a-z\d]+$`)})
	b := bodyOf(t, str)
	if _, p := writes(t, b, &fakeExchange{}, `"a1"`); p != nil {
		t.Error(errorsOf(t, p))
	}
	_, p := writes(t, b, &fakeExchange{}, `"a"`)
	want := wantEntry("string_pattern_mismatch", `"body"`, `String should match pattern '^(?=.*\d)[a-z\d]+$'`, `"a"`, `{"pattern":"^(?=.*\\d)[a-z\\d]+$"}`)
	if got := errorsOf(t, p); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
