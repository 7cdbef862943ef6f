package di_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
)

const (
	single    = di.Singleton
	request   = di.Request
	transient = di.Transient
)

// Each case's whole text is in testdata/faults: read it there as a user would.
func TestSealTells(t *testing.T) {
	t.Parallel()
	get, list := handler("app.get_user, parameter users", "services.Users", 31), handler("app.list, parameter users", "services.Users", 40)
	tests := []struct {
		name      string
		providers []di.Provider
		roots     []di.Need
		want      []string // kinds, in order
	}{
		{
			"missing_chain",
			[]di.Provider{
				provider("services.Users", request, 10, "db.Session", "db.Clock"),
				provider("db.Session", request, 20, "db.Engine"),
				provider("db.Clock", single, 30),
			},
			[]di.Need{get, list},
			[]string{"missing db.Engine"},
		},
		{
			"missing_root",
			nil,
			[]di.Need{handler("app.a", "x.Gone", 1), handler("app.b", "x.Gone", 2), handler("app.c", "x.Gone", 3), handler("app.d", "x.Gone", 4), handler("app.e", "x.Gone", 5)},
			[]string{"missing x.Gone"},
		},
		{
			"missing_shortest_chain",
			[]di.Provider{
				provider("a.Long", request, 1, "a.Mid"),
				provider("a.Mid", request, 5, "a.Gone"),
				provider("a.Short", request, 9, "a.Gone"),
			},
			[]di.Need{handler("long", "a.Long", 1), handler("short", "a.Short", 2)},
			[]string{"missing a.Gone"},
		},
		{
			"missing_unreached",
			[]di.Provider{provider("a.Unused", request, 1, "a.Gone")},
			nil,
			[]string{"missing a.Gone"},
		},
		{
			"missing_other_module",
			[]di.Provider{provider("database.Session", request, 8), provider("cache.session", request, 9)},
			[]di.Need{handler("app.get", "db.Session", 3)},
			[]string{"missing db.Session"},
		},
		{
			"missing_pointer",
			[]di.Provider{{Key: di.KeyOf[store](), Name: "newStore", Source: di.Source{File: "main.go", Line: 7}, Build: value(store{})}},
			[]di.Need{{Key: di.KeyOf[*store](), By: "handler Get, field Store", Source: di.Source{File: "main.go", Line: 20}}},
			[]string{"missing *" + here + "store"},
		},
		{
			"missing_plain_name",
			[]di.Provider{{Key: "Db", Name: "open", Build: value(1)}},
			[]di.Need{{Key: "db", By: "handler f, parameter db"}},
			[]string{`missing "db"`},
		},
		{
			"cycle",
			[]di.Provider{
				provider("a.A", request, 10, "a.B"),
				provider("a.B", request, 20, "a.C"),
				provider("a.C", request, 30, "a.A"),
			},
			[]di.Need{handler("app.get", "a.B", 3)},
			[]string{"cycle a.A a.B a.C"},
		},
		{
			"cycle_self",
			[]di.Provider{provider("a.A", single, 10, "?a.A")},
			nil,
			[]string{"cycle a.A"},
		},
		{
			"cycle_two_in_one_knot",
			[]di.Provider{
				provider("a.A", request, 10, "a.B"),
				provider("a.B", request, 20, "a.A", "a.C"),
				provider("a.C", request, 30, "a.B"),
			},
			[]di.Need{handler("app.get", "a.A", 3)},
			[]string{"cycle a.A a.B", "cycle a.C a.B"},
		},
		{
			"duplicate",
			[]di.Provider{
				provider("a.A", single, 10),
				foreign("a.A", request, 20),
			},
			[]di.Need{handler("app.get", "a.A", 3)},
			[]string{"duplicate a.A 2"},
		},
		{
			"lifetime",
			[]di.Provider{
				provider("a.Cache", single, 10, "a.Loader"),
				provider("a.Loader", single, 20, "a.Session", "a.ID"),
				provider("a.Session", request, 30),
				provider("a.ID", transient, 40),
			},
			[]di.Need{handler("app.get", "a.Cache", 3)},
			[]string{"lifetime a.Loader a.Session", "lifetime a.Loader a.ID"},
		},
		{
			"invalid",
			[]di.Provider{
				{Key: "both", Name: "f", Build: value(1), Foreign: 1},
				{Key: "neither", Name: "g"},
				{Key: "", Build: value(1)},
				{Key: "long", Name: "h", Lifetime: 9, Build: value(1)},
			},
			nil,
			[]string{`invalid "both"`, `invalid "neither"`, `invalid ""`, `invalid "long"`},
		},
		{
			"all_at_once",
			[]di.Provider{
				provider("a.A", request, 10, "a.B"),
				provider("a.B", request, 20, "a.A", "a.Gone"),
				provider("a.S", single, 30, "a.B"),
				provider("a.S", single, 40),
			},
			[]di.Need{handler("app.get", "a.S", 3), handler("app.set", "x.Gone", 4)},
			[]string{"duplicate a.S 2", "missing x.Gone", "missing a.Gone", "cycle a.A a.B", "lifetime a.S a.B"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := registry(test.providers...).Seal(test.roots)
			if got := kinds(t, err); !slices.Equal(got, test.want) {
				t.Errorf("got faults %q, want %q", got, test.want)
			}
			golden(t, "faults/"+test.name+".txt", []byte(err.Error()+"\n"))
		})
	}
}

