package di_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spikard/spikard-go/di"
)

func at(line int) di.Source { return di.Source{File: "main.go", Line: line} }

func yielding(p di.Provider) di.Provider { p.Weak = true; return p }

func lazy(p di.Provider) di.Provider { p.Lazy = true; return p }

// act is one registration, to be done in any order.
type act func(r *di.Registry)

func add(p di.Provider) act     { return func(r *di.Registry) { r.Add(p) } }
func replace(p di.Provider) act { return func(r *di.Registry) { r.Replace(p) } }
func tie(alias, key string) act {
	return func(r *di.Registry) { r.Alias(di.TypeKey(alias), di.TypeKey(key), at(1)) }
}

// named is a provider of the key with a value that tells it from others.
func named(name, v string) di.Provider {
	p := provider(name, single, 1)
	p.Build = value(v)
	return p
}

// permutations gives all orders of what it is given.
func permutations(acts []act) [][]act {
	if len(acts) < 2 {
		return [][]act{acts}
	}
	var out [][]act
	for i := range acts {
		rest := slices.Concat(acts[:i], acts[i+1:])
		for _, order := range permutations(rest) {
			out = append(out, append([]act{acts[i]}, order...))
		}
	}
	return out
}

// Which provider counts doesn't depend on the order of registration.
func TestWhichProviderCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		acts  []act
		wants map[string]string // by key; "" for none
	}{
		{"an alias of a key with a provider", []act{add(named("B", "b")), tie("A", "B")}, map[string]string{"A": "b", "B": "b"}},
		{"a key whose alias has a provider", []act{add(named("A", "a")), tie("A", "B")}, map[string]string{"A": "a", "B": "a"}},
		{
			"chains",
			[]act{add(named("C", "c")), tie("A", "B"), tie("B", "C"), tie("D", "A")},
			map[string]string{"A": "c", "B": "c", "C": "c", "D": "c"},
		},
		{"a ring of aliases", []act{add(named("A", "a")), tie("A", "B"), tie("B", "A")}, map[string]string{"A": "a", "B": "a"}},
		{"aliases of nothing", []act{add(named("X", "x")), tie("A", "B")}, map[string]string{"A": "", "B": "", "X": "x"}},
		{"weak alone", []act{add(yielding(named("A", "a")))}, map[string]string{"A": "a"}},
		{"weak yields", []act{add(yielding(named("A", "weak"))), add(named("A", "strong"))}, map[string]string{"A": "strong"}},
		{
			"weak yields to an alias",
			[]act{add(yielding(named("A", "weak"))), add(named("B", "strong")), tie("A", "B")},
			map[string]string{"A": "strong", "B": "strong"},
		},
		{"replacement", []act{add(named("A", "a")), replace(named("A", "fake"))}, map[string]string{"A": "fake"}},
		{
			"replacement of all, by an alias",
			[]act{add(named("A", "1")), add(named("B", "2")), replace(named("C", "fake")), tie("A", "B"), tie("C", "A")},
			map[string]string{"A": "fake", "B": "fake", "C": "fake"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, order := range permutations(test.acts) {
				r := di.NewRegistry()
				for _, do := range order {
					do(r)
				}
				if err := r.Seal(nil); err != nil {
					t.Fatal(err)
				}
				if err := r.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				for key, want := range test.wants {
					got, ok := r.Value(di.TypeKey(key))
					if ok != (want != "") || ok && got != want || r.Has(di.TypeKey(key)) != ok {
						t.Errorf("%s: got %v %v, want %q", key, got, ok, want)
					}
				}
			}
		})
	}
}

func TestOfSeveralWeakOnesTheFirstCounts(t *testing.T) {
	t.Parallel()
	r := registry(yielding(named("A", "first")), yielding(named("A", "second")))
	r.Add(named("B", "b"))
	r.Replace(named("B", "one"))
	r.Replace(named("B", "two"))
	compile(t, r)
	if got, _ := r.Value(di.TypeKey("A")); got != "first" {
		t.Errorf("got %v", got)
	}
	if got, _ := r.Value(di.TypeKey("B")); got != "two" {
		t.Errorf("got %v, want the last replacement", got)
	}
}

func TestHasFollowsAliasesBeforeSeal(t *testing.T) {
	t.Parallel()
	r := di.NewRegistry()
	has := func(want bool) {
		t.Helper()
		for _, key := range []string{"A", "B", "C"} {
			if r.Has(di.TypeKey(key)) != want {
				t.Errorf("Has(%s) is not %v", key, want)
			}
		}
	}
	tie("A", "B")(r)
	has(false)
	tie("C", "B")(r)
	r.Add(provider("A", single, 1))
	has(true)
}

func TestTiedKeysShareASlot(t *testing.T) {
	t.Parallel()
	r := registry(provider("A", request, 1), provider("R", request, 2, "A", "B"))
	tie("B", "A")(r)
	plan := compile(t, r, handler("h", "R", 1), handler("h", "B", 1))
	if got := fmt.Sprint(layout(plan), plan.Needs); got != "[A R[0 0]] [1 0]" {
		t.Errorf("got %s", got)
	}
}
