package spikard

import (
	"context"
	"fmt"
	"time"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
)

// pythonJob is a job of an app's, until its program is compiled.
type pythonJob struct {
	pybridge.Job
	role *role
}

// planJobs decides the arguments of an app's jobs.
func (a *pythonApp) planJobs(take func(callable int, kind roleKind) *role) {
	for _, j := range a.manifest.Jobs {
		a.jobs = append(a.jobs, pythonJob{Job: j, role: take(j.Callable, roleJob)})
	}
}

// compileJobs compiles the jobs of an app.
func (r *running) compileJobs(app *pythonApp) []error {
	var faults []error
	for _, j := range app.jobs {
		name := "job " + j.Name
		program, err := app.program(programSpec{name: name, lifespan: j.role, job: true})
		if err == nil && (program.request || program.aware) {
			err = faultAt(j.Source, "%s needs a provider that asks for the request, and there is none then", name)
		}
		switch {
		case err == nil:
			r.jobs = append(r.jobs, &job{
				name: j.Name, source: j.Source, every: j.Every, immediately: j.Immediately, run: program.run,
			})
		case len(di.Faults(err)) == 0: // those are reported by the registry
			faults = append(faults, err)
		}
	}
	return faults
}

// readyJobs makes what runs the jobs. Their drain follows that of the requests.
func (r *running) readyJobs(context.Context) []error {
	r.work = newJobs(r.config.Logger, r.equipment.metrics)
	r.onUndo("drain the jobs", func(ctx context.Context) error {
		drained, cancel := r.untilStopped(ctx)
		defer cancel()
		r.tellCut(r.work.drain(drained))
		return nil
	})
	return nil
}

// startJobs has the jobs run. A stop begins with their clocks.
func (r *running) startJobs(context.Context) []error {
	r.onUndo("hold the jobs", func(context.Context) error {
		r.work.hold()
		return nil
	})
	for _, one := range r.jobs {
		r.work.start(one)
	}
	return nil
}

// drainApp waits for the background work of an app's Python code.
func (r *running) drainApp(ctx context.Context, app *pythonApp) error {
	drained, cancel := r.untilStopped(ctx)
	defer cancel()
	cut, err := app.app.Drain(drained)
	r.tellCut(cut)
	if err != nil {
		return fmt.Errorf("drain the background work of python app %s: %w", app.option.target, err)
	}
	return nil
}

func (r *running) tellCut(cut []string) {
	if len(cut) > 0 {
		r.config.Logger.Warn("background work did not end in time and was cancelled",
			"work", cut, "shutdown_timeout", r.config.ShutdownTimeout)
	}
}

// stopLimit is when the drain ends. All of its steps have the same limit.
func (r *running) stopLimit(ctx context.Context) (limit time.Time, byFx bool) {
	if r.limit.IsZero() {
		r.limit = time.Now().Add(r.config.ShutdownTimeout)
		if deadline, ok := ctx.Deadline(); ok && deadline.Add(-finishing).Before(r.limit) {
			r.limit, r.limitByFx = deadline.Add(-finishing), true
		}
	}
	return r.limit, r.limitByFx
}

// untilStopped gives a context that ends with the drain, or when that is to end at
// once.
func (r *running) untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	limit, _ := r.stopLimit(ctx)
	drained, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
	free := context.AfterFunc(r.hurried, cancel)
	return drained, func() { free(); cancel() }
}
