package di_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/spikard/spikard-go/di"
	"go.uber.org/fx"
)

func BenchmarkOpenClose(b *testing.B) {
	noop := func(error) error { return nil }
	session := new(int)
	withCleanup := func(context.Context, []any) (any, func(error) error, error) { return session, noop, nil }
	for _, count := range []int{0, 1, 5, 20} {
		b.Run(fmt.Sprintf("go=%d", count), func(b *testing.B) {
			plan, _ := chain(b, count, withCleanup)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				scope, err := plan.Open(ctx)
				if err != nil {
					b.Fatal(err)
				}
				_ = scope.Value(plan.Needs[0])
				if err := scope.Close(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// chain is a plan of a singleton and of count request providers over it, each
// of which needs the one before it and the singleton.
func chain(b *testing.B, count int, build di.BuildFunc) (*di.Plan, *di.Registry) {
	r := registry(provider("S", single, 1))
	last := "S"
	for i := range count {
		p := provider(fmt.Sprint("R", i), request, i, last, "S")
		p.Build = build
		r.Add(p)
		last = fmt.Sprint("R", i)
	}
	return compile(b, r, handler("h", last, 1)), r
}

// BenchmarkProvide is a request value that a constructor makes from another,
// by reflection.
func BenchmarkProvide(b *testing.B) {
	r := filled(b, di.Env{}, di.Provide(newEngine), di.Provide(newTx), fx.Supply(settings{"eu"}))
	plan := compile(b, r, di.Need{Key: di.KeyOf[*tx]()})
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		scope, err := plan.Open(ctx)
		if err != nil {
			b.Fatal(err)
		}
		_ = scope.Close(nil)
	}
}

func BenchmarkOpenCloseParallel(b *testing.B) {
	session := new(int)
	plan, _ := chain(b, 20, func(context.Context, []any) (any, func(error) error, error) {
		return session, func(error) error { return nil }, nil
	})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			scope, err := plan.Open(context.Background())
			if err != nil {
				b.Error(err)
				return
			}
			_ = scope.Close(nil)
		}
	})
}

// many is a registry of 10,000 providers with three needs each and a root for
// every tenth of them.
func many() (*di.Registry, []di.Need) {
	const count = 10_000
	r := di.NewRegistry()
	var roots []di.Need
	for i := range count {
		var needs []string
		for _, step := range []int{1, 7, 100} {
			if i%1000 >= step { // layers of 1,000, so that plans differ in size
				needs = append(needs, fmt.Sprint("P", i-step))
			}
		}
		r.Add(provider(fmt.Sprint("P", i), request, i, needs...))
		if i%10 == 0 {
			roots = append(roots, handler(fmt.Sprint("h", i), fmt.Sprint("P", i), i))
		}
	}
	return r, roots
}

func BenchmarkSeal10000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r, roots := many()
		b.StartTimer()
		if err := r.Seal(roots); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSealAndCompile10000 is what a start costs: a plan for every root.
func BenchmarkSealAndCompile10000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r, roots := many()
		b.StartTimer()
		if err := r.Seal(roots); err != nil {
			b.Fatal(err)
		}
		for i := range roots {
			if _, err := r.Compile(roots[i : i+1]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCompileAmong10000(b *testing.B) {
	r, roots := many()
	if err := r.Seal(roots); err != nil {
		b.Fatal(err)
	}
	need := []di.Need{handler("h", "P20", 1)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Compile(need); err != nil {
			b.Fatal(err)
		}
	}
}
