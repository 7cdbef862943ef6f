package spikard

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/lifecycle"
	"github.com/spikard/spikard-go/spikard/api"
)

// around is what Go does around a route's handler: authentication and hooks. A
// route without any has none, and pays nothing.
type around struct {
	wall  *wall
	guard *guard          // nil: anybody may come
	limit gin.HandlerFunc // nil: principals have none of their own

	onRequest, preValidation, preHandler, onResponse []*boundHook
	onError, handlers                                []*boundHook

	// needs are the hooks' dependencies, the last ones of the route's plan, and
	// first is the first of them. early says that some belong to hooks that run
	// before the handler.
	needs    []goNeed
	first    int
	early    bool
	plan     *di.Plan
	registry *di.Registry
}

// boundHook is a hook of one route.
type boundHook struct {
	*goHook
	first int // of its needs, among those of the route's hooks
	// late says that it runs when the request's values have been cleaned up.
	late bool
}

// aroundOf gathers what is around a route. Nil: nothing.
func (r *running) aroundOf(path string, guard *guard) *around {
	a := &around{wall: r.wall, guard: guard, limit: r.equipment.limitPrincipals}
	for _, h := range r.server.hooks {
		if !h.covers(path) {
			continue
		}
		list := a.list(h.stage)
		late := list == &a.onResponse || list == &a.onError || list == &a.handlers
		*list = append(*list, &boundHook{goHook: h, first: len(a.needs), late: late})
		a.needs = append(a.needs, h.needs()...)
		a.early = a.early || !late && len(h.deps) > 0
	}
	if guard == nil && a.limit == nil && !a.hooked() {
		return nil
	}
	return a
}

func (a *around) list(stage lifecycle.Stage) *[]*boundHook {
	switch stage {
	case lifecycle.OnRequest:
		return &a.onRequest
	case lifecycle.PreValidation:
		return &a.preValidation
	case lifecycle.PreHandler:
		return &a.preHandler
	case lifecycle.OnResponse:
		return &a.onResponse
	case lifecycle.OnError:
		return &a.onError
	}
	return &a.handlers
}

func (a *around) hooked() bool {
	return len(a.onRequest)+len(a.preValidation)+len(a.preHandler)+len(a.onResponse)+len(a.onError)+len(a.handlers) > 0
}

// diNeeds are the needs as the plan knows them.
func (a *around) diNeeds() []di.Need {
	if a == nil {
		return nil
	}
	var out []di.Need
	for i := range a.needs {
		out = append(out, a.needs[i].Need)
	}
	return out
}

// settle finds the needs in the route's plan, of which they are the last, and
// checks that hooks can be given them.
func (a *around) settle(program *compiled, registry *di.Registry) []error {
	if a == nil || program == nil {
		return nil
	}
	a.plan, a.first, a.registry = program.plan, len(program.plan.Needs)-len(a.needs), registry
	var faults []error
	for _, h := range a.all() {
		for i := range h.deps {
			if err := a.check(h, h.first+i); err != nil {
				faults = append(faults, &RegistrationError{Source: h.source, Err: err})
			}
		}
	}
	return faults
}

func (a *around) all() []*boundHook {
	return slices.Concat(a.onRequest, a.preValidation, a.preHandler, a.onResponse, a.onError, a.handlers)
}

func (a *around) check(h *boundHook, need int) error {
	slot := a.plan.Needs[a.first+need]
	if slot < 0 {
		return nil
	}
	n, provider := &a.needs[need], a.plan.Steps[slot].Provider
	switch {
	case provider.Lifetime == di.Singleton:
	case h.late:
		return fmt.Errorf("%s: the request's values are cleaned up when an %s hook runs: only singletons can be injected, "+
			"and %s is made for each request", n.By, h.stage, n.Key.Label())
	case !slices.Contains(a.plan.Early(), slot):
		return fmt.Errorf("%s: it needs what Python makes for each request, and runs before that: "+
			"take it in a hook in Python", n.By)
	}
	return n.fits(provider)
}

// open opens the route's dependencies where a hook needs some: nil where none does.
func (a *around) open(x *exchange, program *compiled) (*di.Scope, error) {
	if !a.early {
		return nil, nil
	}
	return program.open(x)
}

// before runs all that comes before the binding. It gives what ends the request.
func (a *around) before(x *exchange, values *di.Scope) *refusal {
	if r := a.run(x, values, a.onRequest, gateRequest); r != nil {
		return r
	}
	if a.guard != nil {
		principal, problem := a.guard.admit(x.c.Request)
		if problem != nil {
			return &refusal{gate: gateSecurity, problem: problem}
		}
		x.principal = principal
	}
	if a.limit != nil {
		if problem := a.limited(x); problem != nil {
			return &refusal{gate: gateSecurity, problem: problem}
		}
	}
	return a.run(x, values, a.preValidation, gateSecurity)
}

