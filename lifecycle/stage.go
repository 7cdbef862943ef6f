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
)

// The stages of a request.
const (
	// PreHandler comes after binding and before the handler's dependencies
	// are made, so that a refusal doesn't open any.
	PreHandler Stage = "pre_handler"
	// OnResponse comes after the handler, or after the hook that answered in
	// its place.
	OnResponse Stage = "on_response"
)

// Stages are all stages, in the order in which they come.
func Stages() []Stage { return []Stage{Startup, PreHandler, OnResponse, Shutdown} }

// Known tells whether there is such a stage.
func (s Stage) Known() bool { return slices.Contains(Stages(), s) }
