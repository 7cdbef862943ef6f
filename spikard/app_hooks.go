package spikard

import (
	"reflect"
	"slices"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/lifecycle"
	"github.com/spikard/spikard-go/spikard/api"
)

const hookGroup = `group:"spikard.hooks"`

// OnRequest runs a Go function ahead of everything else, also where no route is
// found:
//
//	func(x api.Exchange, tenants *Tenants) (*spikard.Reply, error)
//
// The arguments behind the exchange are dependencies by their types, as those of
// a handler (see [Get]), but for what Python makes for a request. A Reply ends the
// request: OnResponse hooks see it, and nothing else runs. An error is answered as
// one of a handler is. Both results may be left out.
//
// With [Prefix] the hook is for the routes below a path, or for that one route.
// Hooks run in the order in which they were given, those of an fx.Module behind the
// ones beside it, and Go's before Python's.
func OnRequest(hook any, opts ...HookOption) fx.Option {
	return provideHook(lifecycle.OnRequest, hook, opts, callerSource())
}

// PreValidation runs a Go function when it is known who the client is, before it
// is judged what the client has sent. See [OnRequest].
func PreValidation(hook any, opts ...HookOption) fx.Option {
	return provideHook(lifecycle.PreValidation, hook, opts, callerSource())
}

// PreHandler runs a Go function ahead of the handler. See [OnRequest].
func PreHandler(hook any, opts ...HookOption) fx.Option {
	return provideHook(lifecycle.PreHandler, hook, opts, callerSource())
}

// OnResponse runs a Go function with each answer, whoever made it:
//
//	func(x api.Exchange, answer *spikard.Answer, audit *Audit) error
//
// Go's hooks see it behind Python's, as it is on the wire. An error is logged and
// answered with 500 instead, which no other hook sees.
func OnResponse(hook any, opts ...HookOption) fx.Option {
	return provideHook(lifecycle.OnResponse, hook, opts, callerSource())
}

// OnError runs a Go function when a hook, a provider or a handler has failed, in
// Go or in Python:
//
//	func(x api.Exchange, err error, alerts *Alerts) (*spikard.Reply, error)
//
// The first Reply is the answer; then no other hook runs. Of Python's exceptions
// those arrive that nothing in Python has answered.
func OnError(hook any, opts ...HookOption) fx.Option {
	return provideHook(lifecycle.OnError, hook, opts, callerSource())
}

// HandleError answers errors of the type of the function's second argument, as
// [errors.As] finds them:
//
//	func(x api.Exchange, err *OutOfStock) (*spikard.Reply, error)
//
// It runs when no OnError hook has answered. For *api.Problem it also answers
// what the server refuses by itself: 404, 405, 422 and the like.
func HandleError(handler any, opts ...HookOption) fx.Option {
	return provideHook(stageHandleError, handler, opts, callerSource())
}

// provideHook has fx supply what it can of a hook's dependencies, as handle does.
func provideHook(stage lifecycle.Stage, hook any, opts []HookOption, source api.Source) fx.Option {
	h, err := newGoHook(stage, hook, source)
	if err != nil {
		return fx.Error(&RegistrationError{Source: source, Err: err})
	}
	for _, o := range opts {
		o.applyToHook(h)
	}
	if err := h.checkPrefix(); err != nil {
		return fx.Error(&RegistrationError{Source: source, Err: err})
	}
	order := []reflect.Type{reflect.TypeFor[*hookOrder]()}
	constructor := reflect.MakeFunc(
		reflect.FuncOf(append(order, h.deps...), []reflect.Type{reflect.TypeFor[*goHook]()}, false),
		func(args []reflect.Value) []reflect.Value {
			own := *h // the option may be that of several fx apps
			own.number, own.given = args[0].Interface().(*hookOrder).next(), args[1:]
			return []reflect.Value{reflect.ValueOf(&own)}
		})
	tags := append([]string{""}, slices.Repeat([]string{`optional:"true"`}, len(h.deps))...)
	return fx.Provide(fx.Annotate(constructor.Interface(), fx.ParamTags(tags...), fx.ResultTags(hookGroup)))
}