// kinds sums up each fault.
func kinds(t *testing.T, err error) []string {
	t.Helper()
	var out []string
	for _, fault := range di.Faults(err) {
		switch f := fault.(type) {
		case *di.MissingError:
			if last := f.Path[len(f.Path)-1]; last.Need.Key != f.Key || last.Provider != nil {
				t.Errorf("the path to %s ends at %+v", f.Key, last)
			}
			if f.Path[0].Need != f.Need {
				t.Errorf("the path to %s begins at %+v, want %+v", f.Key, f.Path[0].Need, f.Need)
			}
			out = append(out, "missing "+f.Key.Label())
		case *di.CycleError:
			text := "cycle"
			for i, link := range f.Path {
				before := f.Path[(i+len(f.Path)-1)%len(f.Path)]
				if link.Need.Key != link.Provider.Key || !slices.Contains(before.Provider.Needs, link.Need) {
					t.Errorf("no cycle: link %d of %v", i, f)
				}
				text += " " + link.Provider.Key.Label()
			}
			out = append(out, text)
		case *di.DuplicateError:
			out = append(out, fmt.Sprintf("duplicate %s %d", f.Key.Label(), len(f.Providers)))
		case *di.LifetimeError:
			if last := f.Path[len(f.Path)-1]; last.Provider != f.Needed || last.Need != f.Need {
				t.Errorf("the path to %s ends at %+v", f.Needed.Key, last)
			}
			out = append(out, "lifetime "+f.Provider.Key.Label()+" "+f.Needed.Key.Label())
		case *di.InvalidError:
			out = append(out, "invalid "+f.Provider.Key.Label())
		default:
			t.Errorf("unknown fault %T", fault)
		}
	}
	return out
}

func TestSealAccepts(t *testing.T) {
	t.Parallel()
	r := registry(
		provider("a.S", single, 1, "?a.Gone"),
		provider("a.R", request, 2, "a.S", "a.T"),
		provider("a.T", transient, 3, "a.S", "a.Q"),
		provider("a.Q", request, 4),
	)
	optional := handler("app.get", "a.Gone", 9)
	optional.Optional = true
	if err := r.Seal([]di.Need{handler("app.get", "a.R", 8), optional}); err != nil {
		t.Error(err)
	}
	if err := r.Seal(nil); !errors.Is(err, di.ErrSealed) {
		t.Errorf("second seal: got %v, want ErrSealed", err)
	}
}

