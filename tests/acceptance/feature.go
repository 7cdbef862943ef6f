package main

import "fmt"

// script runs the feature cases of one category: it writes the app, whose
// handlers it knows by name, and checks each step's answer. A category gets
// one by a file of its own that implements it and an entry in [scripts].
type script interface {
	app(c *Case) (string, error)
	check(c *Case, step int, got *answer) error
}

// scripts by category.
var scripts = map[string]script{
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
