package di_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/spikard/spikard-go/di"
)

// journal writes down what providers do.
type journal struct{ lines []string }

func (j *journal) note(format string, args ...any) {
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

func (j *journal) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(j.lines, lines) {
		t.Errorf("journal:\ngot  %q\nwant %q", j.lines, lines)
	}
	j.lines = nil
}

// recorded makes a provider write down its builds and clean-ups.
func (j *journal) recorded(p di.Provider) di.Provider {
	label := p.Key.Label()
	p.Build = func(_ context.Context, deps []any) (any, func(error) error, error) {
		j.note("open %s%v", label, deps)
		return label, func(failure error) error {
			j.note("close %s %v", label, short(failure))
			return nil
		}, nil
	}
	return p
}

// short keeps the innermost error's text.
func short(err error) error {
	var build *di.BuildError
	if errors.As(err, &build) {
		return build.Err
	}
	return err
}

var errBoom = errors.New("boom")

func TestScopeClosesInReverse(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{nil, errBoom} {
		var j journal
		plan := compile(t, registry(
			j.recorded(provider("A", request, 1, "B", "?Gone")),
			j.recorded(provider("B", transient, 2)),
			provider("Quiet", request, 3),
		), handler("h", "A", 1), handler("h", "B", 1), handler("h", "Quiet", 1))
		scope, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		j.want(t, "open B[]", "open A[B <nil>]", "open B[]")
		for i, want := range []string{"A", "B", "Quiet"} {
			if got := scope.Value(plan.Needs[i]); got != want {
				t.Errorf("value of need %d: got %v, want %s", i, got, want)
			}
		}
		if err := scope.Close(failure); err != nil {
			t.Error(err)
		}
		f := fmt.Sprint(failure)
		j.want(t, "close B "+f, "close A "+f, "close B "+f)
		if err := scope.Close(failure); err != nil {
			t.Error(err)
		}
		j.want(t)
		if got := scope.Value(plan.Needs[0]); got != nil {
			t.Errorf("a closed scope still gives %v", got)
		}
	}
}

