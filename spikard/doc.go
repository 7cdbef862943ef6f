// Package spikard serves Python apps from Go: Go listens, routes, binds,
// validates and injects; Python runs the handlers.
//
// The smallest program:
//
//	func main() { spikard.Run("app:app", embedded.Module) }
//
// A larger one composes the same parts with fx: [Module] is the server, an
// engine's module brings Python, [PythonApp] (or [PythonDir], [PythonFS]) says
// what to serve, [Get] and its like add handlers written in Go, the options of
// package di add dependencies, and [Config] says how to listen.
//
// # Dependencies
//
// A dependency is known by its type, as "__type__module.qualname", on both
// sides. A Python handler that asks for store.Store gets the Go value bound to
// it ([di.Bind], [di.Provide]); a Go handler gets dependencies by the types of
// its arguments, and what a Python app provides also through a field with the
// tag inject. In a request Go builds what needs nothing of Python's, then there
// is one call into Python, then the clean-ups in reverse, then the answer.
// Everything is checked at start: a missing dependency, a cycle or two routes
// that can't be told apart refuse it, all of them in one [*StartError] with the
// place of each. [Server.Graph] shows what was found, [Server.Scope] gives
// dependencies outside of requests.
//
// # Hooks
//
// [OnRequest], [PreValidation], [PreHandler], [OnResponse], [OnError] and
// [HandleError] are Go's; Python registers its own. What Go refuses reaches
// Python's hooks within the one call that there is.
//
// # Answers to failures
//
// A client sees a problem document (RFC 9457) and never text from Python or
// from a Go error; that goes to the log, with the request's id.
//
// # Files
//
// boot and stop: running.go and server.go; what was registered becomes
// endpoints: prepare.go, role.go and, for the dependencies, assembly.go, which
// makes a program.go of a plan; a request: mount.go, then endpoint.go or
// goendpoint.go, over exchange.go, with its body by intake.go and Go's values by
// goscope.go; hooks and authentication around it: around.go, gohook.go, guard.go and,
// for Python's, pyhooks.go and refusal.go; what has no route: missing.go; the
// middleware: chain.go; the settings: config*.go; how values cross the border:
// border.go; every failure: errors.go.
package spikard
