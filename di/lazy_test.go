package di_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// byHook has foreign providers recorded in the journal.
func (j *journal) byHook(_ context.Context, p *di.Provider, deps []any) (any, func(error) error, error) {
	label := "py " + p.Key.Label()
	j.note("open %s%v", label, deps)
	return label, func(failure error) error { j.note("close %s %v", label, short(failure)); return nil }, nil
}

func TestSingletonsOfBothLanguagesHaveOneOrder(t *testing.T) {
	t.Parallel()
	var j journal
	r := registry(
		j.recorded(provider("App", single, 1, "Model")),
		foreign("Model", single, 2, "Pool", "?Gone"),
		j.recorded(provider("Pool", single, 3, "Settings")),
		foreign("Settings", single, 4),
	)
	r.SetForeign(j.byHook)
	plan := compile(t, r, handler("h", "Model", 1), handler("h", "App", 1))
	j.want(t, "open py Settings[]", "open Pool[py Settings]", "open py Model[Pool <nil>]", "open App[py Model]")
	if got := strings.Join(layout(plan), " "); got != "Model App" || len(plan.Turns) > 0 {
		t.Errorf("steps %q with turns %v, want the singletons alone", got, plan.Turns)
	}
	scope, err := plan.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := scope.Value(plan.Needs[0]); got != "py Model" {
		t.Errorf("got %v", got)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "close App <nil>", "close py Model <nil>", "close Pool <nil>", "close py Settings <nil>")
}

func TestForeignSingletonThatFails(t *testing.T) {
	t.Parallel()
	var j journal
	r := registry(j.recorded(provider("Pool", single, 1)), foreign("Model", single, 2, "Pool"))
	fail := func(context.Context, *di.Provider, []any) (any, func(error) error, error) { return nil, nil, errBoom }
	r.SetForeign(func(ctx context.Context, p *di.Provider, deps []any) (any, func(error) error, error) {
		return fail(ctx, p, deps)
	})
	if err := r.Seal([]di.Need{handler("app.get", "Model", 1)}); err != nil {
		t.Fatal(err)
	}
	err := r.Start(t.Context())
	if want := "build Model with new_Model (app.py:2), needed by handler app.get (routes.py:1): boom"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	j.want(t, "open Pool[]", "close Pool boom")
	fail = func(context.Context, *di.Provider, []any) (any, func(error) error, error) { panic("ouch") }
	var p *di.PanicError
	if err := r.Start(t.Context()); !errors.As(err, &p) {
		t.Errorf("got %v, want a *PanicError", err)
	}
}

func TestWithoutAnEngineForeignSingletonsAreLeftOut(t *testing.T) {
	t.Parallel()
	r := registry(foreign("F", single, 1))
	compile(t, r)
	if got, ok := r.Value(di.TypeKey("F")); ok {
		t.Errorf("got %v", got)
	}
	r = registry(foreign("F", single, 1), provider("A", single, 2, "F"))
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	err := r.Start(t.Context())
	if !errors.Is(err, di.ErrNoForeign) || !strings.Contains(err.Error(), "app.py:1") {
		t.Errorf("got %v, want ErrNoForeign with the provider", err)
	}
}

