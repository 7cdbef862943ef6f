// Package hammer holds a campaign against a whole server: many clients and
// handlers that do what handlers must not do. Every request has to be
// answered, and the process has to live until it is told to stop, and then to
// stop in order.
//
// The short form runs with the other tests. The long one:
//
//	go test ./tests/hammer -duration 60s
package hammer
