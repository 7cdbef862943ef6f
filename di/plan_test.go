package di_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// layout writes a plan as "key(deps)" for each step.
func layout(p *di.Plan) []string {
	out := make([]string, len(p.Steps))
	for i, step := range p.Steps {
		out[i] = step.Provider.Key.Label()
		if len(step.Deps) > 0 {
			out[i] += fmt.Sprint(step.Deps)
		}
	}
	return out
}

func TestCompile(t *testing.T) {
	t.Parallel()
	absent := handler("h", "x.Gone", 1)
	absent.Optional = true
	tests := []struct {
		name      string
		providers []di.Provider
		needs     []di.Need
		steps     []string
		slots     []int
	}{
		{"nothing", nil, nil, nil, nil},
		{"absent optional", nil, []di.Need{absent}, nil, []int{-1}},
		{
			"dependencies first, in order of needs",
			[]di.Provider{provider("A", request, 1, "C", "B"), provider("B", request, 2, "C"), provider("C", request, 3)},
			[]di.Need{handler("h", "A", 1), handler("h", "B", 2)},
			[]string{"C", "B[0]", "A[0 1]"},
			[]int{2, 1},
		},
		{
			"a need twice is one slot",
			[]di.Provider{provider("A", request, 1)},
			[]di.Need{handler("h", "A", 1), handler("h", "A", 1)},
			[]string{"A"},
			[]int{0, 0},
		},
		{
			"transient: a slot for each need, with transient dependencies of its own",
			[]di.Provider{provider("T", transient, 1, "U", "R"), provider("U", transient, 2), provider("R", request, 3, "T2", "T2"), provider("T2", transient, 4)},
			[]di.Need{handler("h", "T", 1), handler("h", "T", 1)},
			[]string{"U", "T2", "T2", "R[1 2]", "T[0 3]", "U", "T[5 3]"},
			[]int{4, 6},
		},
		{
			"a Go singleton comes without what it was built from",
			[]di.Provider{provider("S", single, 1, "Config"), provider("Config", single, 2), provider("R", request, 3, "S")},
			[]di.Need{handler("h", "R", 1)},
			[]string{"S", "R[0]"},
			[]int{1},
		},
		{
			"a foreign singleton brings what it needs",
			[]di.Provider{foreign("S", single, 1, "Config", "Go"), foreign("Config", single, 2), provider("Go", single, 3)},
			[]di.Need{handler("h", "S", 1)},
			[]string{"Config", "Go", "S[0 1]"},
			[]int{2},
		},
		{
			"absent optional dependency",
			[]di.Provider{provider("A", request, 1, "?x.Gone", "B"), provider("B", request, 2)},
			[]di.Need{handler("h", "A", 1)},
			[]string{"B", "A[-1 0]"},
			[]int{1},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plan := compile(t, registry(test.providers...), test.needs...)
			if got := layout(plan); !slices.Equal(got, test.steps) {
				t.Errorf("steps: got %q, want %q", got, test.steps)
			}
			if !slices.Equal(plan.Needs, test.slots) {
				t.Errorf("needs: got %v, want %v", plan.Needs, test.slots)
			}
		})
	}
}

func TestCompileRefusesNeedsThatSealNeverSaw(t *testing.T) {
	t.Parallel()
	r := registry(provider("b.Clock", single, 4))
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	need := handler("late", "a.Clock", 7)
	_, err := r.Compile([]di.Need{need})
	var missing *di.MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a *MissingError", err)
	}
	if missing.Need != need || len(missing.Similar) != 1 {
		t.Errorf("got %+v", missing)
	}
}

func TestCompileRefusesAnExplosion(t *testing.T) {
	t.Parallel()
	r := di.NewRegistry()
	for i := range 40 {
		next := fmt.Sprintf("T%d", i+1)
		r.Add(provider(fmt.Sprintf("T%d", i), transient, i, next, next))
	}
	r.Add(provider("T40", transient, 40))
	need := handler("app.get, parameter t", "T0", 1)
	if err := r.Seal([]di.Need{need}); err != nil {
		t.Fatal(err)
	}
	_, err := r.Compile([]di.Need{need})
	if err == nil || !strings.Contains(err.Error(), "handler app.get, parameter t (routes.py:1) needs T0") {
		t.Errorf("got %v, want an error that names the need", err)
	}
}