func TestScopeThatIsKeptNeverSeesTheNext(t *testing.T) {
	t.Parallel()
	n := 0
	p := provider("A", request, 1)
	closed := []int{}
	p.Build = func(context.Context, []any) (any, func(error) error, error) {
		n++
		mine := n
		return mine, func(error) error { closed = append(closed, mine); return nil }, nil
	}
	plan := compile(t, registry(p), handler("h", "A", 1))
	open := func() *di.Scope {
		s, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := open()
	_ = first.Close(nil)
	second := open()
	_ = first.Close(nil)
	if got := first.Value(0); got != nil {
		t.Errorf("the closed scope gives %v", got)
	}
	if got := second.Value(0); got != 2 || !slices.Equal(closed, []int{1}) {
		t.Errorf("the second scope gives %v, closed are %v", got, closed)
	}
	_ = second.Close(nil)
	if !slices.Equal(closed, []int{1, 2}) {
		t.Errorf("closed are %v", closed)
	}
}

func TestClosedScopeKeepsNothingAlive(t *testing.T) {
	// Not parallel: a second collection, by another test, empties the pool.
	p := provider("A", request, 1)
	var made weak.Pointer[[64]byte]
	p.Build = func(context.Context, []any) (any, func(error) error, error) {
		v := new([64]byte)
		made = weak.Make(v)
		return v, func(error) error { return nil }, nil
	}
	plan := compile(t, registry(p), handler("h", "A", 1))
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = scope.Close(nil)
	runtime.GC()
	if made.Value() != nil {
		t.Error("the value of a closed scope is still reachable")
	}
	runtime.KeepAlive(plan)
}

func TestAbsentNeedsAreNil(t *testing.T) {
	t.Parallel()
	a := provider("A", request, 1, "?Gone", "B")
	a.Build = func(_ context.Context, deps []any) (any, func(error) error, error) { return deps[0], nil, nil }
	plan := compile(t, registry(a, provider("B", request, 2, "C"), provider("C", request, 3)), handler("h", "A", 1))
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := scope.Value(plan.Needs[0]); got != nil {
		t.Errorf("got %v for an absent need: another step's dependency", got)
	}
	_ = scope.Close(nil)
}

func TestOpenThatFailsClosesWhatItOpened(t *testing.T) {
	t.Parallel()
	var j journal
	bad := provider("Bad", request, 30, "A")
	bad.Build = func(context.Context, []any) (any, func(error) error, error) {
		return nil, func(error) error { t.Error("the clean-up of a failed build ran"); return nil }, errBoom
	}
	plan := compile(t, registry(
		j.recorded(provider("A", request, 10, "B")), j.recorded(provider("B", request, 20)), bad,
		j.recorded(provider("Never", request, 40, "Bad")),
	), handler("app.get, parameter n", "Never", 1))
	scope, err := plan.Open(t.Context())
	if scope != nil {
		t.Error("got a scope")
	}
	j.want(t, "open B[]", "open A[B]", "close A boom", "close B boom")
	var build *di.BuildError
	if !errors.As(err, &build) || !errors.Is(err, errBoom) {
		t.Fatalf("got %v, want a *BuildError", err)
	}
	want := "build Bad with new_Bad (app.py:30), needed by new_Never (app.py:41), needed by handler app.get, parameter n (routes.py:1): boom"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if path := build.Path(); len(path) != 2 || path[1].Provider != build.Provider {
		t.Errorf("path: %+v", path)
	}
}

func TestOpenJoinsFailuresOfCleanUp(t *testing.T) {
	t.Parallel()
	errDirty := errors.New("dirty")
	a, b := provider("A", request, 1), provider("B", request, 2, "A")
	a.Build = func(context.Context, []any) (any, func(error) error, error) {
		return 1, func(error) error { return errDirty }, nil
	}
	b.Build = func(context.Context, []any) (any, func(error) error, error) { return nil, nil, errBoom }
	plan := compile(t, registry(a, b), handler("h", "B", 1))
	_, err := plan.Open(t.Context())
	if !errors.Is(err, errBoom) || !errors.Is(err, errDirty) {
		t.Errorf("got %v, want both errors", err)
	}
}

func TestCloseRunsEveryCleanUp(t *testing.T) {
	t.Parallel()
	errFirst, errLast := errors.New("first"), errors.New("last")
	tests := []struct {
		name    string
		last    func(error) error // runs first
		failure error
		given   error // what the next clean-up is given
		want    []error
		panics  bool
	}{
		{"fine", func(error) error { return nil }, nil, nil, []error{errFirst}, false},
		{"an error is a failure for the next", func(error) error { return errLast }, nil, errLast, []error{errFirst, errLast}, false},
		{"the request's failure stays the failure", func(error) error { return errLast }, errBoom, errBoom, []error{errFirst, errLast}, false},
		{"giving the failure back is none", func(err error) error { return err }, errBoom, errBoom, []error{errFirst}, false},
		{"failures that can't be compared", func(err error) error { return err }, slicy{"x"}, slicy{"x"}, []error{errFirst}, false},
		{"panic", func(error) error { panic(errLast) }, nil, errLast, []error{errFirst, errLast}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var given error
			a, b := provider("A", request, 1), provider("B", request, 2, "A")
			a.Build = func(context.Context, []any) (any, func(error) error, error) {
				return 1, func(err error) error { given = err; return errFirst }, nil
			}
			b.Build = func(context.Context, []any) (any, func(error) error, error) { return 2, test.last, nil }
			plan := compile(t, registry(a, b), handler("h", "B", 1))
			scope, err := plan.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = scope.Close(test.failure)
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v in it", err, want)
				}
			}
			if test.failure != nil && test.name != "failures that can't be compared" && errors.Is(err, test.failure) {
				t.Errorf("the failure is among the clean-ups': %v", err)
			}
			if (test.given == nil) != (given == nil) || given != nil && !strings.Contains(given.Error(), test.given.Error()) {
				t.Errorf("the next clean-up was given %v, want %v", given, test.given)
			}
			var p *di.PanicError
			if errors.As(err, &p) != test.panics {
				t.Errorf("got %v", err)
			}
			if test.panics && !strings.Contains(string(p.Stack), "scope_test.go") {
				t.Errorf("the stack doesn't show the panic:\n%s", p.Stack)
			}
			var cleanup *di.CleanupError
			if !errors.As(err, &cleanup) {
				t.Errorf("got %v, want a *CleanupError", err)
			}
		})
	}
}

