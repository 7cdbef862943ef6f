package di_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
)

func TestSession(t *testing.T) {
	t.Parallel()
	var j journal
	r := registry(
		j.recorded(provider("R", request, 1, "F", "?Gone", "T", "S")), foreign("F", request, 2, "T"),
		j.recorded(provider("T", transient, 3)), provider("S", single, 4), lazy(j.recorded(provider("L", single, 5))),
	)
	r.SetForeign(j.byHook)
	compile(t, r)
	s := r.Open(t.Context())
	get := func(name string) any {
		t.Helper()
		v, err := s.Resolve(t.Context(), di.TypeKey(name))
		if err != nil {
			t.Error(err)
		}
		return v
	}
	for range 2 {
		if got := get("R"); got != "R" {
			t.Errorf("got %v", got)
		}
	}
	j.want(t, "open T[]", "open py F[T]", "open T[]", "open R[py F <nil> T S]")
	for range 2 {
		get("L")
		get("T")
	}
	j.want(t, "open L[]", "open T[]", "open T[]")
	if got := get("F"); got != "py F" {
		t.Errorf("got %v", got)
	}
	if err := s.Close(errBoom); err != nil {
		t.Error(err)
	}
	j.want(t, "close T boom", "close T boom", "close R boom", "close T boom", "close py F boom", "close T boom")
	if err := s.Close(nil); err != nil {
		t.Error(err)
	}
	j.want(t)
	_ = r.Stop(t.Context())
	j.want(t, "close L <nil>")
}

func TestSessionTells(t *testing.T) {
	t.Parallel()
	bad := provider("Bad", request, 1, "Good")
	bad.Build = func(context.Context, []any) (any, func(error) error, error) { return nil, nil, errBoom }
	r := registry(bad, provider("Good", request, 2), foreign("F", request, 3), provider("Broken", request, 4, "Gone"))
	_ = r.Seal(nil)
	unstarted := r.Open(t.Context())
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := r.Open(t.Context())
	closed := r.Open(t.Context())
	_ = closed.Close(nil)
	tests := []struct {
		s    *di.Session
		key  string
		is   error
		text string
	}{
		{unstarted, "Good", di.ErrNotStarted, "resolve Good: "},
		{closed, "Good", di.ErrClosed, "resolve Good: "},
		{s, "Bad", errBoom, "build Bad with new_Bad (app.py:1): boom"},
		{s, "F", di.ErrNoForeign, "build F with new_F (app.py:3): nothing runs"},
		{s, "other.good", nil, "did you mean Good, from new_Good (app.py:2)?"},
		{s, "Broken", nil, "no provider for Gone"},
	}
	for _, test := range tests {
		_, err := test.s.Resolve(t.Context(), di.TypeKey(test.key))
		if err == nil || !strings.Contains(err.Error(), test.text) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: got %v, want %q", test.key, err, test.text)
		}
	}
	var missing *di.MissingError
	if _, err := s.Resolve(t.Context(), "nothing"); !errors.As(err, &missing) {
		t.Errorf("got %v, want a *MissingError", err)
	}
	_ = r.Stop(t.Context())
	if _, err := s.Resolve(t.Context(), di.TypeKey("Good")); !errors.Is(err, di.ErrNotStarted) {
		t.Errorf("after Stop: got %v", err)
	}
	_ = s.Close(nil)
}

// A transaction ends with the context that it was begun with: so that can't be
// the context of the call that happened to need it first.
func TestSessionValuesOutliveTheCall(t *testing.T) {
	t.Parallel()
	p := provider("Tx", request, 1)
	var inside context.Context
	p.Build = func(ctx context.Context, _ []any) (any, func(error) error, error) { inside = ctx; return 1, nil, nil }
	r := registry(p)
	compile(t, r)
	s := r.Open(t.Context())
	call, cancel := context.WithCancel(t.Context())
	if _, err := s.Resolve(call, di.TypeKey("Tx")); err != nil {
		t.Fatal(err)
	}
	cancel()
	if inside.Err() != nil {
		t.Error("the value's context ended with the call")
	}
	_ = s.Close(nil)
}

func TestResolveByType(t *testing.T) {
	t.Parallel()
	r := di.NewRegistry()
	r.Add(di.Provider{Key: di.KeyOf[*store](), Lifetime: single, Build: value(&store{})})
	r.Add(di.Provider{Key: di.KeyOf[int](), Lifetime: single, Build: value("12")})
	r.Add(di.Provider{Key: di.KeyOf[uint](), Lifetime: single, Build: value("x")})
	compile(t, r)
	s := r.Open(t.Context())
	defer func() { _ = s.Close(nil) }()
	if got, err := di.Resolve[*store](t.Context(), s); err != nil || got == nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := di.Resolve[int](t.Context(), s); err == nil || err.Error() != "resolve int: it is of type string, not int" {
		t.Errorf("got %v, want both types", err)
	}
	if _, err := di.Resolve[error](t.Context(), s); err == nil || !strings.Contains(err.Error(), "no provider for error") {
		t.Errorf("got %v", err)
	}

	r.SetConvert(func(_ context.Context, value any, to reflect.Type) (any, error) {
		if to == reflect.TypeFor[uint]() {
			return "still a string", nil
		}
		var n int
		_, err := fmt.Sscan(value.(string), &n)
		return n, err
	})
	if got, err := di.Resolve[int](t.Context(), s); err != nil || got != 12 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := di.Resolve[uint](t.Context(), s); err == nil || !strings.Contains(err.Error(), "string") {
		t.Errorf("got %v", err)
	}
}
