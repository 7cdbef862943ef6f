package spikard

import (
	"context"
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// lifespanHook is an on_startup or on_shutdown hook.
type lifespanHook struct {
	stage   pybridge.HookStage
	source  api.Source
	role    *role
	program *compiled // nil: a dependency is faulty, and served with faults
}

// compileLifespan compiles the hooks of an app's own life, and the program
// that makes all its singletons.
func (a *pythonApp) compileLifespan() []error {
	var faults []error
	for _, h := range a.lifespan {
		var err error
		name := string(h.stage) + " " + a.manifest.Callables[h.role.callable].Name
		h.program, err = a.program(programSpec{name: name, lifespan: h.role})
		if err == nil && h.program.request {
			err = faultAt(h.source, "%s needs a provider that asks for the request, and there is none then", name)
		}
		// Those of the dependencies are reported by the registry.
		if err != nil && len(di.Faults(err)) == 0 {
			faults = append(faults, err)
		}
	}
	return faults
}

// startSingletons builds Go's singletons.
func (r *running) startSingletons(ctx context.Context) []error {
	var faults []error
	for _, app := range r.apps {
		// close undoes it.
		if err := app.registry.Start(ctx); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// runStartup runs the apps' on_startup hooks and then makes the singletons
// that no hook has asked for: one that can't be made refuses the start and
// not, hours later, a request.
func (r *running) runStartup(ctx context.Context) []error {
	for _, app := range r.apps {
		r.onUndo("shut python app "+app.option.target+" down", app.runShutdown)
		for _, h := range app.lifespan {
			if h.stage != pybridge.StageStartup || h.program == nil {
				continue
			}
			if err := h.program.run(ctx); err != nil {
				return []error{fmt.Errorf("%s: on_startup hook: %w", h.source, err)}
			}
			app.begun = true
		}
		if err := app.makeSingletons(ctx); err != nil {
			return []error{err}
		}
		app.begun = true
	}
	return nil
}

// runShutdown runs every on_shutdown hook, whichever fails, if the app's own
// life had begun.
func (a *pythonApp) runShutdown(ctx context.Context) error {
	var failures []error
	for _, h := range a.lifespan {
		if h.stage != pybridge.StageShutdown || h.program == nil || !a.begun {
			continue
		}
		if err := h.program.run(ctx); err != nil {
			failures = append(failures, fmt.Errorf("%s: on_shutdown hook: %w", h.source, err))
		}
	}
	return errors.Join(failures...)
}

// makeSingletons makes each Python singleton, in order of registration. One
// that a fault keeps from being made is left out.
func (a *pythonApp) makeSingletons(ctx context.Context) error {
	for _, p := range a.manifest.Providers {
		if p.Scope != "singleton" {
			continue
		}
		name := "singleton " + a.manifest.Callables[p.Callable].Name
		need := di.Need{Key: di.Key(p.Key), By: name, Source: di.Source(p.Source)}
		program, err := a.program(programSpec{name: name, outputs: []di.Need{need}})
		if len(di.Faults(err)) > 0 {
			continue
		}
		if err == nil {
			err = program.run(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", p.Source, name, err)
		}
	}
	return nil
}

// run calls a program outside any request.
func (c *compiled) run(ctx context.Context) error {
	result, err := c.callable.Call(ctx, c.constants, pybridge.CallInfo{})
	if err != nil {
		return err
	}
	defer result.Release()
	switch result.Outcome {
	case pybridge.Raised:
		return &raisedError{result.Exception}
	case pybridge.Problem:
		return fmt.Errorf("HTTPException %d: %s", result.Status, result.Detail)
	}
	return nil
}

// raisedError shows an exception with its place and its traceback: at start
// there is no other log line that would.
type raisedError struct{ *pybridge.Exception }

func (e *raisedError) Error() string {
	text := e.Exception.Error()
	if e.File != "" {
		text += fmt.Sprintf(" (%s:%d)", e.File, e.Line)
	}
	if e.Traceback != "" {
		text += "\n" + e.Traceback
	}
	return text
}

func (e *raisedError) Unwrap() error { return e.Exception }