// slicy is an error that == panics for.
type slicy []string

func (s slicy) Error() string { return s[0] }

func TestPanicInBuildIsAnError(t *testing.T) {
	t.Parallel()
	var j journal
	b := provider("B", request, 2, "A")
	b.Build = func(context.Context, []any) (any, func(error) error, error) { panic("ouch") }
	plan := compile(t, registry(j.recorded(provider("A", request, 1)), b), handler("h", "B", 1))
	_, err := plan.Open(t.Context())
	var p *di.PanicError
	if !errors.As(err, &p) || p.Value != "ouch" || !strings.Contains(err.Error(), "scope_test.go") {
		t.Errorf("got %v, want a *PanicError with its stack", err)
	}
	if len(j.lines) != 2 {
		t.Errorf("journal: %q", j.lines)
	}
}

func TestForeignSlotsStayNil(t *testing.T) {
	t.Parallel()
	plan := compile(t, registry(foreign("F", request, 1, "G"), provider("G", request, 2), foreign("FS", single, 3)),
		handler("h", "F", 1), handler("h", "FS", 1), handler("h", "G", 1))
	for range 2 { // the second one has the first one's memory
		scope, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f, s, g := scope.Value(plan.Needs[0]), scope.Value(plan.Needs[1]), scope.Value(plan.Needs[2]); f != nil || s != nil || g != "G" {
			t.Errorf("got %v, %v, %v", f, s, g)
		}
		if err := scope.Close(nil); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenPassesTheContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	p := provider("A", request, 1)
	p.Build = func(ctx context.Context, _ []any) (any, func(error) error, error) { return ctx.Value(key{}), nil, nil }
	plan := compile(t, registry(p), handler("h", "A", 1))
	scope, err := plan.Open(context.WithValue(t.Context(), key{}, "here"))
	if err != nil {
		t.Fatal(err)
	}
	if got := scope.Value(0); got != "here" {
		t.Errorf("got %v", got)
	}
	_ = scope.Close(nil)
}

func TestOpenWithoutGoStepsAllocatesNothing(t *testing.T) {
	// Not parallel: AllocsPerRun counts what the whole process allocates.
	plan := compile(t, registry(provider("S", single, 1), foreign("F", request, 2, "S")), handler("h", "F", 1), handler("h", "S", 1))
	got := testing.AllocsPerRun(100, func() {
		scope, err := plan.Open(t.Context())
		if err != nil || scope.Value(plan.Needs[1]) != "S" {
			t.Error("wrong value", err)
		}
		if err := scope.Close(errBoom); err != nil {
			t.Error(err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// Python may use a value on a thread of its own while the request ends.
func TestValueMayBeReadWhileTheScopeCloses(t *testing.T) {
	t.Parallel()
	type id struct{}
	p := provider("A", request, 1)
	p.Build = func(ctx context.Context, _ []any) (any, func(error) error, error) { return ctx.Value(id{}), nil, nil }
	plan := compile(t, registry(p), handler("h", "A", 1))
	var all sync.WaitGroup
	for n := range 200 {
		scope, err := plan.Open(context.WithValue(t.Context(), id{}, n))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for got := scope.Value(0); got != nil; got = scope.Value(0) {
				if got != n {
					t.Errorf("request %d reads %v", n, got)
					return
				}
			}
		})
		_ = scope.Close(nil)
	}
	all.Wait()
}
