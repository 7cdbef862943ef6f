// Package libraries has handlers use the libraries that apps are made of: HTTP
// clients, databases, task groups, numbers and models. Each app in apps is
// served by a process as a user's, [spikard.Serve] and nothing else, and asked
// over a socket; it must do its work, outlive clients that leave in the middle
// of it, and end without a word on its standard error.
//
// SPIKARD_TEST_LIBRARIES names the folders with the libraries, separated as in
// PATH: a virtual environment, whose Python is then the engine's; or a folder
// that pip has filled with --target, for the embedded Python. `.ci/run
// libraries` makes one for each Python and runs the tests. In CI none may be
// missing.
//
// The tests start the PostgreSQL and the Redis that they need (Debian:
// postgresql, redis-server).
//
// [spikard.Serve]: https://pkg.go.dev/github.com/spikard/spikard-go/spikard#Serve
package libraries
