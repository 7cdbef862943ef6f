package di_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// TestHammerScopes opens and closes one plan from many goroutines, with builds
// and clean-ups that fail and panic, closed twice at once, while plans are
// compiled and the registry is stopped and started. Each request's values must
// be its own.
func TestHammerScopes(t *testing.T) {
	t.Parallel()
	type id struct{}
	var open atomic.Int64
	made := func(name string, lifetime di.Lifetime, line int, needs ...string) di.Provider {
		p := provider(name, lifetime, line, needs...)
		p.Build = func(ctx context.Context, deps []any) (any, func(error) error, error) {
			mine := ctx.Value(id{})
			for _, dep := range deps {
				if dep != mine && dep != "S" {
					t.Errorf("a value of request %v reached request %v", dep, mine)
				}
			}
			switch rand.IntN(50) {
			case 0:
				return nil, nil, errBoom
			case 1:
				panic(errBoom)
			}
			open.Add(1)
			return mine, func(error) error {
				open.Add(-1)
				switch rand.IntN(50) {
				case 0:
					return errBoom
				case 1:
					panic(errBoom)
				}
				return nil
			}, nil
		}
		return p
	}
	r := registry(
		provider("S", single, 1),
		made("A", request, 2, "S", "B", "T"), made("B", request, 3, "T"), made("T", transient, 4, "S"), made("C", request, 5, "A", "B"),
	)
	needs := []di.Need{handler("h", "C", 1), handler("h", "S", 1), handler("h", "T", 1)}
	plan := compile(t, r, needs...)

	serve := func(n int) {
		scope, err := plan.Open(context.WithValue(t.Context(), id{}, n))
		if errors.Is(err, errBoom) || errors.Is(err, di.ErrNotStarted) {
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		if c, s, own := scope.Value(plan.Needs[0]), scope.Value(plan.Needs[1]), scope.Value(plan.Needs[2]); c != n || s != "S" || own != n {
			t.Errorf("request %d got %v, %v, %v", n, c, s, own)
		}
		var twice sync.WaitGroup
		twice.Go(func() { _ = scope.Close(nil) })
		_ = scope.Close(errBoom)
		twice.Wait()
	}
	var all sync.WaitGroup
	for g := range 32 {
		all.Go(func() {
			for i := range 500 {
				serve(g*1000 + i)
			}
		})
	}
	all.Go(func() {
		for range 200 {
			if _, err := r.Compile(needs); err != nil {
				t.Error(err)
			}
			if err := errors.Join(r.Stop(t.Context()), r.Start(t.Context())); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	if n := open.Load(); n != 0 {
		t.Errorf("%d values were not cleaned up", n)
	}
}
