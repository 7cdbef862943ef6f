package di_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/spikard/spikard-go/di"
	"pgregory.net/rapid"
)

// world is a random set of providers and the book of what they did.
type world struct {
	t         *rapid.T
	lifetimes []di.Lifetime
	needs     [][]int // by provider; numbers from len(lifetimes) on have no provider
	optional  [][]bool
	fails     []bool
	foreign   []bool     // empty: none is
	own       []ownValue // of the foreign steps of plans that have no scope

	serial int
	open   []instance // built and not yet cleaned up, in order
}

// instance is a value: which provider made it and the how-many-th it is.
type instance struct{ node, serial int }

func (w *world) key(i int) di.Key { return di.TypeKey(fmt.Sprintf("m.P%d", i)) }

// draw makes a world. In a sound one needs lead to earlier providers only,
// singletons need singletons, and everything that must be there is.
func draw(t *rapid.T, sound bool) *world {
	w := &world{t: t}
	count := rapid.IntRange(1, 30).Draw(t, "providers")
	for i := range count {
		lifetime := rapid.SampledFrom([]di.Lifetime{di.Singleton, di.Request, di.Transient}).Draw(t, "lifetime")
		var needs []int
		var optional []bool
		for range rapid.IntRange(0, 3).Draw(t, "needs") {
			maybe := rapid.Bool().Draw(t, "optional")
			to := rapid.IntRange(0, count+count/4).Draw(t, "to")
			if sound {
				to = rapid.IntRange(0, i+i/4).Draw(t, "sound to")
				if to >= i {
					to, maybe = to-i+count, true
				} else if lifetime == di.Singleton && w.lifetimes[to] != di.Singleton {
					continue
				}
			}
			needs, optional = append(needs, to), append(optional, maybe)
		}
		w.lifetimes = append(w.lifetimes, lifetime)
		w.needs, w.optional = append(w.needs, needs), append(w.optional, optional)
		w.fails = append(w.fails, rapid.IntRange(0, 19).Draw(t, "fails") == 0)
	}
	return w
}

func (w *world) registry() *di.Registry {
	r := di.NewRegistry()
	for i := range w.lifetimes {
		p := di.Provider{Key: w.key(i), Lifetime: w.lifetimes[i], Name: fmt.Sprint("make", i), Build: w.build(i)}
		for j, to := range w.needs[i] {
			p.Needs = append(p.Needs, di.Need{Key: w.key(to), Optional: w.optional[i][j]})
		}
		if w.isForeign(i) {
			p.Build, p.Foreign = nil, i
		}
		r.Add(p)
	}
	if len(w.foreign) > 0 {
		r.SetForeign(func(ctx context.Context, p *di.Provider, deps []any) (any, func(error) error, error) {
			return w.build(p.Foreign.(int))(ctx, deps)
		})
	}
	return r
}

func (w *world) isForeign(i int) bool { return len(w.foreign) > 0 && w.foreign[i] }

func (w *world) build(i int) di.BuildFunc {
	return func(_ context.Context, deps []any) (any, func(error) error, error) {
		w.checkDeps(i, deps)
		if w.fails[i] {
			return nil, nil, errBoom
		}
		w.serial++
		made := instance{i, w.serial}
		w.open = append(w.open, made)
		return made, func(error) error {
			if last := w.open[len(w.open)-1]; last != made {
				w.t.Fatalf("%v is cleaned up before %v", made, last)
			}
			w.open = w.open[:len(w.open)-1]
			return nil
		}, nil
	}
}

// checkDeps: each dependency is an open value of the provider needed.
func (w *world) checkDeps(i int, deps []any) {
	if len(deps) != len(w.needs[i]) {
		w.t.Fatalf("provider %d got %d dependencies, want %d", i, len(deps), len(w.needs[i]))
	}
	for j, to := range w.needs[i] {
		if to >= len(w.lifetimes) {
			if deps[j] != nil {
				w.t.Fatalf("provider %d got %v for an absent need", i, deps[j])
			}
			continue
		}
		dep, ok := deps[j].(instance)
		if !ok || dep.node != to || !slices.Contains(w.open, dep) {
			w.t.Fatalf("provider %d got %v for its need of %d, open are %v", i, deps[j], to, w.open)
		}
	}
}

