package spikard

import (
	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
)

// ref names a value of a program before the numbers are known: they begin with
// the inputs, whose count is known only at the end.
type ref struct {
	kind refKind
	n    int
	// result is which of a step's values it is.
	result int
}

type refKind uint8

const (
	refBound refKind = iota // the n-th bound parameter of the handler
	refConst                // the n-th value that is the same for every request
	refLive                 // the n-th value that Go has for this request
	refRequest
	refStep
	refResponse
	refError
)

// nowhere is the input that no parameter's default stands for.
var nowhere = pybridge.Input{Callable: -1, Param: -1}

// assembly turns roles and a plan into a program.
type assembly struct {
	app  *pythonApp
	plan *di.Plan
	out  *compiled

	bound []pybridge.Input
	steps []pybridge.Step
	args  [][]ref // of each step

	turn   int         // the next of plan.Turns
	made   map[int]ref // what Python has made, by slot
	within map[int]int // the step in whose segment a slot is built
	sent   map[sentKey]ref
	needs  int  // needs of the roles that were taken so far
	onLoop bool // something is given that may belong to the event loop's thread
	faults []error
}

// sentKey is a value of Go's as one consumer sees it.
type sentKey struct {
	slot int
	key  di.Key
	in   pybridge.Input
}

// program compiles a program. The plan gives the order of the providers.
func (a *pythonApp) program(spec programSpec) (*compiled, error) {
	plan, err := a.registry.Compile(spec.needs())
	if err != nil {
		return nil, err
	}
	b := &assembly{
		app: a, plan: plan, out: &compiled{name: spec.name, plan: plan, aware: asksForRequest(plan)},
		made: map[int]ref{}, within: map[int]int{}, sent: map[sentKey]ref{},
	}
	b.out.ears = spec.hooks.ears()
	b.out.refusable = b.out.ears.any()
	b.out.traced = a.traced && spec.lifespan == nil
	if b.skipFirst(); spec.handler == nil && spec.lifespan == nil && !spec.refusals && b.alone() {
		b.out.trailing, b.turn = b.rest(), len(plan.Turns)
		a.programs = append(a.programs, b.out)
		return b.out, nil
	}
	p := b.assemble(&spec)
	p.Threads, p.Queue = spec.threads, spec.queue
	if len(b.faults) > 0 {
		return nil, joinAll(b.faults)
	}
	if b.out.callable, err = a.app.Compile(p); err != nil {
		return nil, err
	}
	a.programs = append(a.programs, b.out)
	return b.out, nil
}

// skipFirst leaves out the turn that Go takes ahead of the call.
func (b *assembly) skipFirst() {
	if b.turn < len(b.plan.Turns) && !b.plan.Turns[b.turn].Foreign {
		b.turn++
	}
}

// alone tells that Python has nothing left to do.
func (b *assembly) alone() bool {
	for _, t := range b.plan.Turns[b.turn:] {
		if t.Foreign {
			return false
		}
	}
	return true
}

// rest are the slots of all the turns that are left.
func (b *assembly) rest() []int {
	var slots []int
	for _, t := range b.plan.Turns[b.turn:] {
		slots = append(slots, t.Slots...)
	}
	return slots
}

func (b *assembly) assemble(spec *programSpec) pybridge.Program {
	before := spec.hooks.before()
	for i, hook := range before {
		b.gates(&spec.hooks, i)
		b.turns(i)
		b.step(pybridge.Step{Kind: pybridge.StepHook, Callable: hook.callable}, b.arguments(hook))
	}
	b.gates(&spec.hooks, len(before))
	b.turnsToHandler(spec)
	var post [][]ref
	for _, hook := range spec.hooks.after() {
		post = append(post, b.arguments(hook))
	}
	var handler []ref
	if spec.handler != nil {
		handler = b.arguments(spec.handler)
	}
	if spec.lifespan != nil {
		kind := pybridge.StepProvide
		if spec.job {
			kind = pybridge.StepHandler
		}
		b.step(pybridge.Step{Kind: kind, Callable: spec.lifespan.callable}, b.arguments(spec.lifespan))
	}
	b.outputs(spec.outputs)
	return b.number(spec, handler, post)
}

// turns adds the steps of a stage, Python's one by one, Go's by segments.
func (b *assembly) turns(stage int) {
	for ; b.turn < len(b.plan.Turns) && b.plan.Turns[b.turn].Stage <= stage; b.turn++ {
		b.take(b.plan.Turns[b.turn])
	}
}

// turnsToHandler adds the steps of all that is left. Where the values are for Go,
// the turn that Go has at the end is not Python's business.
func (b *assembly) turnsToHandler(spec *programSpec) {
	last := len(spec.hooks.before())
	if spec.handler != nil || spec.lifespan != nil || spec.refusals {
		b.turns(last)
		return
	}
	for b.turn < len(b.plan.Turns) && !b.alone() {
		b.take(b.plan.Turns[b.turn])
		b.turn++
	}
	b.out.trailing = b.rest()
}

func (b *assembly) take(t di.Turn) {
	if !t.Foreign {
		b.segment(t.Slots)
		return
	}
	for _, slot := range t.Slots {
		step := b.plan.Steps[slot]
		callable := step.Provider.Foreign.(foreign).callable
		args := b.providerArguments(b.app.roles[roleKey{callable, kindOf(step.Provider)}], step)
		b.made[slot] = b.step(pybridge.Step{Kind: pybridge.StepProvide, Callable: callable}, args)
	}
}

