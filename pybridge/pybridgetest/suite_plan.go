package pybridgetest

import (
	"slices"

	"github.com/spikard/spikard-go/pybridge"
)

// builder makes programs from a manifest, in the simplest way that a server
// could: every dependency is looked up by its key.
type builder struct {
	manifest *pybridge.Manifest
	inputs   []pybridge.Input
	params   []pybridge.Param // of the inputs
	steps    []pybridge.Step  // their Args are refs until number
	made     map[string]int   // key -> ref of the step
	// refusable programs have gates, and a refusal as their last input.
	refusable bool
}

// Values get their numbers once all inputs are known: until then a step's
// value is its index plus stepBase.
const stepBase = 1 << 20

func newBuilder(m *pybridge.Manifest) *builder {
	return &builder{manifest: m, made: map[string]int{}}
}

// handler is the program of a route, with the app's hooks.
func (b *builder) handler(route pybridge.Route) pybridge.Program {
	for i, stage := range []pybridge.HookStage{
		pybridge.StageOnRequest, pybridge.StagePreValidation, pybridge.StagePreHandler,
	} {
		b.gate(i + 1)
		for _, hook := range b.hooks(route, stage) {
			b.step(pybridge.StepHook, hook.Callable)
		}
	}
	p := pybridge.Program{Name: route.Path, StatusCode: route.StatusCode}
	p.Handler = &pybridge.Step{Kind: pybridge.StepHandler, Callable: route.Callable, Args: b.args(route.Callable)}
	p.OnResponse = b.after(b.hooks(route, pybridge.StageOnResponse))
	p.OnError = b.after(b.hooks(route, pybridge.StageOnError))
	for _, h := range b.manifest.ErrorHandlers {
		p.ErrorHandlers = append(p.ErrorHandlers, b.afterStep(pybridge.StepHandler, h.Callable))
	}
	if b.refusable {
		b.inputs = append(b.inputs, pybridge.Input{Callable: -1, Param: -1})
		b.params = append(b.params, pybridge.Param{Name: refusalInput})
		p.Refusal = len(b.inputs)
	}
	b.number(p.Handler.Args)
	for _, s := range slices.Concat(p.OnResponse, p.OnError, p.ErrorHandlers) {
		b.number(s.Args)
	}
	return b.finish(p)
}

// refusalInput is the name of the input that a refusal is given by.
const refusalInput = "refusal"

// bare is the program of a route without the hooks.
func (b *builder) bare(route pybridge.Route) pybridge.Program {
	p := pybridge.Program{Name: route.Path}
	p.Handler = &pybridge.Step{Kind: pybridge.StepHandler, Callable: route.Callable, Args: b.args(route.Callable)}
	return b.finish(p)
}

func (b *builder) hooks(route pybridge.Route, stage pybridge.HookStage) []pybridge.Hook {
	var out, local []pybridge.Hook
	for i, h := range b.manifest.Hooks {
		switch {
		case h.Stage != stage:
		case !h.Local:
			out = append(out, h)
		case slices.Contains(route.Hooks, i):
			local = append(local, h)
		}
	}
	return append(out, local...)
}

func (b *builder) gate(n int) {
	if b.refusable {
		b.steps = append(b.steps, pybridge.Step{Kind: pybridge.StepGate, Callable: n})
	}
}

func (b *builder) after(hooks []pybridge.Hook) []pybridge.Step {
	var out []pybridge.Step
	for _, h := range hooks {
		out = append(out, b.afterStep(pybridge.StepHook, h.Callable))
	}
	return out
}

func (b *builder) afterStep(kind pybridge.StepKind, callable int) pybridge.Step {
	return pybridge.Step{Kind: kind, Callable: callable, Args: b.args(callable)}
}

// outputs is the program that makes values for Go.
func (b *builder) outputs(keys ...string) pybridge.Program {
	p := pybridge.Program{Name: "outputs"}
	for _, key := range keys {
		p.Outputs = append(p.Outputs, b.provide(key))
	}
	b.number(p.Outputs)
	return b.finish(p)
}

func (b *builder) finish(p pybridge.Program) pybridge.Program {
	for _, s := range b.steps {
		b.number(s.Args)
	}
	p.Inputs, p.Steps = b.inputs, b.steps
	return p
}

func (b *builder) number(refs []int) {
	for i, ref := range refs {
		if ref >= stepBase {
			refs[i] = b.values(ref-stepBase) + len(b.inputs)
		}
	}
}

// values is how many values the first n steps make.
func (b *builder) values(n int) int {
	made := 0
	for _, s := range b.steps[:n] {
		if s.Kind != pybridge.StepGate {
			made++
		}
	}
	return made
}

func (b *builder) step(kind pybridge.StepKind, callable int) int {
	s := pybridge.Step{Kind: kind, Callable: callable, Args: b.args(callable)}
	b.steps = append(b.steps, s)
	return stepBase + len(b.steps) - 1
}

func (b *builder) provider(key string) *pybridge.Provider {
	i := slices.IndexFunc(b.manifest.Providers, func(p pybridge.Provider) bool { return p.Key == key })
	if i < 0 {
		return nil
	}
	return &b.manifest.Providers[i]
}

func (b *builder) provide(key string) int {
	p := b.provider(key)
	if p == nil {
		panic("there is no provider of " + key)
	}
	if ref, ok := b.made[key]; ok && p.Scope != "transient" {
		return ref
	}
	ref := b.step(pybridge.StepProvide, p.Callable)
	b.made[key] = ref
	return ref
}

// request is the number of the one Request that all share; -1: there is none
// yet.
func (b *builder) request() int {
	return slices.IndexFunc(b.params, func(p pybridge.Param) bool { return p.In == pybridge.InRequest })
}

func (b *builder) args(callable int) []int {
	args := []int{}
	for i, param := range b.manifest.Callables[callable].Params {
		switch {
		case param.In == pybridge.InResponse:
			args = append(args, pybridge.ResponseArg)
		case param.In == pybridge.InError:
			args = append(args, pybridge.ErrorArg)
		case param.Key != "" && b.provider(param.Key) != nil:
			args = append(args, b.provide(param.Key))
		case param.In == pybridge.InRequest && b.request() >= 0:
			args = append(args, b.request())
		default:
			b.inputs = append(b.inputs, pybridge.Input{Callable: callable, Param: i})
			b.params = append(b.params, param)
			args = append(args, len(b.inputs)-1)
		}
	}
	return args
}
