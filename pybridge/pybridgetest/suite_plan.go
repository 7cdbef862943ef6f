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
}

// Values get their numbers once all inputs are known: until then a step's
// value is its index plus stepBase.
const stepBase = 1 << 20

func newBuilder(m *pybridge.Manifest) *builder {
	return &builder{manifest: m, made: map[string]int{}}
}

// handler is the program of a route, with the app's hooks.
func (b *builder) handler(route pybridge.Route) pybridge.Program {
	for _, hook := range b.manifest.Hooks {
		if hook.Stage == pybridge.StagePreHandler {
			b.step(pybridge.StepHook, hook.Callable)
		}
	}
	p := pybridge.Program{Name: route.Path, StatusCode: route.StatusCode}
	p.Handler = &pybridge.Step{Kind: pybridge.StepHandler, Callable: route.Callable, Args: b.args(route.Callable)}
	for _, hook := range b.manifest.Hooks {
		if hook.Stage == pybridge.StageOnResponse {
			p.OnResponse = append(p.OnResponse, pybridge.Step{
				Kind: pybridge.StepHook, Callable: hook.Callable, Args: b.args(hook.Callable),
			})
		}
	}
	b.number(p.Handler.Args)
	for _, s := range p.OnResponse {
		b.number(s.Args)
	}
	return b.finish(p)
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
			refs[i] = ref - stepBase + len(b.inputs)
		}
	}
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
