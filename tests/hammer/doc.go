// Package hammer holds two campaigns against a whole server.
//
// TestHammer has many clients and handlers that do what handlers must not do.
// Every request has to be answered, and the process has to live until it is told
// to stop, and then to stop in order.
//
// TestDependencies serves random graphs of providers in both languages and has
// clients ask for them: providers, handlers and clean-ups fail, clients leave. A
// journal of each request has to show that everything was made from the request's
// own values, once, and cleaned up once, in reverse, before the answer, told of
// the failure if there was one; and in the end nothing may be left behind.
//
// The short forms run with the other tests. The long ones:
//
//	go test ./tests/hammer -run Hammer -duration 60s
//	go test ./tests/hammer -run Dependencies -requests 1000000 -timeout 0
//
// The graphs and failures of TestDependencies come from -seed, which it prints.
package hammer
