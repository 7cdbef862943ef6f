package di_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// staged is a root need of a stage.
func staged(stage int, name string) di.Need {
	n := handler("h", name, 1)
	n.Stage = stage
	return n
}

// shop is a plan that changes sides: Go builds Tx from Python's Engine.
func shop(t testing.TB, change func(p di.Provider) di.Provider) *di.Plan {
	var all []di.Provider
	for _, p := range []di.Provider{
		provider("Config", single, 1), foreign("Token", single, 2, "Config"), provider("Trace", request, 3, "Token"),
		foreign("User", request, 4, "Trace"), foreign("Engine", request, 5, "Config"),
		provider("Tx", request, 6, "Engine", "Trace"), provider("Outbox", transient, 7, "Tx"),
		foreign("Orders", request, 8, "Tx", "Outbox", "User"), provider("Audit", request, 9, "User"),
		provider("Report", request, 10, "Orders", "Clock"), provider("Clock", request, 11),
	} {
		all = append(all, change(p))
	}
	r := registry(all...)
	r.SetForeign(func(_ context.Context, p *di.Provider, _ []any) (any, func(error) error, error) {
		return "py " + p.Key.Label(), nil, nil
	})
	return compile(t, r, staged(0, "User"), staged(0, "Audit"), staged(1, "Orders"), staged(1, "Report"), staged(1, "Config"))
}

func TestTurns(t *testing.T) {
	t.Parallel()
	plan := shop(t, func(p di.Provider) di.Provider { return p })
	var b bytes.Buffer
	if err := plan.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "turns.txt", b.Bytes())
	if err := plan.WriteText(broken{}); !errors.Is(err, errBoom) {
		t.Errorf("got %v, want the writer's error", err)
	}
	if got := labels(plan, plan.Early()); !slices.Equal(got, []string{"Trace", "Clock"}) {
		t.Errorf("early: %q", got)
	}
	if got := labels(plan, plan.Late()); !slices.Equal(got, []string{"Audit", "Tx", "Outbox", "Report"}) {
		t.Errorf("late: %q", got)
	}
	if plan.Static() {
		t.Error("the plan is static")
	}
}

func labels(plan *di.Plan, slots []int) []string {
	var out []string
	for _, slot := range slots {
		out = append(out, plan.Steps[slot].Provider.Key.Label())
	}
	return out
}

func TestStaticPlans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		p      di.Provider
		static bool
	}{
		{"Go singleton", provider("A", single, 1), true},
		{"foreign", foreign("A", request, 1), true},
		{"early", provider("A", request, 1), false},
		{"late", provider("A", request, 1, "F"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plan := compile(t, registry(test.p, foreign("F", request, 2)), handler("h", "A", 1))
			if plan.Static() != test.static {
				t.Errorf("static: %v", plan.Static())
			}
			one, err := plan.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			other, err := plan.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if (one == other) != test.static {
				t.Errorf("shared: %v", one == other)
			}
			_, _ = one.Close(nil), other.Close(nil)
		})
	}
}

func TestSetOnASharedScopePanics(t *testing.T) {
	t.Parallel()
	plan := compile(t, registry(foreign("F", request, 1)), handler("h", "F", 1))
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic: all requests would see the value")
		}
	}()
	scope.Set(0, "mine")
}

func TestLateStepsAreBuiltAndClosedInTurns(t *testing.T) {
	t.Parallel()
	var j journal
	plan := shop(t, func(p di.Provider) di.Provider {
		if p.IsForeign() || p.Lifetime == single {
			return p
		}
		return j.recorded(p)
	})
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j.want(t, "open Trace[py Token]", "open Clock[]")
	var due []int
	for _, turn := range plan.Turns[1:] {
		if turn.Foreign {
			for _, slot := range turn.Slots {
				scope.Set(slot, "py "+plan.Steps[slot].Provider.Key.Label())
			}
			continue
		}
		due = append(due, scope.Len())
		if err := scope.Build(t.Context(), turn.Slots); err != nil {
			t.Fatal(err)
		}
	}
	j.want(t, "open Audit[py User]", "open Tx[py Engine Trace]", "open Outbox[Tx]", "open Report[py Orders Clock]")
	if got := scope.Value(plan.Needs[2]); got != "py Orders" {
		t.Errorf("got %v", got)
	}

	for _, n := range slices.Backward(due) {
		if err := scope.CloseTo(n, errBoom); err != nil {
			t.Error(err)
		}
		j.note("python")
		if scope.Len() != n {
			t.Errorf("%d clean-ups are due, want %d", scope.Len(), n)
		}
	}
	j.want(t, "close Report boom", "python", "close Outbox boom", "close Tx boom", "python", "close Audit boom", "python")
	if err := scope.CloseTo(99, nil); err != nil {
		t.Error(err)
	}
	_ = scope.Close(nil)
	j.want(t, "close Clock <nil>", "close Trace <nil>")
	scope.Set(0, 1)
	if err := scope.Build(t.Context(), plan.Late()); !errors.Is(err, di.ErrClosed) || scope.Len() != 0 {
		t.Errorf("build on a closed scope: got %v, want ErrClosed", err)
	}
	if err := scope.CloseTo(0, nil); err != nil {
		t.Error(err)
	}
	j.want(t)
}

func TestBuildThatFailsLeavesTheScopeAsItWas(t *testing.T) {
	t.Parallel()
	var j journal
	bad := provider("Bad", request, 4, "B")
	bad.Build = func(context.Context, []any) (any, func(error) error, error) { return nil, nil, errBoom }
	plan := compile(t, registry(
		j.recorded(provider("A", request, 1)), foreign("F", request, 2), j.recorded(provider("B", request, 3, "F", "A")), bad,
	), handler("app.get, parameter b", "Bad", 7))
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	scope.Set(plan.Turns[1].Slots[0], "py")
	j.lines = nil
	for range 2 { // it can be tried again
		err = scope.Build(t.Context(), plan.Late())
		want := "build Bad with new_Bad (app.py:4), needed by handler app.get, parameter b (routes.py:7): boom"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		j.want(t, "open B[py A]", "close B boom")
		if scope.Len() != 1 || scope.Value(plan.Late()[0]) != nil {
			t.Errorf("%d clean-ups are due, and B is %v", scope.Len(), scope.Value(plan.Late()[0]))
		}
	}
	_ = scope.Close(nil)
	j.want(t, "close A <nil>")
}
