package spikard

import (
	"encoding/json"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// ref names a value of a program before the numbers are known: they begin with
// the inputs, whose count is known only at the end.
type ref struct {
	kind refKind
	n    int
}

type refKind uint8

const (
	refBound refKind = iota // the n-th bound parameter of the handler
	refConst                // the n-th value that is the same for every request
	refRequest
	refStep
	refResponse
)

// assembly turns roles and a plan into a program.
type assembly struct {
	app  *pythonApp
	plan *di.Plan

	bound     []pybridge.Input
	consts    []pybridge.Input
	constWire wire.Writer
	request   bool
	steps     []pybridge.Step
	args      [][]ref // of each step, of the on_response hooks, of the handler
	slots     map[int]ref
	needs     int // needs of the roles that were taken so far
	faults    []error
}

// compiled is a program ready to be called.
type compiled struct {
	callable pybridge.Callable
	// constants are the wire values that follow the bound ones in every call.
	constants []byte
	// request says that the request itself is the last input.
	request bool
}

// programSpec says what a program runs.
type programSpec struct {
	name       string
	pre, post  []*role
	handler    *role     // nil: outputs
	outputs    []di.Need // for Go
	lifespan   *role     // one callable whose value nobody wants
	statusCode int
	// checked has the answers checked, by the schema in answer or else by the
	// type.
	checked bool
	answer  json.RawMessage
}

// needs are all the needs of a program, in the order in which assemble takes
// them.
func (s *programSpec) needs() []di.Need {
	var out []di.Need
	for _, r := range s.pre {
		out = append(out, r.needs...)
	}
	for _, r := range s.post {
		out = append(out, r.needs...)
	}
	if s.handler != nil {
		out = append(out, s.handler.needs...)
	}
	if s.lifespan != nil {
		out = append(out, s.lifespan.needs...)
	}
	return append(out, s.outputs...)
}

// program compiles a program. The plan gives the order of the providers; each
// runs as late as it can, so that a hook which refuses a request keeps the
// handler's dependencies from being opened.
func (a *pythonApp) program(spec programSpec) (*compiled, error) {
	plan, err := a.registry.Compile(spec.needs())
	if err != nil {
		return nil, err
	}
	b := &assembly{app: a, plan: plan, slots: map[int]ref{}}
	for _, hook := range spec.pre {
		b.step(pybridge.Step{Kind: pybridge.StepHook, Callable: hook.callable}, b.arguments(hook))
	}
	var post, handlerArgs [][]ref
	for _, hook := range spec.post {
		post = append(post, b.arguments(hook))
	}
	if spec.handler != nil {
		handlerArgs = append(handlerArgs, b.arguments(spec.handler))
	}
	if spec.lifespan != nil {
		b.step(pybridge.Step{Kind: pybridge.StepProvide, Callable: spec.lifespan.callable}, b.arguments(spec.lifespan))
	}
	var outputs []ref
	for range spec.outputs {
		outputs = append(outputs, b.need())
	}
	if len(b.faults) > 0 {
		return nil, joinAll(b.faults)
	}
	p := pybridge.Program{Name: spec.name, StatusCode: spec.statusCode, Inputs: b.inputs(), Outputs: b.numbers(outputs)}
	for i, s := range b.steps {
		s.Args = b.numbers(b.args[i])
		p.Steps = append(p.Steps, s)
	}
	if spec.handler != nil {
		p.Handler = &pybridge.Step{
			Kind: pybridge.StepHandler, Callable: spec.handler.callable, Args: b.numbers(handlerArgs[0]),
		}
	}
	for i, hook := range spec.post {
		p.OnResponse = append(p.OnResponse, pybridge.Step{
			Kind: pybridge.StepHook, Callable: hook.callable, Args: b.numbers(post[i]),
		})
	}
	callable, err := a.app.Compile(p)
	if err != nil {
		return nil, err
	}
	return &compiled{callable: callable, constants: b.constWire.Bytes(), request: b.request}, nil
}

// arguments gives a role's arguments, with the steps before it that make them.
func (b *assembly) arguments(r *role) []ref {
	first := b.needs
	b.needs += len(r.needs)
	var out []ref
	for param, arg := range r.args {
		in := pybridge.Input{Callable: r.callable, Param: param}
		switch arg.kind {
		case fromNeed:
			out = append(out, b.slot(b.plan.Needs[first+arg.need], in))
		case fromRequestPart:
			b.bound = append(b.bound, in)
			out = append(out, ref{refBound, len(b.bound) - 1})
		case fromRequest:
			b.request = true
			out = append(out, ref{kind: refRequest})
		case fromResponse:
			out = append(out, ref{kind: refResponse})
		case fromDefault:
			out = append(out, b.absent(in))
		}
	}
	return out
}

// need takes the next need of the plan that no parameter stands for.
func (b *assembly) need() ref {
	b.needs++
	return b.slot(b.plan.Needs[b.needs-1], pybridge.Input{Callable: -1, Param: -1})
}

// slot gives the value of a slot of the plan for a parameter.
func (b *assembly) slot(slot int, in pybridge.Input) ref {
	if slot < 0 {
		return b.absent(in)
	}
	if r, ok := b.slots[slot]; ok {
		return r
	}
	step := b.plan.Steps[slot]
	if !step.Provider.IsForeign() {
		b.slots[slot] = b.goValue(step.Provider.Key, in)
		return b.slots[slot]
	}
	callable := step.Provider.Foreign.(foreign).callable
	kind := roleProvider
	if step.Provider.Lifetime == di.Singleton {
		kind = roleSingleton
	}
	b.slots[slot] = b.step(pybridge.Step{
		Kind: pybridge.StepProvide, Callable: callable, Singleton: step.Provider.Lifetime == di.Singleton,
	}, b.providerArguments(b.app.roles[roleKey{callable, kind}], step.Deps))
	return b.slots[slot]
}

// providerArguments are those of a provider, whose needs are met by the slots
// that the plan says, in the order of the needs.
func (b *assembly) providerArguments(r *role, deps []int) []ref {
	var out []ref
	for param, arg := range r.args {
		in := pybridge.Input{Callable: r.callable, Param: param}
		switch arg.kind {
		case fromNeed:
			out = append(out, b.slot(deps[arg.need], in))
		case fromRequest:
			b.request = true
			out = append(out, ref{kind: refRequest})
		default:
			out = append(out, b.absent(in))
		}
	}
	return out
}

func (b *assembly) step(s pybridge.Step, args []ref) ref {
	b.steps = append(b.steps, s)
	b.args = append(b.args, args)
	return ref{refStep, len(b.steps) - 1}
}

func (b *assembly) absent(in pybridge.Input) ref {
	b.constWire.Absent()
	b.consts = append(b.consts, in)
	return ref{refConst, len(b.consts) - 1}
}

func (b *assembly) goValue(key di.Key, in pybridge.Input) ref {
	if err := b.app.writeGoValue(key, in, &b.constWire); err != nil {
		b.faults = append(b.faults, err)
	}
	b.consts = append(b.consts, pybridge.Input{Callable: -1, Param: -1})
	return ref{refConst, len(b.consts) - 1}
}

func (b *assembly) inputs() []pybridge.Input {
	out := append(append([]pybridge.Input{}, b.bound...), b.consts...)
	if b.request {
		out = append(out, pybridge.Input{Callable: -1, Param: -1})
	}
	return out
}

// numbers turns references into the numbers of a program.
func (b *assembly) numbers(refs []ref) []int {
	inputs := len(b.bound) + len(b.consts)
	requestAt := inputs
	if b.request {
		inputs++
	}
	out := make([]int, 0, len(refs))
	for _, r := range refs {
		switch r.kind {
		case refBound:
			out = append(out, r.n)
		case refConst:
			out = append(out, len(b.bound)+r.n)
		case refRequest:
			out = append(out, requestAt)
		case refStep:
			out = append(out, inputs+r.n)
		case refResponse:
			out = append(out, pybridge.ResponseArg)
		}
	}
	return out
}
