package spikard

import (
	"net/http"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard/api"
)

// missingRoute answers, for one app, requests for which there is no route: its
// hooks run for them too.
type missingRoute struct {
	prefix  string
	compile func() []error
	serve   endpoint // nil: there is nothing to run
}

// planMissing plans the answer for what an app has no route for.
func (r *running) planMissing(app *pythonApp, take func(callable int, kind roleKind) *role) {
	around := r.aroundOf("", nil)
	app.roots = append(app.roots, around.diNeeds()...)
	spec := programSpec{name: "no route", hooks: app.pyHooksOf(nil, take), around: around.diNeeds()}
	ears := spec.hooks.ears()
	spec.refusals = ears.any() // else Python isn't called, and need not be there
	m := &missingRoute{prefix: app.option.prefix}
	m.compile = func() []error {
		if around == nil && !ears.any() {
			return nil
		}
		e := &pythonEndpoint{wall: r.wall, intake: r.intake(), around: around, missing: r.why}
		if ears.any() || len(spec.around) > 0 {
			var err error
			if e.program, err = app.program(spec); err != nil {
				faults := di.Faults(err)
				if len(faults) == 0 {
					return leaves(err)
				}
				if r.config.ServeWithFaults { // else Seal has reported them
					m.serve = r.wall.refusal(faults)
				}
				return nil
			}
			e.intake.bytes = e.program.request
		}
		m.serve = e.serve
		return around.settle(e.program, app.registry)
	}
	r.missing = append(r.missing, m)
}

// why tells why no route was found: 405 where another method would do, else 404.
func (r *running) why(x *exchange) *api.Problem {
	if x.path == notPath {
		return badPath()
	}
	allowed := r.table.Allowed(x.path)
	if len(allowed) == 0 {
		return api.NewProblem(http.StatusNotFound, "not-found", "Nothing is served at this path")
	}
	p := api.NewProblem(http.StatusMethodNotAllowed, "method-not-allowed", "This path does not serve "+x.Method())
	p.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	return p
}

func badPath() *api.Problem {
	return api.NewProblem(http.StatusBadRequest, "bad-request", "The request's target is not a valid path")
}

// missing answers where no route was found: with a static file, or as the app does
// that is the nearest.
func (rt *router) missing(x *exchange) {
	if rt.static(x) {
		return
	}
	var nearest *missingRoute
	for _, m := range rt.running.missing {
		if below(x.path, m.prefix) && (nearest == nil || len(m.prefix) > len(nearest.prefix)) {
			nearest = m
		}
	}
	if nearest == nil || nearest.serve == nil {
		rt.wall.problem(x, rt.running.why(x))
		return
	}
	nearest.serve(x)
}

// below tells whether a path is a prefix or lies below it.
func below(path, prefix string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}
