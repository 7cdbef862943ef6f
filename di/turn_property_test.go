package di_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/spikard/spikard-go/di"
	"pgregory.net/rapid"
)

// drawMixed makes a sound world of two languages, in which nothing fails, with
// needs of several stages.
func drawMixed(t *rapid.T) (*world, []di.Need) {
	w := draw(t, true)
	for i := range w.lifetimes {
		w.foreign = append(w.foreign, rapid.Bool().Draw(t, "foreign"))
		w.fails[i] = false
	}
	needs := w.roots()
	for i := range needs {
		needs[i].Stage = rapid.IntRange(-1, 2).Draw(t, "stage")
	}
	return w, needs
}

// TestTurnsOfBothLanguages runs plans as an engine does: Open, then one turn
// after the other, then everything cleaned up. The world's book tells whether
// every value had what it needs and was cleaned up in exact reverse order.
func TestTurnsOfBothLanguages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, needs := drawMixed(t)
		r := w.registry()
		if err := r.Seal(needs); err != nil {
			t.Fatal(err)
		}
		plan, err := r.Compile(needs)
		if err != nil {
			if w.slots(needs) <= 1<<16 {
				t.Fatal(err)
			}
			return
		}
		if err := r.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		started := slices.Clone(w.open)
		w.checkTurns(plan, needs)
		for range 2 {
			w.runTurns(plan)
			if !slices.Equal(w.open, started) {
				t.Fatalf("open after the request: %v, before: %v", w.open, started)
			}
		}
		if err := r.Stop(context.Background()); err != nil || len(w.open) > 0 {
			t.Fatalf("stop: %v, left open: %v", err, w.open)
		}
	})
}

