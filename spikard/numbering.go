package spikard

import "github.com/spikard/spikard-go/pybridge"

// number gives every value its number: the inputs come first, then what the
// steps make.
func (b *assembly) number(spec *programSpec, handler []ref, post [][]ref) pybridge.Program {
	p := pybridge.Program{
		Name: spec.name, StatusCode: spec.statusCode, Inputs: b.inputs(),
		OnLoop: b.onLoop || spec.lifespan != nil,
	}
	n := numbering{assembly: b, first: make([]int, len(b.steps))}
	next := len(p.Inputs)
	for i := range b.steps {
		n.first[i] = next
		next += b.results(i)
	}
	for i, s := range b.steps {
		s.Args, s.Results = n.of(b.args[i]), b.results(i)
		p.Steps = append(p.Steps, s)
	}
	if spec.handler != nil {
		p.Handler = &pybridge.Step{Kind: pybridge.StepHandler, Callable: spec.handler.callable, Args: n.of(handler)}
	}
	after := n.after(spec, post)
	responses := len(spec.hooks.onResponse)
	errors := responses + len(spec.hooks.onError)
	p.OnResponse, p.OnError, p.ErrorHandlers = after[:responses], after[responses:errors], after[errors:]
	if b.out.refusable {
		p.Refusal = len(p.Inputs)
	}
	if b.out.traced {
		p.Trace = len(p.Inputs)
		if b.out.refusable {
			p.Refusal--
		}
	}
	for _, slot := range b.out.outputs {
		p.Outputs = append(p.Outputs, n.of([]ref{b.made[slot]})...)
	}
	return p
}

// results is how many values a step makes.
func (b *assembly) results(step int) int {
	switch b.steps[step].Kind {
	case pybridge.StepGo:
		return len(b.out.segments[b.steps[step].Callable].results)
	case pybridge.StepGate:
		return 0
	}
	return 1
}

// inputs are what each call brings, in the order in which it is written.
func (b *assembly) inputs() []pybridge.Input {
	out := append([]pybridge.Input{}, b.bound...)
	for _, k := range b.out.constants {
		out = append(out, k.in)
	}
	for range b.out.live {
		out = append(out, nowhere)
	}
	if b.out.request {
		out = append(out, nowhere)
	}
	if b.out.refusable {
		out = append(out, nowhere)
	}
	if b.out.traced {
		out = append(out, nowhere)
	}
	b.out.bound = len(b.bound)
	return out
}

// numbering knows the number of each value.
type numbering struct {
	*assembly
	first []int // of each step's values
}

func (n *numbering) of(refs []ref) []int {
	constants := len(n.bound)
	live := constants + len(n.out.constants)
	request := live + len(n.out.live)
	out := make([]int, 0, len(refs))
	for _, r := range refs {
		switch r.kind {
		case refBound:
			out = append(out, r.n)
		case refConst:
			out = append(out, constants+r.n)
		case refLive:
			out = append(out, live+r.n)
		case refRequest:
			out = append(out, request)
		case refStep:
			out = append(out, n.first[r.n]+r.result)
		case refResponse:
			out = append(out, pybridge.ResponseArg)
		case refError:
			out = append(out, pybridge.ErrorArg)
		}
	}
	return out
}

// after are the steps that run behind the handler, in the order of pyHooks.after.
func (n *numbering) after(spec *programSpec, args [][]ref) []pybridge.Step {
	var out []pybridge.Step
	hooks := len(spec.hooks.onResponse) + len(spec.hooks.onError)
	for i, r := range spec.hooks.after() {
		kind := pybridge.StepHook
		if i >= hooks {
			kind = pybridge.StepHandler
		}
		out = append(out, pybridge.Step{Kind: kind, Callable: r.callable, Args: n.of(args[i])})
	}
	return out
}
