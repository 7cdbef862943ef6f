package main

import "fmt"

// script runs the cases of one kind: it writes the app, whose handlers it knows
// by name, and checks each step's answer. A category gets one by a file of its
// own that implements it and an entry in [scripts].
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

// settlingScript is a script some of whose steps ask for what goes on behind an
// answer: they are repeated until they see what they want, for a while.
type settlingScript interface {
	script
	settles(c *Case, step int) bool
}

// scripts by category, for feature cases.
var scripts = map[string]script{
	"auth":            answering{},
	"background":      backgroundWork{},
	"body_limits":     answering{},
	"compression":     answering{},
	"cors":            answering{},
	"di":              dependencies{},
	"multipart":       uploads{},
	"problem_details": answering{},
	"rate_limit":      answering{},
	"request_id":      answering{},
	"request_timeout": answering{},
	"server_config":   answering{},
	"sse":             eventStreams{},
	"static_files":    answering{},
	"streaming":       streaming{},
	"upload":          uploads{},
}

// scriptOf gives the script that a case needs. Hooks and files of its own need
// theirs whatever the case is to prove, unless that is a handler's answer alone.
func scriptOf(c *Case) (script, bool) {
	switch {
	case c.Proto != "http" || c.Grade.Use == UseReply:
		return nil, false
	case hasHooks(c):
		return hooked{}, true
	case c.App.Config[staticSetting] != nil:
		return answering{}, true
	case c.Grade.Use != UseFeature:
		return nil, false
	}
	s, ok := scripts[c.Category]
	return s, ok
}

// noScript is why a case without a script counts as not passed.
func noScript(c *Case) error {
	if c.Proto != "http" {
		return fmt.Errorf("no client for %s yet", c.Proto)
	}
	return fmt.Errorf("no scripted handler yet")
}
