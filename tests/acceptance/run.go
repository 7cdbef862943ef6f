package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The time a case may take in all, and the time its server may take to stop.
const (
	caseLimit = 15 * time.Second
	stopLimit = 5 * time.Second
)

// Result is how one case came out. Waived is the reason of the rule that
// waives it; such a case is not passed, whatever Err says.
type Result struct {
	Case   *Case
	Err    error
	Waived string
}

// Passed says whether the case counts.
func (r Result) Passed() bool { return r.Err == nil && r.Waived == "" }

// generatedApp is a case's app.py. One that is served with faults starts
// although its dependencies are faulty.
type generatedApp struct {
	source     string
	withFaults bool
}

// serve starts an app and gives its address and what stops it again. It must
// leave nothing running when it fails.
type serve func(ctx context.Context, app generatedApp) (addr string, stop func(context.Context) error, err error)

// errStuck ends a run: a server that neither starts nor stops in time holds
// what the next case needs.
var errStuck = errors.New("the server is stuck, the cases after it were not run")

// run plays the cases one after the other. They share the one interpreter, and
// each is over in milliseconds.
//
// # Errors
//
// The results so far come with an error when not every case could be run.
func run(cases []*Case, start serve) ([]Result, error) {
	results := make([]Result, 0, len(cases))
	for _, c := range cases {
		r := Result{Case: c, Waived: waived(c)}
		r.Err = play(c, start)
		results = append(results, r)
		if errors.Is(r.Err, errStuck) {
			return results, fmt.Errorf("case %s: %w", c.ID, r.Err)
		}
	}
	return results, nil
}

// player plays a case that isn't HTTP.
type player struct {
	app  func(*Case) (string, error)
	play func(ctx context.Context, c *Case, addr string) error
}

// playerOf gives it, if there is one for the case.
func playerOf(c *Case) (player, bool) {
	switch {
	case c.rawErr != nil:
		return player{app: func(*Case) (string, error) { return "", c.rawErr }}, true
	case c.Raw == nil:
		return player{}, false
	case c.Raw.Handler.Route != "":
		return player{sessionApp, playSession}, true
	}
	return player{schemaApp, playSchema}, true
}

// style is how a case's app is written and its answers are checked.
type style struct {
	app   func(*Case) (string, error)
	check func(c *Case, step int, got *answer) error
	// withFaults says whether the case's app is served in spite of its faults.
	withFaults bool
	// settling says whether a step is repeated until it sees what it wants.
	settling func(c *Case, step int) bool
}

func (s style) settles(c *Case, i int) bool { return s.settling != nil && s.settling(c, i) }

func styleOf(c *Case) (style, error) {
	script, ok := scriptOf(c)
	if c.Proto == "http" && !ok {
		switch c.Grade.Use {
		case UseGate, UseStatus:
			return style{app: echoApp, check: func(c *Case, i int, got *answer) error { return checkEcho(c, c.Steps[i].Expect, got) }}, nil
		case UseReply:
			return style{app: replyApp, check: func(c *Case, i int, got *answer) error { return checkReply(c, c.Steps[i].Expect, got) }}, nil
		}
	}
	if !ok {
		return style{}, noScript(c)
	}
	s := style{app: script.app, check: script.check}
	if f, ok := script.(faultyScript); ok {
		s.withFaults = f.withFaults(c)
	}
	if f, ok := script.(settlingScript); ok {
		s.settling = f.settles
	}
	return s, nil
}

// play runs one case, in each way in which its handler may be written, and
// cleans up after it.
func play(c *Case, start serve) error {
	for _, variant := range variants(c) {
		if err := playOne(variant, start); err != nil {
			return err
		}
	}
	return nil
}

// playOne runs a case within its limit.
func playOne(c *Case, start serve) (err error) {
	if p, ok := playerOf(c); ok {
		return playRaw(c, p, start)
	}
	s, err := styleOf(c)
	if err != nil {
		return err
	}
	c, remove, err := stage(c)
	defer func() { err = errors.Join(err, remove()) }()
	if err != nil {
		return err
	}
	source, err := s.app(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), caseLimit)
	defer cancel()
	server, err := launch(ctx, start, generatedApp{source: source, withFaults: s.withFaults})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := server.close(); err == nil || errors.Is(stopErr, errStuck) {
			err = stopErr
		}
	}()
	return playSteps(ctx, c, s, server.addr)
}

func playStep(ctx context.Context, c *Case, i int, s style, addr string) error {
	got, err := send(ctx, addr, c.Steps[i].Request)
	if err != nil {
		return err
	}
	return s.check(c, i, got)
}

// playRaw runs a case that isn't HTTP.
func playRaw(c *Case, p player, start serve) (err error) {
	source, err := p.app(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), caseLimit)
	defer cancel()
	server, err := launch(ctx, start, generatedApp{source: source})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := server.close(); err == nil || errors.Is(stopErr, errStuck) {
			err = stopErr
		}
	}()
	return p.play(ctx, c, server.addr)
}

// playSteps makes the case's requests, one after the other.
func playSteps(ctx context.Context, c *Case, s style, addr string) error {
	for i := range c.Steps {
		err := playStep(ctx, c, i, s, addr)
		for deadline := time.Now().Add(settleLimit); err != nil && s.settles(c, i) && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
			err = playStep(ctx, c, i, s, addr)
		}
		if err != nil && len(c.Steps) > 1 {
			err = fmt.Errorf("step %d: %w", i+1, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
