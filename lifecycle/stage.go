package lifecycle

import "slices"

// Stage is a moment at which hooks run.
type Stage string

// The stages of an app.
const (
	// Startup comes after the singletons made in Go and before the listener.
	Startup Stage = "on_startup"
	// Shutdown comes after the last request and before the singletons end.
	Shutdown Stage = "on_shutdown"
	// HealthCheck comes whenever somebody asks whether the app can serve.
	HealthCheck Stage = "health_check"
)

// The stages of a request.
const (
	// OnRequest comes first, also where no route was found.
	OnRequest Stage = "on_request"
	// PreValidation comes after authentication and before what the client sent
	// is judged.
	PreValidation Stage = "pre_validation"
	// PreHandler comes after binding and before the handler's dependencies
	// are made, so that a refusal doesn't open any.
	PreHandler Stage = "pre_handler"
	// OnError comes when a hook, a provider or the handler has failed, before
	// the failure is answered.
	OnError Stage = "on_error"
	// OnResponse comes with every answer: the handler's, that of the hook which
	// answered in its place, a refusal, and what a failure is answered with.
	OnResponse Stage = "on_response"
)

// Stages are all stages, in the order in which they come.
func Stages() []Stage {
	return []Stage{Startup, OnRequest, PreValidation, PreHandler, OnError, OnResponse, HealthCheck, Shutdown}
}

// Known tells whether there is such a stage.
func (s Stage) Known() bool { return slices.Contains(Stages(), s) }
