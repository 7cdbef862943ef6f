package spikard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/route"
)

// running is one run of a server, from a start to its stop.
type running struct {
	server  *Server
	config  Config // with the defaults and what Python sets
	proxies []netip.Prefix
	wall    *wall
	apps    []*pythonApp
	alone   *pythonApp // stands for the app of a server without any
	plans   []*routePlan
	table   *route.Table
	missing []*missingRoute
	// authenticators are those that are configured, in the order in which they
	// are asked.
	authenticators []middleware.Authenticator
	sessions       *middleware.Sessions // nil: there are none
	equipment      *equipment
	checks         []check   // of the readiness
	inFlight       *inFlight // nil: nobody looks
	stopping       atomic.Bool
	streams        streams
	addr           string
	handler        http.Handler
	gate           *gate
	// requests is what the contexts of the requests end with, and hurry ends it.
	requests context.Context
	hurry    context.CancelFunc
	// hurried ends when the drain is to end at once.
	hurried   context.Context
	hasten    context.CancelFunc
	limit     time.Time // see stopLimit
	limitByFx bool
	jobs      []*job
	work      *jobs
	undo      []undoStep
}

// undoStep takes one step of the start back.
type undoStep struct {
	name string
	run  func(context.Context) error
}

// routePlan is one route on its way to becoming an endpoint.
type routePlan struct {
	methods  []string
	path     string
	name     string
	source   api.Source
	template *route.Template
	home     *pythonApp
	// compile makes the endpoint and its program once the registries are sealed;
	// without dependencies, a Go handler has no program.
	compile func(pathNames []string) (endpoint, *compiled, error)
	serve   endpoint
	program *compiled
	// apart says that the route's requests may outlive their HTTP handlers.
	apart bool
}

// endpoint answers one route's requests.
type endpoint func(x *exchange)

func (r *running) onUndo(name string, run func(context.Context) error) {
	r.undo = append(r.undo, undoStep{name: name, run: run})
}

// unwind takes back every step, the last one first. A step isn't skipped when
// the time is up: it gets a little of its own, since a database that is closed
// late is better than one that never is.
func (r *running) unwind(ctx context.Context) error {
	var failures []error
	for i := len(r.undo) - 1; i >= 0; i-- {
		if err := runUndo(ctx, r.undo[i]); err != nil {
			failures = append(failures, err)
		}
	}
	r.undo = nil
	return errors.Join(failures...)
}

func runUndo(ctx context.Context, step undoStep) (err error) {
	if ctx.Err() != nil {
		fresh, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishing)
		defer cancel()
		ctx = fresh
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: panic: %v", step.name, v)
		}
	}()
	if err := step.run(ctx); err != nil {
		return fmt.Errorf("%s: %w", step.name, err)
	}
	return nil
}

// boot runs the phases of a start. Each either ends without faults or is the
// last; what it had begun is on the undo list then.
func (r *running) boot(ctx context.Context) error {
	phases := []func(context.Context) []error{
		r.validate, r.startEngines, r.loadApps, r.prepare, r.startSingletons,
		r.runStartup, r.readyJobs, r.open, r.startJobs,
	}
	for _, phase := range phases {
		if err := ctx.Err(); err != nil {
			return err
		}
		if faults := phase(ctx); len(faults) > 0 {
			return &StartError{Faults: faults}
		}
	}
	return nil
}

func (r *running) validate(context.Context) []error {
	faults := leaves(r.server.config.Validate())
	for _, app := range r.server.apps {
		if fault := checkPrefix(app); fault != nil {
			faults = append(faults, fault)
		}
	}
	return faults
}

// startEngines starts each engine once, however many apps it runs.
func (r *running) startEngines(ctx context.Context) []error {
	started := map[pybridge.Engine]bool{}
	for _, app := range r.server.apps {
		if started[app.engine] {
			continue
		}
		started[app.engine] = true
		if err := app.engine.Start(ctx); err != nil {
			return []error{err}
		}
		r.onUndo("stop python", app.engine.Stop)
	}
	return nil
}

// loadApps loads every app, so that the faults of all are seen at once.
func (r *running) loadApps(ctx context.Context) []error {
	var faults []error
	for _, option := range r.server.apps {
		app, err := loadApp(ctx, option, r.server.config.Logger)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		r.apps = append(r.apps, app)
		r.onUndo("close python app "+option.target, app.close)
	}
	return faults
}

// settle makes the configuration from Go's, the environment's and Python's.
func (r *running) settle() []error {
	merged, faults := effective(r.server.config, r.server.environment(), r.apps)
	r.config = merged.config.withDefaults()
	r.proxies = parseProxies(r.config.TrustedProxies)
	r.wall = &wall{log: r.config.Logger, debug: r.config.Debug}
	if len(merged.idle) > 0 {
		r.config.Logger.Warn("environment variables have no effect, because Go code sets what they would", "variables", merged.idle)
	}
	r.config.Logger.Debug("configuration", "config", r.config)
	return faults
}

func (r *running) open(context.Context) []error {
	r.onUndo("unmount", func(context.Context) error {
		r.server.mounted.router.Store(nil)
		return nil
	})
	r.watchInspected()
	handler, err := r.mount()
	if err != nil {
		return leaves(err)
	}
	if err := r.serve(handler); err != nil {
		return []error{err}
	}
	return nil
}

// homes are the graphs of dependencies: one for each app, or one without an app.
func (r *running) homes() []*pythonApp {
	if len(r.apps) > 0 {
		return r.apps
	}
	if r.alone == nil {
		r.alone = newPythonApp(appOption{}, &pybridge.Manifest{})
		r.onUndo("end the dependencies", r.alone.close)
	}
	return []*pythonApp{r.alone}
}