// segment adds a step in which Go builds values.
func (b *assembly) segment(slots []int) {
	s := segment{slots: slots}
	var args []ref
	for _, slot := range b.foreignNeeds(slots) {
		s.needs = append(s.needs, slot)
		args = append(args, b.made[slot])
	}
	r := b.step(pybridge.Step{Kind: pybridge.StepGo, Callable: len(b.out.segments)}, args)
	for _, slot := range slots {
		b.within[slot] = r.n
	}
	b.out.segments = append(b.out.segments, s)
}

// foreignNeeds are the slots that Python makes in this call and that Go's steps
// need.
func (b *assembly) foreignNeeds(slots []int) []int {
	var out []int
	seen := map[int]bool{}
	for _, slot := range slots {
		for _, dep := range b.plan.Steps[slot].Deps {
			if _, ok := b.made[dep]; ok && !seen[dep] {
				seen[dep] = true
				out = append(out, dep)
			}
		}
	}
	return out
}

// arguments gives a role's arguments.
func (b *assembly) arguments(r *role) []ref {
	first := b.needs
	b.needs += len(r.needs)
	var out []ref
	for param, arg := range r.args {
		in := pybridge.Input{Callable: r.callable, Param: param}
		switch arg.kind {
		case fromNeed:
			out = append(out, b.slot(b.plan.Needs[first+arg.need], r.needs[arg.need].Key, in))
		case fromRequestPart:
			b.bound = append(b.bound, in)
			out = append(out, ref{kind: refBound, n: len(b.bound) - 1})
		case fromRequest:
			out = append(out, b.request())
		case fromResponse:
			out = append(out, ref{kind: refResponse})
		case fromError:
			out = append(out, ref{kind: refError})
		case fromDefault:
			out = append(out, b.absent(in))
		}
	}
	return out
}

// providerArguments are those of a provider, whose needs are met by the slots
// that the plan says, in the order of the needs.
func (b *assembly) providerArguments(r *role, step di.Step) []ref {
	var out []ref
	for param, arg := range r.args {
		in := pybridge.Input{Callable: r.callable, Param: param}
		switch arg.kind {
		case fromNeed:
			out = append(out, b.slot(step.Deps[arg.need], r.needs[arg.need].Key, in))
		case fromRequest:
			out = append(out, b.request())
		default:
			out = append(out, b.absent(in))
		}
	}
	return out
}

// slot gives the value of a slot of the plan as a parameter sees it.
func (b *assembly) slot(slot int, key di.Key, in pybridge.Input) ref {
	if slot < 0 {
		return b.absent(in)
	}
	if r, ok := b.made[slot]; ok {
		return r
	}
	at := sentKey{slot: slot, key: key}
	if !b.app.isClass(key) {
		at.in = in // what it becomes depends on the parameter
	}
	if r, ok := b.sent[at]; ok {
		return r
	}
	r := b.send(slot, key, in)
	b.sent[at] = r
	return r
}

// send has a value go over from Go: with every call, or once for all.
func (b *assembly) send(slot int, key di.Key, in pybridge.Input) ref {
	provider := b.plan.Steps[slot].Provider
	over, err := b.app.borderOf(provider, key, in)
	if err != nil {
		b.faults = append(b.faults, err)
	}
	b.onLoop = b.onLoop || b.app.madeOnLoop(provider)
	if step, ok := b.within[slot]; ok {
		s := &b.out.segments[b.steps[step].Callable]
		s.results = append(s.results, crossing{slot: slot, over: over})
		return ref{kind: refStep, n: step, result: len(s.results) - 1}
	}
	if provider.Lifetime == di.Singleton && !provider.Lazy {
		b.out.constants = append(b.out.constants, constant{key: provider.Key, over: over, in: nowhere})
		return ref{kind: refConst, n: len(b.out.constants) - 1}
	}
	one := crossing{slot: slot, over: over, singleton: provider.Lifetime == di.Singleton}
	b.out.live = append(b.out.live, one)
	b.out.lends = b.out.lends || !one.singleton && err == nil && over.export != none
	return ref{kind: refLive, n: len(b.out.live) - 1}
}

// outputs notes what Go is to get: its own needs, and those of what it builds
// behind the call.
func (b *assembly) outputs(needs []di.Need) {
	slots := b.foreignNeeds(b.out.trailing)
	for range needs {
		slot := b.plan.Needs[b.needs]
		b.needs++
		if _, ok := b.made[slot]; ok {
			slots = append(slots, slot)
		}
	}
	seen := map[int]bool{}
	for _, slot := range slots {
		if !seen[slot] {
			seen[slot] = true
			b.out.outputs = append(b.out.outputs, slot)
		}
	}
}

func (b *assembly) step(s pybridge.Step, args []ref) ref {
	b.steps = append(b.steps, s)
	b.args = append(b.args, args)
	return ref{kind: refStep, n: len(b.steps) - 1}
}

func (b *assembly) request() ref {
	b.out.request = true
	return ref{kind: refRequest}
}

func (b *assembly) absent(in pybridge.Input) ref {
	at := sentKey{slot: -1, in: in}
	if r, ok := b.sent[at]; ok {
		return r
	}
	b.out.constants = append(b.out.constants, constant{in: in})
	r := ref{kind: refConst, n: len(b.out.constants) - 1}
	b.sent[at] = r
	return r
}