// reaches is the transitive closure of the needs (Warshall): the reference.
func (w *world) reaches() [][]bool {
	n := len(w.lifetimes)
	reach := make([][]bool, n)
	for i := range reach {
		reach[i] = make([]bool, n)
		for _, to := range w.needs[i] {
			if to < n {
				reach[i][to] = true
			}
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	return reach
}

func TestSealFindsExactlyTheFaults(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, false)
		n, reach := len(w.lifetimes), w.reaches()
		roots := w.roots()
		err := w.registry().Seal(roots)

		again := w.registry().Seal(roots)
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("two seals of one world differ:\n%v\n%v", err, again)
		}

		onCycle, lacking, short := map[di.Key]bool{}, map[di.Key]bool{}, 0
		for _, fault := range di.Faults(err) {
			switch f := fault.(type) {
			case *di.CycleError:
				for i, link := range f.Path {
					onCycle[link.Provider.Key] = true
					before := f.Path[(i+len(f.Path)-1)%len(f.Path)].Provider
					if !slices.Contains(before.Needs, link.Need) || link.Need.Key != link.Provider.Key {
						t.Fatalf("not a cycle: %v", f)
					}
				}
			case *di.MissingError:
				lacking[f.Key] = true
				w.checkWay(roots, f.Path)
				w.checkAffected(roots, reach, f.Affected(), func(i int) bool {
					return slices.ContainsFunc(w.needed(i), func(to int) bool { return w.key(to) == f.Key })
				})
			case *di.LifetimeError:
				short++
				w.checkWay(roots, f.Path)
			default:
				t.Fatalf("unexpected fault %v", fault)
			}
		}
		wantShort := 0
		for i := range n {
			if onCycle[w.key(i)] != reach[i][i] {
				t.Fatalf("provider %d on a cycle: got %v, want %v\n%v", i, onCycle[w.key(i)], reach[i][i], err)
			}
			for _, to := range w.needed(i) {
				if to >= n && !lacking[w.key(to)] {
					t.Fatalf("the missing %d is not reported\n%v", to, err)
				}
			}
			for _, to := range w.needs[i] {
				if to < n && w.lifetimes[i] == di.Singleton && w.lifetimes[to] != di.Singleton {
					wantShort++
				}
			}
		}
		if short != wantShort {
			t.Fatalf("got %d lifetime faults, want %d\n%v", short, wantShort, err)
		}
	})
}

// needed are the needs of a provider that are not optional.
func (w *world) needed(i int) []int {
	var out []int
	for j, to := range w.needs[i] {
		if !w.optional[i][j] {
			out = append(out, to)
		}
	}
	return out
}

func (w *world) roots() []di.Need {
	var roots []di.Need
	for i := range rapid.IntRange(0, 4).Draw(w.t, "roots") {
		to := rapid.IntRange(0, len(w.lifetimes)-1).Draw(w.t, "root")
		roots = append(roots, di.Need{Key: w.key(to), By: fmt.Sprint("handler ", i)})
	}
	return roots
}

// checkWay: each link's provider has the need of the next one.
func (w *world) checkWay(roots []di.Need, path []di.Link) {
	if first := path[0]; first.Need.Key != "" && !slices.Contains(roots, first.Need) {
		w.t.Fatalf("the way begins at %+v, which is no root", first.Need)
	}
	for i := 1; i < len(path); i++ {
		if !slices.Contains(path[i-1].Provider.Needs, path[i].Need) {
			w.t.Fatalf("link %d of %+v does not follow", i, path)
		}
	}
}

