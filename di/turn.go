package di

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Turn is a run of steps that one side builds before the other goes on.
type Turn struct {
	// Stage is that of the needs that the steps are for.
	Stage int
	// Foreign says that the steps are another engine's.
	Foreign bool
	// Slots are the steps, in the order in which to build them.
	Slots []int
}

// place says in which turn a step is built. Turns are in the order of stage,
// round and side, foreign before Go.
type place struct {
	stage, round int
	foreign      bool
}

// early is the round of the Go steps that need nothing foreign: they are in the
// first turn of the lowest stage.
const early = -1

func (a place) compare(b place) int {
	side := 0
	if a.foreign != b.foreign {
		side = 1
		if a.foreign {
			side = -1
		}
	}
	return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.round, b.round), side)
}

// takeTurns has every step built as soon as its stage and what it needs allow,
// so no order changes over to Go less often. Go steps that need nothing foreign
// don't wait for their stage, for they cost no change at all.
func (p *Plan) takeTurns() {
	lowest, stages := p.stages()
	places := make([]place, len(p.Steps))
	slots := map[place][]int{}
	for slot, step := range p.Steps {
		if p.registry.isBuilt(step.Provider) {
			p.singletons = append(p.singletons, slot)
			continue
		}
		at, waits := place{stage: stages[slot], foreign: step.Provider.IsForeign()}, step.Provider.IsForeign()
		for _, dep := range step.Deps {
			if dep == none || p.registry.isBuilt(p.Steps[dep].Provider) || places[dep].round == early {
				continue
			}
			waits = true
			at.round = max(at.round, at.after(places[dep]))
		}
		if !waits {
			at = place{stage: lowest, round: early}
		}
		places[slot] = at
		slots[at] = append(slots[at], slot)
	}
	for _, at := range slices.SortedFunc(maps.Keys(slots), place.compare) {
		p.Turns = append(p.Turns, Turn{Stage: at.stage, Foreign: at.foreign, Slots: slots[at]})
		switch {
		case at.foreign:
		case at.round == early:
			p.early = slots[at]
		default:
			p.late = append(p.late, slots[at]...)
		}
	}
}

// after is the first round in which a step can be built that needs one of dep.
func (a place) after(dep place) int {
	switch {
	case dep.stage < a.stage:
		return 0
	case a.foreign && !dep.foreign:
		return dep.round + 1
	}
	return dep.round
}

// stages gives the lowest stage of the plan's needs, and for each slot the
// lowest of those needs that lead to it.
func (p *Plan) stages() (lowest int, stages []int) {
	order := make([]int, 0, len(p.Needs))
	for i, slot := range p.Needs {
		if slot != none {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.needs[a].Stage, p.needs[b].Stage) })
	stages = make([]int, len(p.Steps))
	seen := make([]bool, len(p.Steps))
	for _, i := range order {
		stack := []int{p.Needs[i]}
		for len(stack) > 0 {
			slot := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if slot != none && !seen[slot] {
				seen[slot], stages[slot] = true, p.needs[i].Stage
				stack = append(stack, p.Steps[slot].Deps...)
			}
		}
	}
	if len(order) > 0 {
		lowest = p.needs[order[0]].Stage
	}
	return lowest, stages
}

// WriteText writes the turns for people, one a line: for which stage, on which
// side, what is run.
//
// # Errors
//
// Those of w.
func (p *Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, turn := range p.Turns {
		side := "go"
		if turn.Foreign {
			side = "python"
		}
		names := make([]string, len(turn.Slots))
		for i, slot := range turn.Slots {
			names[i] = p.Steps[slot].Provider.shortTitle()
		}
		fmt.Fprintf(&b, "stage %d, %s: %s\n", turn.Stage, side, strings.Join(names, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
