package spikard

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
)

// lifespanHook is an on_startup, on_shutdown or health_check hook.
type lifespanHook struct {
	stage   pybridge.HookStage
	source  api.Source
	role    *role
	program *compiled // nil: a dependency is faulty, and served with faults
}

// compileLifespan compiles the hooks of an app's own life.
func (a *pythonApp) compileLifespan() []error {
	var faults []error
	for _, h := range a.lifespan {
		var err error
		name := string(h.stage) + " " + a.manifest.Callables[h.role.callable].Name
		h.program, err = a.program(programSpec{name: name, lifespan: h.role})
		if err == nil && (h.program.request || h.program.aware) {
			err = faultAt(h.source, "%s needs a provider that asks for the request, and there is none then", name)
		}
		// Those of the dependencies are reported by the registry.
		if err != nil && len(di.Faults(err)) == 0 {
			faults = append(faults, err)
		}
	}
	return faults
}

// startSingletons builds the singletons of both languages, and then writes what
// every request is given of them.
func (r *running) startSingletons(ctx context.Context) []error {
	for _, app := range r.homes() {
		// close undoes it.
		if err := app.registry.Start(ctx); err != nil {
			return []error{err}
		}
		for _, program := range app.programs {
			if err := program.fill(app.registry); err != nil {
				return []error{err}
			}
		}
	}
	return nil
}

// runStartup runs the apps' on_startup hooks. Singletons are there by then, as
// what fx constructs is when its hooks run.
func (r *running) runStartup(ctx context.Context) []error {
	r.gatherChecks()
	for _, app := range r.apps {
		r.onUndo("shut python app "+app.option.target+" down", app.runShutdown)
		r.onUndo("drain the background work", func(ctx context.Context) error { return r.drainApp(ctx, app) })
		for _, h := range app.lifespan {
			if h.stage != pybridge.StageStartup || h.program == nil {
				continue
			}
			if err := h.program.run(ctx); err != nil {
				return []error{fmt.Errorf("%s: on_startup hook: %w", h.source, err)}
			}
			app.begun = true
		}
		app.begun = true
	}
	return nil
}

// runShutdown runs every on_shutdown hook, the last one first, whichever fails, if
// the app's own life had begun.
func (a *pythonApp) runShutdown(ctx context.Context) error {
	var failures []error
	for _, h := range slices.Backward(a.lifespan) {
		if h.stage != pybridge.StageShutdown || h.program == nil || !a.begun {
			continue
		}
		if err := h.program.run(ctx); err != nil {
			failures = append(failures, fmt.Errorf("%s: on_shutdown hook: %w", h.source, err))
		}
	}
	return errors.Join(failures...)
}

// run calls a program outside of requests.
func (c *compiled) run(ctx context.Context) (err error) {
	values, err := c.plan.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, values.Close(err)) }()
	var w wire.Writer
	w.Encoded(c.constWire)
	if err := c.writeLive(values, &w); err != nil {
		return err
	}
	result, err := c.callable.Call(ctx, w.Bytes(), pybridge.CallInfo{Go: c.goHalf(values)})
	if err != nil {
		return err
	}
	defer result.Release()
	return raised(failureOf(&result))
}