func (w *world) runTurns(plan *di.Plan) {
	ctx := context.Background()
	scope, err := plan.Open(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	var closers []func() error
	for i, turn := range plan.Turns {
		switch {
		case turn.Foreign:
			for _, slot := range turn.Slots {
				closers = append(closers, w.runForeign(plan, scope, slot))
			}
		case i > 0 || len(plan.Early()) == 0:
			due := scope.Len()
			if err := scope.Build(ctx, turn.Slots); err != nil {
				w.t.Fatal(err)
			}
			if got := scope.Len() - due; got != len(turn.Slots) {
				w.t.Fatalf("%d clean-ups for %d steps", got, len(turn.Slots))
			}
			closers = append(closers, func() error { return scope.CloseTo(due, nil) })
		}
	}
	for slot, step := range plan.Steps {
		if made, ok := w.valueOf(plan, scope, slot).(instance); !ok || w.key(made.node) != step.Provider.Key {
			w.t.Fatalf("slot %d of %s holds %v", slot, step.Provider.Key, made)
		}
	}
	for _, c := range slices.Backward(closers) {
		err = errors.Join(err, c())
	}
	if err := errors.Join(err, scope.Close(nil)); err != nil {
		w.t.Fatal(err)
	}
}

// runForeign builds a foreign step as an engine would, and tells the scope if
// there is somebody in Go to need it.
func (w *world) runForeign(plan *di.Plan, scope *di.Scope, slot int) func() error {
	step := plan.Steps[slot]
	deps := make([]any, len(step.Deps))
	for i, dep := range step.Deps {
		if dep >= 0 {
			deps[i] = w.valueOf(plan, scope, dep)
		}
	}
	value, cleanup, err := w.build(step.Provider.Foreign.(int))(context.Background(), deps)
	if err != nil {
		w.t.Fatal(err)
	}
	if plan.Static() {
		w.own = append(w.own, ownValue{slot, value.(instance)})
	} else {
		scope.Set(slot, value)
	}
	return func() error { return cleanup(nil) }
}

// ownValue is a foreign value of a plan that has no scope of its own.
type ownValue struct {
	slot int
	made instance
}

func (w *world) valueOf(plan *di.Plan, scope *di.Scope, slot int) any {
	if v := scope.Value(slot); v != nil || !plan.Static() {
		return v
	}
	for _, own := range slices.Backward(w.own) {
		if own.slot == slot {
			return own.made
		}
	}
	return nil
}

// checkTurns compares the turns with what they are to be, worked out without
// them.
func (w *world) checkTurns(plan *di.Plan, needs []di.Need) {
	done, entries := make([]bool, len(plan.Steps)), map[int]int{}
	count := 0
	stage := w.stages(plan, needs)
	for slot, step := range plan.Steps {
		done[slot] = step.Provider.Lifetime == di.Singleton
	}
	for i, turn := range plan.Turns {
		isEarly := i == 0 && !turn.Foreign && slices.Equal(turn.Slots, plan.Early())
		if !turn.Foreign && !isEarly {
			entries[turn.Stage]++
		}
		if i > 0 && plan.Turns[i-1].Stage > turn.Stage {
			w.t.Fatalf("the turns' stages fall: %v", plan.Turns)
		}
		for _, slot := range turn.Slots {
			step := plan.Steps[slot]
			if done[slot] || step.Provider.IsForeign() != turn.Foreign || !isEarly && stage[slot] != turn.Stage {
				w.t.Fatalf("slot %d of stage %d in turn %+v", slot, stage[slot], turn)
			}
			for _, dep := range step.Deps {
				if dep >= 0 && !done[dep] {
					w.t.Fatalf("slot %d comes before its dependency %d: %v", slot, dep, plan.Turns)
				}
			}
			done[slot] = true
			count++
		}
	}
	if slot := slices.Index(done, false); slot >= 0 {
		w.t.Fatalf("slot %d is in no turn: %v", slot, plan.Turns)
	}
	w.checkEntries(plan, stage, entries)
}

// stages gives the lowest stage of the needs that lead to each slot.
func (w *world) stages(plan *di.Plan, needs []di.Need) []int {
	stage := make([]int, len(plan.Steps))
	for i := range stage {
		stage[i] = 1 << 20
	}
	var mark func(slot, at int)
	mark = func(slot, at int) {
		if slot >= 0 && at < stage[slot] {
			stage[slot] = at
			for _, dep := range plan.Steps[slot].Deps {
				mark(dep, at)
			}
		}
	}
	for i, slot := range plan.Needs {
		mark(slot, needs[i].Stage)
	}
	return stage
}

// checkEntries tries every order of small plans: none enters Go less often.
func (w *world) checkEntries(plan *di.Plan, stage []int, entries map[int]int) {
	early := map[int]bool{}
	for slot, step := range plan.Steps {
		waits := step.Provider.IsForeign() || step.Provider.Lifetime == di.Singleton
		for _, dep := range step.Deps {
			waits = waits || dep >= 0 && !early[dep] && plan.Steps[dep].Provider.Lifetime != di.Singleton
		}
		early[slot] = !waits
	}
	for slot := range plan.Steps {
		if early[slot] != slices.Contains(plan.Early(), slot) {
			w.t.Fatalf("early are %v", plan.Early())
		}
	}
	for at := -1; at <= 2; at++ {
		var open []int
		for slot, step := range plan.Steps {
			if stage[slot] == at && !early[slot] && step.Provider.Lifetime != di.Singleton {
				open = append(open, slot)
			}
		}
		if len(open) > 10 {
			continue
		}
		if want := fewestEntries(plan, open); entries[at] != want {
			w.t.Fatalf("stage %d enters Go %d times, %d will do: %v", at, entries[at], want, plan.Turns)
		}
	}
}

// fewestEntries is how often Go must be entered to build the slots, of all the
// orders that there are.
func fewestEntries(plan *di.Plan, open []int) int {
	type state struct {
		done uint
		inGo bool
	}
	best := map[state]int{{}: 0}
	for queue := []state{{}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for i, slot := range open {
			blocked := at.done&(1<<i) != 0
			for _, dep := range plan.Steps[slot].Deps {
				j := slices.Index(open, dep)
				blocked = blocked || j >= 0 && at.done&(1<<j) == 0
			}
			if blocked {
				continue
			}
			next := state{at.done | 1<<i, !plan.Steps[slot].Provider.IsForeign()}
			cost := best[at]
			if next.inGo && !at.inGo {
				cost++
			}
			if old, seen := best[next]; !seen || cost < old {
				best[next] = cost
				queue = append(queue, next)
			}
		}
	}
	all := uint(1)<<len(open) - 1
	least, found := best[state{all, true}]
	if other, ok := best[state{all, false}]; ok && (!found || other < least) {
		least = other
	}
	return least
}
