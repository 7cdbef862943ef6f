package spikard

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
)

// HealthChecker is what a singleton in Go implements to take part in the
// readiness of the server: an error makes /readyz answer 503. The error is for
// the log alone.
//
// # Concurrency
//
// CheckHealth is called from any goroutine, and has to end with its context.
type HealthChecker interface {
	CheckHealth(ctx context.Context) error
}

// check is one check of the readiness.
type check struct {
	name string
	run  func(ctx context.Context) error
}

// health is what a health route answers.
type health struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

// live answers as long as there is a process.
func (r *running) live(x *exchange) { r.healthAnswer(x, http.StatusOK, health{Status: "ok"}) }

// ready answers 200 while requests can be served. The checks run at once.
func (r *running) ready(x *exchange) {
	if r.stopping.Load() {
		r.healthAnswer(x, http.StatusServiceUnavailable, health{Status: "stopping"})
		return
	}
	ctx, cancel := context.WithTimeout(x.Context(), r.config.Health.Timeout)
	defer cancel()
	failures := r.runChecks(ctx)
	answer, status := health{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for name, err := range failures {
		answer.Checks[name] = "ok"
		if err != nil {
			answer.Checks[name], answer.Status, status = "failed", "failed", http.StatusServiceUnavailable
			r.config.Logger.Warn("a health check failed", "check", name, "error", err)
		}
	}
	r.healthAnswer(x, status, answer)
}

// runChecks gives what each check gave.
func (r *running) runChecks(ctx context.Context) map[string]error {
	var mu sync.Mutex
	var all sync.WaitGroup
	out := map[string]error{}
	for _, c := range r.checks {
		all.Go(func() {
			err := runCheck(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			out[c.name] = err
		})
	}
	all.Wait()
	return out
}

func runCheck(ctx context.Context, c check) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return c.run(ctx)
}

func (r *running) healthAnswer(x *exchange, status int, answer health) {
	body, err := encodeJSON(answer)
	if err != nil {
		r.wall.fail(x, "health", err)
		return
	}
	x.SetHeader("Cache-Control", "no-store")
	if err := x.Respond(status, jsonType, body); err != nil {
		r.wall.unsent(x, "health", err)
	}
}

// gatherChecks finds the checks: Go's singletons that have one, and the
// health_check hooks of Python.
func (r *running) gatherChecks() {
	found := map[string]check{}
	for _, app := range r.homes() {
		for key, value := range app.registry.Singletons() {
			if checker, ok := value.(HealthChecker); ok {
				found[key.Label()] = check{name: key.Label(), run: checker.CheckHealth}
			}
		}
		for _, h := range app.lifespan {
			if h.stage == pybridge.StageHealthCheck && h.program != nil {
				name := app.manifest.Callables[h.role.callable].Name
				found[name] = check{name: name, run: h.program.run}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		r.checks = append(r.checks, found[name])
	}
}