func (w *world) checkAffected(roots []di.Need, reach [][]bool, got []di.Need, faulty func(int) bool) {
	var want []di.Need
	for _, root := range roots {
		i := w.number(root.Key)
		hit := faulty(i)
		for j := range w.lifetimes {
			hit = hit || reach[i][j] && faulty(j)
		}
		if hit {
			want = append(want, root)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("affected: got %v, want %v", got, want)
	}
}

func TestScopesOpenAndCloseEverythingOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, true)
		r := w.registry()
		needs := w.roots()
		if err := r.Seal(needs); err != nil {
			t.Fatal(err)
		}
		plan, err := r.Compile(needs)
		if tooLarge := w.slots(needs) > 1<<16; tooLarge != (err != nil) {
			t.Fatalf("compile: got %v, too large: %v", err, tooLarge)
		} else if tooLarge {
			return
		}
		w.checkPlan(plan, needs)
		if err := r.Start(context.Background()); err != nil {
			if len(w.open) > 0 {
				t.Fatalf("a start that failed left %v open", w.open)
			}
			for i := range w.fails {
				w.fails[i] = w.fails[i] && w.lifetimes[i] != di.Singleton
			}
			if err := r.Start(context.Background()); err != nil {
				t.Fatalf("second start: %v", err)
			}
		}
		started := slices.Clone(w.open)
		for range 2 { // the second scope has the first one's memory
			w.openAndClose(plan)
			if !slices.Equal(w.open, started) {
				t.Fatalf("open after the scope: %v, before: %v", w.open, started)
			}
		}
		if err := errors.Join(r.Stop(context.Background()), r.Stop(context.Background())); err != nil {
			t.Fatal(err)
		}
		if len(w.open) > 0 {
			t.Fatalf("stop left %v open", w.open)
		}
	})
}

// slots counts the slots of a plan without building it: each transient value
// costs its own for each use, everything else is counted once.
func (w *world) slots(needs []di.Need) int {
	shared := map[int]bool{}
	var count func(i int) int
	count = func(i int) int {
		if i >= len(w.lifetimes) || shared[i] {
			return 0
		}
		shared[i] = w.lifetimes[i] != di.Transient
		total := 1
		if w.lifetimes[i] != di.Singleton {
			for _, to := range w.needs[i] {
				if total < 1<<17 {
					total += count(to)
				}
			}
		}
		return total
	}
	total := 0
	for _, need := range needs {
		total += count(w.number(need.Key))
	}
	return total
}

// number is the provider of a key.
func (w *world) number(k di.Key) (i int) {
	if _, err := fmt.Sscanf(string(k), "__type__m.P%d", &i); err != nil {
		w.t.Fatalf("key %q: %v", string(k), err)
	}
	return i
}

// checkPlan: dependencies come first, and only transient providers have more
// than one slot.
func (w *world) checkPlan(plan *di.Plan, needs []di.Need) {
	seen := map[*di.Provider]int{}
	for i, step := range plan.Steps {
		seen[step.Provider]++
		if seen[step.Provider] > 1 && step.Provider.Lifetime != di.Transient {
			w.t.Fatalf("%s has two slots", step.Provider.Key)
		}
		for j, dep := range step.Deps {
			if dep >= i || dep >= 0 && plan.Steps[dep].Provider.Key != step.Provider.Needs[j].Key {
				w.t.Fatalf("step %d has %d for its need of %s", i, dep, step.Provider.Needs[j].Key)
			}
		}
	}
	for i, slot := range plan.Needs {
		if plan.Steps[slot].Provider.Key != needs[i].Key {
			w.t.Fatalf("need %d has the slot of %s", i, plan.Steps[slot].Provider.Key)
		}
	}
}

func (w *world) openAndClose(plan *di.Plan) {
	mustFail := slices.ContainsFunc(plan.Steps, func(s di.Step) bool {
		i := w.number(s.Provider.Key)
		return w.fails[i] && w.lifetimes[i] != di.Singleton
	})
	before := w.serial
	scope, err := plan.Open(context.Background())
	if mustFail != errors.Is(err, errBoom) || !mustFail && err != nil {
		w.t.Fatalf("open: got %v, must fail: %v", err, mustFail)
	}
	if err != nil {
		return
	}
	built := 0
	for slot, step := range plan.Steps {
		if step.Provider.Lifetime != di.Singleton {
			built++
		}
		if made, ok := scope.Value(slot).(instance); !ok || w.key(made.node) != step.Provider.Key || !slices.Contains(w.open, made) {
			w.t.Fatalf("slot %d holds %v", slot, scope.Value(slot))
		}
	}
	if got := w.serial - before; got != built {
		w.t.Fatalf("%d values were built, want %d", got, built)
	}
	if err := errors.Join(scope.Close(nil), scope.Close(nil)); err != nil {
		w.t.Fatal(err)
	}
}
