package di_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
)

func TestStartBuildsInOrderAndStopCleansInReverse(t *testing.T) {
	t.Parallel()
	var j journal
	r := registry(
		j.recorded(provider("A", single, 1, "B", "?Gone")),
		j.recorded(provider("B", single, 2)),
		j.recorded(provider("R", request, 3, "A")),
		foreign("F", single, 4, "A"),
	)
	need := handler("h", "R", 1)
	if err := r.Seal([]di.Need{need}); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Compile([]di.Need{need})
	if err != nil {
		t.Fatal(err)
	}
	wantNotStarted := func() {
		t.Helper()
		_, err := plan.Open(t.Context())
		if !errors.Is(err, di.ErrNotStarted) || !strings.Contains(err.Error(), "handler h (routes.py:1) needs A") {
			t.Errorf("got %v, want ErrNotStarted with the need", err)
		}
	}
	wantNotStarted()
	for range 2 { // a registry can be started again
		for range 2 { // a second start does nothing
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		j.want(t, "open B[]", "open A[B <nil>]")
		scope, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		j.want(t, "open R[A]")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 {
			if err := r.Stop(ended); err != nil {
				t.Error(err)
			}
		}
		j.want(t, "close A <nil>", "close B <nil>")
		wantNotStarted()
		if got := scope.Value(0); got != "A" {
			t.Errorf("an open scope lost its singleton: %v", got)
		}
		_ = scope.Close(nil)
		j.lines = nil
	}
}

func TestEachStartHasItsOwnValues(t *testing.T) {
	t.Parallel()
	n := 0
	s := provider("S", single, 1)
	s.Build = func(context.Context, []any) (any, func(error) error, error) { n++; return n, nil, nil }
	r := registry(s)
	plan := compile(t, r, handler("h", "S", 1))
	for want := 1; want <= 3; want++ {
		scope, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := scope.Value(0); got != want {
			t.Errorf("got %v, want %d", got, want)
		}
		if err := errors.Join(r.Stop(t.Context()), r.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStartThatFailsCleansUpAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	var j journal
	fail, panics := true, false
	bad := provider("Bad", single, 30, "A")
	bad.Build = func(context.Context, []any) (any, func(error) error, error) {
		if panics {
			panic("ouch")
		}
		if fail {
			return nil, nil, errBoom
		}
		return "Bad", nil, nil
	}
	r := registry(j.recorded(provider("A", single, 10)), bad, provider("R", request, 50, "Bad"))
	need := handler("app.get, parameter r", "R", 1)
	if err := r.Seal([]di.Need{need}); err != nil {
		t.Fatal(err)
	}
	err := r.Start(t.Context())
	want := "build Bad with new_Bad (app.py:30), needed by new_R (app.py:51), needed by handler app.get, parameter r (routes.py:1): boom"
	if err == nil || err.Error() != want || !errors.Is(err, errBoom) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	j.want(t, "open A[]", "close A boom")

	panics = true
	var p *di.PanicError
	if err := r.Start(t.Context()); !errors.As(err, &p) {
		t.Errorf("got %v, want a *PanicError", err)
	}
	j.lines = nil

	fail, panics = false, false
	if err := r.Start(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open A[]")
}

func TestStartStopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	var j journal
	ctx, cancel := context.WithCancel(t.Context())
	a := j.recorded(provider("A", single, 1))
	inner := a.Build
	a.Build = func(ctx context.Context, deps []any) (any, func(error) error, error) {
		cancel()
		return inner(ctx, deps)
	}
	r := registry(a, j.recorded(provider("B", single, 2)))
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	j.want(t, "open A[]", "close A context canceled")
}

func TestStopJoinsErrors(t *testing.T) {
	t.Parallel()
	errA := errors.New("a is stuck")
	a, b := provider("A", single, 1), provider("B", single, 2)
	a.Build = func(context.Context, []any) (any, func(error) error, error) {
		return 1, func(error) error { return errA }, nil
	}
	b.Build = func(context.Context, []any) (any, func(error) error, error) {
		return 1, func(error) error { panic(errBoom) }, nil
	}
	r := registry(a, b)
	compile(t, r)
	if err := r.Stop(t.Context()); !errors.Is(err, errA) || !errors.Is(err, errBoom) {
		t.Errorf("got %v, want both errors", err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Errorf("second stop: %v", err)
	}
}