// run runs hooks until one ends the request.
func (a *around) run(x *exchange, values *di.Scope, hooks []*boundHook, g refusalGate) *refusal {
	for _, h := range hooks {
		reply, err := a.call(x, values, h, reflect.Value{})
		if err != nil {
			return a.failed(x, h, g, err)
		}
		if reply == nil {
			continue
		}
		answer, err := render(reply)
		if err != nil {
			return a.failed(x, h, g, err)
		}
		return &refusal{gate: g, reply: &answer}
	}
	return nil
}

// failed is what a hook's error is answered with.
func (a *around) failed(x *exchange, h *boundHook, g refusalGate, err error) *refusal {
	if answer := a.rescue(x, h.name, err); answer != nil {
		return &refusal{gate: g, reply: answer}
	}
	a.wall.logFailure(x, h.name, err)
	return &refusal{gate: g, problem: problemOf(err)}
}

// call calls a hook with its subject, if it has one, and its dependencies.
func (a *around) call(x *exchange, values *di.Scope, h *boundHook, subject reflect.Value) (*Reply, error) {
	args := make([]reflect.Value, 1, 2+len(h.deps))
	args[0] = reflect.ValueOf(x)
	if h.subject != nil {
		args = append(args, subject)
	}
	for i := range h.deps {
		n := &a.needs[h.first+i]
		arg, err := n.as(x.Context(), a.value(values, h, i))
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return h.call(args)
}

// value is the i-th dependency of a hook; nil for an absent one.
func (a *around) value(values *di.Scope, h *boundHook, i int) any {
	slot := a.plan.Needs[a.first+h.first+i]
	switch {
	case slot < 0:
		return nil
	case h.late:
		value, _ := a.registry.Value(a.plan.Steps[slot].Provider.Key)
		return value
	}
	return values.Value(slot)
}

// rescue gives the answer of an OnError hook or of a handler of errors, or nil. A
// failure of the server that is answered so is logged: the answer hides it.
func (a *around) rescue(x *exchange, handler string, err error) *rendered {
	reply, hookErr := a.ask(x, err)
	if reply == nil || hookErr != nil {
		if hookErr != nil {
			a.wall.logFailure(x, handler, hookErr)
		}
		return nil
	}
	answer, renderErr := render(reply)
	if renderErr != nil {
		a.wall.logFailure(x, handler, renderErr)
		return nil
	}
	if answer.Status >= http.StatusInternalServerError {
		a.wall.logFailure(x, handler, err)
	}
	return &answer
}

func (a *around) ask(x *exchange, err error) (*Reply, error) {
	for _, h := range a.onError {
		if reply, hookErr := a.call(x, nil, h, reflect.ValueOf(&err).Elem()); reply != nil || hookErr != nil {
			return reply, hookErr
		}
	}
	return a.handle(x, err)
}

// handle asks the handlers of errors.
func (a *around) handle(x *exchange, err error) (*Reply, error) {
	for _, h := range a.handlers {
		if subject, ok := h.asSubject(err); ok {
			return a.call(x, nil, h, subject)
		}
	}
	return nil, nil
}

// rescueProblem gives the answer of a handler for *api.Problem, or nil.
func (a *around) rescueProblem(x *exchange, p *api.Problem) *rendered {
	if len(a.handlers) == 0 {
		return nil
	}
	reply, err := a.handle(x, p)
	if reply == nil || err != nil {
		if err != nil {
			a.wall.logFailure(x, "", err)
		}
		return nil
	}
	answer, err := render(reply)
	if err != nil {
		a.wall.logFailure(x, "", err)
		return nil
	}
	return &answer
}

// respondAround has the OnResponse hooks see an answer, and sends it.
func (x *exchange) respondAround(status int, contentType string, body []byte) error {
	x.answering = true
	a := x.around
	answer := &Answer{Status: status, ContentType: contentType, Header: x.c.Writer.Header(), Body: body}
	for _, h := range a.onResponse {
		if _, err := a.call(x, nil, h, reflect.ValueOf(answer)); err != nil {
			a.wall.logFailure(x, h.name, err)
			a.wall.problem(x, problemOf(err))
			return nil
		}
	}
	return respond(x.c.Writer, x.c.Request.Method, answer.Status, answer.ContentType, answer.Body)
}