func TestSealTellsWhichRootsAreAffected(t *testing.T) {
	t.Parallel()
	good, bad, worse := handler("good", "a.Good", 1), handler("bad", "a.Bad", 2), handler("worse", "a.Worse", 3)
	affected := provider("a.Worse", single, 30, "a.Bad")
	affected.Build = func(context.Context, []any) (any, func(error) error, error) {
		t.Error("a singleton without what it needs was built")
		return nil, nil, nil
	}
	r := registry(
		provider("a.Good", single, 10),
		provider("a.Bad", request, 20, "a.Gone", "a.Good"),
		affected,
	)
	err := r.Seal([]di.Need{good, worse, bad})
	var missing *di.MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a *MissingError", err)
	}
	if missing.Need != bad {
		t.Errorf("the root of the shortest way is %+v, want %+v", missing.Need, bad)
	}
	if want := []di.Need{worse, bad}; !slices.Equal(missing.Affected(), want) {
		t.Errorf("affected: got %v, want %v", missing.Affected(), want)
	}
	var lifetime *di.LifetimeError
	if !errors.As(err, &lifetime) {
		t.Fatalf("got %v, want a *LifetimeError", err)
	}
	if want := []di.Need{worse}; !slices.Equal(lifetime.Affected(), want) {
		t.Errorf("affected: got %v, want %v", lifetime.Affected(), want)
	}

	// What isn't affected works.
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Compile([]di.Need{good})
	if err != nil {
		t.Fatal(err)
	}
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := scope.Value(plan.Needs[0]); got != "a.Good" {
		t.Errorf("got %v, want a.Good", got)
	}

	// What is affected is refused with the same faults, once each.
	_, err = r.Compile([]di.Need{worse, bad, good})
	if got, want := kinds(t, err), []string{"missing a.Gone", "lifetime a.Worse a.Bad"}; !slices.Equal(got, want) {
		t.Errorf("faults of Compile: got %q, want %q", got, want)
	}
}

func TestFaultsLooksThroughWrappedErrors(t *testing.T) {
	t.Parallel()
	err := registry().Seal([]di.Need{handler("a", "x.X", 1), handler("b", "x.Y", 2)})
	wrapped := fmt.Errorf("start: %w", errors.Join(errors.New("other"), err))
	if got := len(di.Faults(wrapped)); got != 2 {
		t.Errorf("got %d faults, want 2", got)
	}
	if got := di.Faults(nil); got != nil {
		t.Errorf("faults of nil: %v", got)
	}
}

func TestAddAfterSealPanics(t *testing.T) {
	t.Parallel()
	r := registry()
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "app.py:5") {
			t.Errorf("got panic %v, want one that names app.py:5", v)
		}
	}()
	r.Add(provider("a.A", single, 5))
}

func TestAddKeepsItsOwnCopy(t *testing.T) {
	t.Parallel()
	p := provider("a.A", request, 1, "a.B")
	r := registry(p, provider("a.B", request, 5))
	p.Needs[0].Key = "changed"
	if err := r.Seal(nil); err != nil {
		t.Errorf("a change to the caller's slice reached the registry: %v", err)
	}
	if !r.Has(di.TypeKey("a.A")) || r.Has("changed") {
		t.Error("Has is wrong")
	}
}

func TestBeforeSeal(t *testing.T) {
	t.Parallel()
	r := registry()
	if _, err := r.Compile(nil); !errors.Is(err, di.ErrNotSealed) {
		t.Errorf("compile: got %v, want ErrNotSealed", err)
	}
	if err := r.Start(t.Context()); !errors.Is(err, di.ErrNotSealed) {
		t.Errorf("start: got %v, want ErrNotSealed", err)
	}
}

func TestSourceAndLifetimeText(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		di.Source{}.String():                        "unknown source",
		di.Source{File: "a/b.go", Line: 7}.String(): "a/b.go:7",
		di.Singleton.String():                       "singleton",
		di.Request.String():                         "request",
		di.Transient.String():                       "transient",
		di.Lifetime(7).String():                     "lifetime(7)",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
