package spikard

import (
	"slices"

	"github.com/spikard/spikard-go/pybridge"
)

// pyHooks are the hooks and exception handlers of a Python program, by stage.
type pyHooks struct {
	onRequest, preValidation, preHandler []*role
	onResponse, onError, errorHandlers   []*role
	// rescues says that an exception handler answers refusals too.
	rescues bool
}

// before are the hooks that run before the handler, in order.
func (h *pyHooks) before() []*role {
	return slices.Concat(h.onRequest, h.preValidation, h.preHandler)
}

// after are the others.
func (h *pyHooks) after() []*role {
	return slices.Concat(h.onResponse, h.onError, h.errorHandlers)
}

// ears tells who in Python is to hear of a refusal.
func (h *pyHooks) ears() ears {
	return ears{
		onRequest: len(h.onRequest) > 0, preValidation: len(h.preValidation) > 0,
		onResponse: len(h.onResponse) > 0, rescues: h.rescues,
	}
}

// ears are those of a program.
type ears struct{ onRequest, preValidation, onResponse, rescues bool }

// any tells whether there is somebody for some refusal.
func (e *ears) any() bool { return e.onRequest || e.preValidation || e.onResponse || e.rescues }

// hear tells whether there is somebody for this one. A nil refusal is none.
func (e *ears) hear(r *refusal) bool {
	return e.onResponse || e.rescues && r.problem != nil ||
		e.onRequest && r.gate >= gateSecurity || e.preValidation && r.gate >= gateBinding
}

// refusalGate is a place in a program where a refusal ends it.
type refusalGate int

// The gates, in order.
const (
	gateRequest  refusalGate = iota + 1 // ahead of Python's on_request hooks
	gateSecurity                        // ahead of its pre_validation hooks
	gateBinding                         // ahead of its pre_handler hooks
)

// gates adds the ones ahead of the i-th hook, and those behind the last.
func (b *assembly) gates(h *pyHooks, i int) {
	if !b.out.refusable {
		return
	}
	switch i {
	case len(h.onRequest) + len(h.preValidation): // also where one or both of the others are here
		b.gate(gateBinding)
	case len(h.onRequest):
		b.gate(gateSecurity)
	case 0:
		b.gate(gateRequest)
	}
}

func (b *assembly) gate(g refusalGate) {
	b.steps = append(b.steps, pybridge.Step{Kind: pybridge.StepGate, Callable: int(g)})
	b.args = append(b.args, nil)
}

// pyHooksOf are the hooks of a route: those of the app, of its routers and its
// own. Without a route it is those of the app.
func (a *pythonApp) pyHooksOf(route *pybridge.Route, take func(callable int, kind roleKind) *role) pyHooks {
	var out pyHooks
	add := func(h *pybridge.Hook) {
		switch h.Stage {
		case pybridge.StageOnRequest:
			out.onRequest = append(out.onRequest, take(h.Callable, roleRequestHook))
		case pybridge.StagePreValidation:
			out.preValidation = append(out.preValidation, take(h.Callable, roleRequestHook))
		case pybridge.StagePreHandler:
			out.preHandler = append(out.preHandler, take(h.Callable, roleRequestHook))
		case pybridge.StageOnResponse:
			out.onResponse = append(out.onResponse, take(h.Callable, roleOnResponse))
		case pybridge.StageOnError:
			out.onError = append(out.onError, take(h.Callable, roleOnError))
		}
	}
	for i := range a.manifest.Hooks {
		if !a.manifest.Hooks[i].Local {
			add(&a.manifest.Hooks[i])
		}
	}
	if route != nil {
		for _, i := range route.Hooks {
			add(&a.manifest.Hooks[i])
		}
	}
	for i := range a.manifest.ErrorHandlers {
		h := &a.manifest.ErrorHandlers[i]
		out.errorHandlers = append(out.errorHandlers, take(h.Callable, roleErrorHandler))
		out.rescues = out.rescues || h.Refusals
	}
	return out
}