func TestLazySingletonsAreBuiltAtFirstNeedAndClosedFirst(t *testing.T) {
	t.Parallel()
	var j journal
	r := registry(
		lazy(j.recorded(provider("L1", single, 1, "L2", "E"))), lazy(foreign("L2", single, 2)),
		lazy(j.recorded(provider("Unused", single, 3))), lazy(j.recorded(provider("Base", single, 4))),
		j.recorded(provider("E", single, 5, "Base")), j.recorded(provider("R", request, 6, "L1")),
	)
	r.SetForeign(j.byHook)
	plan := compile(t, r, handler("h", "R", 1))
	j.want(t, "open Base[]", "open E[Base]") // an eager one needs Base
	if got, ok := r.Value(di.TypeKey("L1")); ok {
		t.Errorf("L1 is there at once: %v", got)
	}
	for range 2 {
		scope, err := plan.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = scope.Close(nil)
	}
	j.want(t, "open py L2[]", "open L1[py L2 E]", "open R[L1]", "close R <nil>", "open R[L1]", "close R <nil>")
	if got, ok := r.Value(di.TypeKey("L1")); !ok || got != "L1" {
		t.Errorf("got %v, %v", got, ok)
	}
	_ = r.Stop(t.Context())
	j.want(t, "close L1 <nil>", "close py L2 <nil>", "close E <nil>", "close Base <nil>")
	if _, ok := r.Value(di.TypeKey("L1")); ok {
		t.Error("the value of a stopped registry")
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Value(di.TypeKey("L1")); ok {
		t.Error("the second start has the first one's lazy value")
	}
	_ = r.Stop(t.Context())
}

// blocked is a lazy singleton whose build waits to be let go on.
type blocked struct {
	entered chan context.Context
	leave   chan error
	plan    *di.Plan
	r       *di.Registry
	ignores bool // its context
	closed  bool
}

func newBlocked(t *testing.T) *blocked {
	b := &blocked{entered: make(chan context.Context, 1), leave: make(chan error)}
	p := lazy(provider("L", single, 1))
	p.Build = func(ctx context.Context, _ []any) (any, func(error) error, error) {
		b.entered <- ctx
		if b.ignores {
			return "L", func(error) error { b.closed = true; return nil }, <-b.leave
		}
		select {
		case err := <-b.leave:
			return "L", func(error) error { b.closed = true; return nil }, err
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	b.r = registry(p)
	b.plan = compile(t, b.r, handler("h", "L", 1))
	return b
}

// open opens the plan in a goroutine of its own.
func (b *blocked) open(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		scope, err := b.plan.Open(ctx)
		if err == nil && scope.Value(0) != "L" {
			err = errors.New("wrong value")
		}
		done <- err
	}()
	return done
}

func TestClientThatLeavesDoesNotFailALazySingleton(t *testing.T) {
	t.Parallel()
	b := newBlocked(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := b.open(ctx)
	inside := <-b.entered
	cancel()
	if inside.Err() != nil {
		t.Error("the build was cancelled with the client")
	}
	// One who only waits may leave at once.
	if err := <-b.open(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "handler h (routes.py:1)") {
		t.Errorf("got %v, want the context's error with the way", err)
	}
	second := b.open(t.Context())
	b.leave <- nil
	if err := errors.Join(<-first, <-second); err != nil {
		t.Error(err)
	}
	if inside.Err() != nil {
		t.Error("the context ended once the value was built: the value may have kept it")
	}
}

func TestLazySingletonThatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBlocked(t)
	for range 2 {
		done := b.open(t.Context())
		<-b.entered
		b.leave <- errBoom
		if err := <-done; !errors.Is(err, errBoom) {
			t.Errorf("got %v", err)
		}
	}
	done := b.open(t.Context())
	<-b.entered
	b.leave <- nil
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStopAwaitsLazySingletonsThatAreBeingBuilt(t *testing.T) {
	t.Parallel()
	for _, ignores := range []bool{false, true} {
		b := newBlocked(t)
		b.ignores = ignores
		done := b.open(t.Context())
		inside := <-b.entered
		stopped := make(chan error, 1)
		go func() { stopped <- b.r.Stop(context.Background()) }()
		<-inside.Done() // the build learns of it
		if ignores {
			b.leave <- nil
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if err := <-done; (err == nil) != ignores || b.closed != ignores {
			t.Errorf("the build gave %v, cleaned up: %v", err, b.closed)
		}
		if _, err := b.plan.Open(t.Context()); !errors.Is(err, di.ErrNotStarted) {
			t.Errorf("got %v, want ErrNotStarted", err)
		}
	}
}

func TestHammerLazySingletonsAndSessions(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	alive := map[string]int{}
	counted := func(p di.Provider) di.Provider {
		label := p.Key.Label()
		p.Build = func(context.Context, []any) (any, func(error) error, error) {
			mu.Lock()
			defer mu.Unlock()
			alive[label]++
			if alive[label] > 1 && p.Lifetime == single {
				t.Errorf("%d of the singleton %s", alive[label], label)
			}
			return new(int), func(error) error {
				mu.Lock()
				defer mu.Unlock()
				alive[label]--
				return nil
			}, nil
		}
		return p
	}
	r := registry(
		lazy(counted(provider("A", single, 1, "B"))), lazy(counted(provider("B", single, 2))),
		counted(provider("R", request, 3, "A")), counted(provider("T", transient, 4, "R")),
	)
	plan := compile(t, r, handler("h", "T", 1), handler("h", "B", 1))
	known := func(err error) bool {
		return err == nil || errors.Is(err, di.ErrNotStarted)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 200 {
				if scope, err := plan.Open(t.Context()); !known(err) {
					t.Error(err)
				} else if err == nil {
					_ = scope.Close(nil)
				}
				s := r.Open(t.Context())
				var both sync.WaitGroup
				values := make([]any, 2)
				for i := range values {
					both.Go(func() {
						var err error
						if values[i], err = s.Resolve(t.Context(), di.TypeKey("R")); !known(err) {
							t.Error(err)
						}
					})
				}
				both.Wait()
				if values[0] != values[1] && values[0] != nil && values[1] != nil {
					t.Error("two of one request value")
				}
				_ = s.Close(nil)
			}
		})
	}
	all.Go(func() {
		for range 50 {
			if err := errors.Join(r.Stop(t.Context()), r.Start(t.Context())); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	_ = r.Stop(t.Context())
	for label, n := range alive {
		if n != 0 {
			t.Errorf("%d of %s were not cleaned up", n, label)
		}
	}
}
