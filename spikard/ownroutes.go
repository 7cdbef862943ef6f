package spikard

import "net/http"

// planOwn adds the server's own routes: health checks, metrics and /debug/spikard. A route of the
// user's for such a path goes before; without a route of the user's that is the
// very same, they go before those with parameters.
func (r *running) planOwn() {
	for path, serve := range r.ownRoutes() {
		if r.taken(path) {
			continue
		}
		r.plans = append(r.plans, &routePlan{
			methods: []string{http.MethodGet}, path: path, name: "the server's own",
			compile: func([]string) (endpoint, *compiled, error) { return serve, nil, nil },
		})
	}
}

// ownRoutes are the server's own, by path.
func (r *running) ownRoutes() map[string]endpoint {
	out := map[string]endpoint{}
	if h := r.config.Health; h != nil && !h.Off {
		out[h.LivenessPath] = r.live
		out[h.ReadinessPath] = r.ready
	}
	if m := r.equipment.metrics; m != nil {
		handler := m.Expose()
		out[r.config.Metrics.Path] = func(x *exchange) { handler.ServeHTTP(x.c.Writer, x.c.Request) }
	}
	if r.config.DebugEndpoint {
		out[debugPath] = r.inspected
	}
	return out
}

// ownPaths are their paths.
func (r *running) ownPaths() map[string]bool {
	out := map[string]bool{}
	for path := range r.ownRoutes() {
		out[path] = true
	}
	return out
}

// taken tells whether a route of the user's, or their own Gin engine's, has a path.
func (r *running) taken(path string) bool {
	for _, plan := range r.plans {
		if plan.path == path {
			return true
		}
	}
	if r.server.userGin != nil {
		for _, info := range r.server.userGin.Routes() {
			if info.Path == path && !r.server.mounted.patterns[info.Method+" "+path] {
				return true
			}
		}
	}
	return false
}

// static serves a file where no route was found; false: there is none.
func (rt *router) static(x *exchange) bool {
	for _, files := range rt.running.equipment.statics {
		if files.Serve(x.c.Writer, x.c.Request, x.path) {
			return true
		}
	}
	return false
}
