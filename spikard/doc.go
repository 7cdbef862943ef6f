// Package spikard serves Python apps from Go: Go listens, routes, binds,
// validates and injects; Python runs the handlers.
//
// The smallest program:
//
//	func main() { spikard.Run("app:app", embedded.Module) }
//
// A larger one composes the same parts with fx: [Module] is the server, an
// engine's module brings Python, [PythonApp] (or [PythonDir], [PythonFS]) says
// what to serve, [Get] and its like add handlers written in Go, [Bind] and
// [Provide] give Go values to Python, and [Config] says how to listen.
//
// # Dependencies
//
// A dependency is known by its type, as "__type__module.qualname", on both
// sides. A Python handler that asks for store.Store gets the Go value bound to
// it; a Go handler gets what a Python app provides through a field with the
// tag inject. Everything is checked at start: a missing dependency, a cycle or
// two routes that can't be told apart refuse it, all of them in one
// [*StartError] with the place of each.
//
// # Answers to failures
//
// A client sees a problem document (RFC 9457) and never text from Python or
// from a Go error; that goes to the log, with the request's id.
//
// # Files
//
// boot and stop: running.go and server.go; what was registered becomes
// endpoints: prepare.go, role.go and program.go; a request: mount.go, then
// endpoint.go or goendpoint.go, over exchange.go, with its body by intake.go;
// every failure: errors.go.
package spikard
