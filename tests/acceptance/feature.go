package main

import "fmt"

// script runs the feature cases of one category: it writes the app, whose
// handlers it knows by name, and checks each step's answer. A category gets
// one by a file of its own that implements it and an entry in [scripts].
type script interface {
	app(c *Case) (string, error)
	check(c *Case, step int, got *answer) error
}

// faultyScript is a script some of whose apps are served in spite of faulty
// dependencies: their cases are about what is answered then.
type faultyScript interface {
	script
	withFaults(c *Case) bool
}

// scripts by category.
var scripts = map[string]script{
	"di":        dependencies{},
	"multipart": uploads{},
	"upload":    uploads{},
}

// noScript is why a feature case without a script counts as not passed.
func noScript(c *Case) error {
	if c.Proto != "http" {
		return fmt.Errorf("no client for %s yet", c.Proto)
	}
	return fmt.Errorf("no scripted handler yet")
}
