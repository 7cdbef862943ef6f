package spikard

import (
	"cmp"
	"errors"
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
	// first is the first of them.
	needs    []goNeed
	first    int
	opens    opening
	plan     *di.Plan
	registry *di.Registry
}

// opening says when the request's dependencies are made for the sake of hooks.
type opening uint8

const (
	opensNever   opening = iota // singletons are there anyway
	opensGuarded                // behind authentication: a stranger has nothing opened
	opensFirst                  // for an OnRequest hook
)

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
		return n.fits(provider)
	case h.late:
		return fmt.Errorf("%s: the request's values are cleaned up when an %s hook runs: only singletons can be injected, "+
			"and %s is made for each request", n.By, h.stage, n.Key.Label())
	case !slices.Contains(a.plan.Early(), slot):
		return fmt.Errorf("%s: it needs what Python makes for each request, and runs before that: "+
			"take it in a hook in Python", n.By)
	case h.stage == lifecycle.OnRequest:
		a.opens = opensFirst
	default:
		a.opens = max(a.opens, opensGuarded)
	}
	return n.fits(provider)
}

// before runs all that comes before the binding. It gives what ends the request, or
// why its dependencies can't be made.
func (a *around) before(x *exchange, program *compiled) (*refusal, error) {
	var denied *refusal
	if a.opens == opensFirst {
		// What is made may depend on who the client is, so that is found out ahead
		// of the hooks. They still see whom it keeps out.
		denied = a.admit(x)
		if err := x.open(program); err != nil {
			if denied != nil {
				return denied, nil
			}
			return nil, err
		}
	}
	if r := a.run(x, a.onRequest, gateRequest); r != nil {
		return r, nil
	}
	if a.opens != opensFirst {
		denied = a.admit(x)
	}
	if denied == nil && a.limit != nil {
		denied = securityRefusal(a.limited(x))
	}
	if denied != nil {
		return denied, nil
	}
	if a.opens == opensGuarded {
		if err := x.open(program); err != nil {
			return nil, err
		}
	}
	return a.run(x, a.preValidation, gateSecurity), nil
}

// admit finds out who the client is, and refuses one that isn't let in.
func (a *around) admit(x *exchange) *refusal {
	if a.guard == nil {
		return nil
	}
	principal, problem := a.guard.admit(x.c.Request)
	x.principal = principal
	return securityRefusal(problem)
}

func securityRefusal(p *api.Problem) *refusal {
	if p == nil {
		return nil
	}
	return &refusal{gate: gateSecurity, problem: p}
}

// run runs hooks until one ends the request.
func (a *around) run(x *exchange, hooks []*boundHook, g refusalGate) *refusal {
	for _, h := range hooks {
		reply, err := a.call(x, h, reflect.Value{})
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
	return &refusal{gate: g, problem: problemOf(err), failure: err}
}

// call calls a hook with its subject, if it has one, and its dependencies.
func (a *around) call(x *exchange, h *boundHook, subject reflect.Value) (*Reply, error) {
	args := make([]reflect.Value, 1, 2+len(h.deps))
	args[0] = x.argument
	if h.subject != nil {
		args = append(args, subject)
	}
	for i := range h.deps {
		value, err := a.value(x, h.first+i)
		if err != nil {
			return nil, err
		}
		arg, err := a.needs[h.first+i].as(x.Context(), value)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return h.call(args)
}

// value is what a need is met with; nil for an absent one. Singletons come from the
// registry: the request's dependencies may not be open yet, or not any more.
func (a *around) value(x *exchange, need int) (any, error) {
	slot := a.plan.Needs[a.first+need]
	if slot < 0 {
		return nil, nil
	}
	provider := a.plan.Steps[slot].Provider
	if provider.Lifetime != di.Singleton {
		return x.early.Value(slot), nil
	}
	if value, ok := a.registry.Value(provider.Key); ok {
		return value, nil
	}
	session := a.registry.Open(x.Context()) // it is a lazy one, which nobody has needed yet
	value, err := session.Resolve(x.Context(), provider.Key)
	return value, errors.Join(err, session.Close(err))
}

// rescue gives the answer of an OnError hook or of a handler of errors, or nil. What
// one of them fails with is answered in the error's place. A failure of the server
// that is answered so is logged: the answer hides it.
func (a *around) rescue(x *exchange, handler string, err error) *rendered {
	reply, failure := a.ask(x, err)
	if reply == nil && failure == nil {
		return nil
	}
	if reply != nil {
		answer, renderErr := render(reply)
		if renderErr == nil {
			if answer.Status >= http.StatusInternalServerError {
				a.wall.logFailure(x, handler, cmp.Or(failure, err))
			}
			return &answer
		}
		failure = renderErr
	}
	if !errors.Is(failure, err) {
		a.wall.logFailure(x, handler, err)
	}
	return a.instead(x, handler, failure)
}

// ask gives the answer of the first OnError hook that has one, or else of a handler
// of errors, and what a hook or the handler failed with. The handlers are those for
// what a hook failed with, then.
func (a *around) ask(x *exchange, err error) (reply *Reply, failure error) {
	for _, h := range a.onError {
		if reply, failure = a.call(x, h, reflect.ValueOf(&err).Elem()); failure != nil {
			err = failure
			break
		}
		if reply != nil {
			return reply, nil
		}
	}
	reply, handlerErr := a.handle(x, err)
	if handlerErr != nil {
		return nil, handlerErr
	}
	return reply, failure
}

// instead is the answer to what a hook or a handler of errors failed with.
func (a *around) instead(x *exchange, handler string, failure error) *rendered {
	a.wall.logFailure(x, handler, failure)
	p := problemOf(failure)
	contentType, body := renderProblem(x.c.Request, p)
	return &rendered{Reply: Reply{Status: p.Status, Header: p.Header}, contentType: contentType, body: body}
}

// handle asks the handlers of errors.
func (a *around) handle(x *exchange, err error) (*Reply, error) {
	for _, h := range a.handlers {
		if subject, ok := h.asSubject(err); ok {
			return a.call(x, h, subject)
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
	if reply == nil && err == nil {
		return nil
	}
	var answer rendered
	if err == nil {
		answer, err = render(reply)
	}
	if err != nil {
		return a.instead(x, "", err)
	}
	return &answer
}

// respondAround has the OnResponse hooks see an answer, and sends it.
func (x *exchange) respondAround(status int, contentType string, body []byte) error {
	x.answering = true
	a := x.around
	answer := &Answer{Status: status, ContentType: contentType, Header: x.c.Writer.Header(), Body: body}
	if hook, err := a.respond(x, answer); err != nil {
		a.wall.logFailure(x, hook, err)
		a.wall.problem(x, problemOf(err))
		return nil
	}
	return respond(x.c.Writer, x.c.Request.Method, answer.Status, answer.ContentType, answer.Body)
}

// respond runs the OnResponse hooks; what fails is named.
func (a *around) respond(x *exchange, answer *Answer) (hook string, err error) {
	for _, h := range a.onResponse {
		_, err := a.call(x, h, reflect.ValueOf(answer))
		if err == nil && !validStatus(answer.Status) {
			err = fmt.Errorf("status %d is no final HTTP status", answer.Status)
		}
		if err != nil {
			x.result.OnSent(nil) // it is another answer that is sent
			return h.name, err
		}
	}
	return "", nil
}
