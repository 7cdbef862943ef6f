package spikard

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/internal/route"
)

// router holds the Gin handlers of one run.
type router struct {
	running   *running
	wall      *wall
	table     *route.Table
	plans     []*routePlan
	exchanges *exchanges
	chain     []gin.HandlerFunc
	observed  bool // somebody asks which route a request has found
	// remains is the context of requests that have outlived their handlers.
	remains gin.Context
}

// mount makes the HTTP handler of the run.
func (r *running) mount() (http.Handler, error) {
	rt := &router{
		running: r, wall: r.wall, table: r.table, plans: r.plans,
		exchanges: &exchanges{proxies: r.proxies, writeTimeout: r.config.WriteTimeout, inFlight: r.inFlight}, chain: r.equipment.handlers(),
	}
	rt.remains.Writer = sentHeader{}
	rt.remains.Request = &http.Request{Method: http.MethodGet, URL: &url.URL{}}
	rt.observed = r.config.Metrics != nil || r.config.Tracing != nil
	if r.server.userGin == nil {
		return rt.mountOwn()
	}
	return r.server.mountOn(r.server.userGin, rt, r.apps)
}

// mountOwn makes an engine that never redirects and prints nothing.
func (rt *router) mountOwn() (http.Handler, error) {
	var engine *gin.Engine
	var err error
	quietly(func() {
		engine = gin.New()
		engine.RedirectTrailingSlash = false
		engine.RedirectFixedPath = false
		engine.HandleMethodNotAllowed = false
		engine.Use(rt.chain...)
		engine.NoRoute(rt.unrouted)
		for _, m := range rt.table.Mounts() {
			handler := rt.dispatch(m.Dispatch)
			if m.Dispatch == nil {
				handler = rt.direct(rt.plans[m.Direct])
			}
			if err == nil {
				err = register(engine, m.Method, m.Pattern, handler)
			}
		}
	})
	return canonical{engine}, err
}

// quietly keeps Gin from printing to the standard output what it does. It does
// so in its debug mode, which belongs to the whole process.
func quietly(do func()) {
	if gin.Mode() == gin.DebugMode {
		gin.SetMode(gin.ReleaseMode)
		defer gin.SetMode(gin.DebugMode)
	}
	do()
}

// register turns Gin's panic about a conflict into an error.
func register(engine *gin.Engine, method, pattern string, handlers ...gin.HandlerFunc) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("mount %s %s on Gin: %v", method, pattern, v)
		}
	}()
	engine.Handle(method, pattern, handlers...)
	return nil
}

// direct serves a route that Gin finds by itself.
func (rt *router) direct(plan *routePlan) gin.HandlerFunc {
	return func(c *gin.Context) {
		x, gone := rt.exchanges.open(c, c.Request.URL.Path), false
		defer func() { rt.close(x, gone) }()
		for i := range c.Params {
			value := c.Params[i].Value
			if value == "" {
				rt.missing(x)
				return
			}
			x.values = append(x.values, value)
		}
		gone = rt.serve(plan, x)
	}
}

// serve has a route answer. It is true if the request goes on without its handler.
func (rt *router) serve(plan *routePlan, x *exchange) (gone bool) {
	rt.found(x.c, plan)
	if plan.apart {
		return rt.serveApart(plan, x)
	}
	plan.serve(x)
	return false
}

// close takes an exchange back, unless it is another's already.
func (rt *router) close(x *exchange, gone bool) {
	if !gone {
		rt.exchanges.close(x)
	}
}

// dispatch serves the routes that Gin's tree can't tell apart.
func (rt *router) dispatch(d *route.Dispatcher) gin.HandlerFunc {
	return func(c *gin.Context) {
		x, gone := rt.exchanges.open(c, c.Request.URL.Path), false
		defer func() { rt.close(x, gone) }()
		id, values, ok := d.Match(x.path, x.values)
		x.values = values
		if !ok {
			rt.missing(x)
			return
		}
		gone = rt.serve(rt.plans[id], x)
	}
}

// found notes the route for metrics and traces.
func (rt *router) found(c *gin.Context, plan *routePlan) {
	if rt.observed {
		c.Set(routePattern{}, plan.path)
	}
}

// whole serves whatever a user's engine passes on, by the whole path: their
// engine may have decoded the one it matched.
func (rt *router) whole(c *gin.Context) {
	path, ok := route.Canonical(c.Request.URL)
	x, gone := rt.exchanges.open(c, path), false
	defer func() { rt.close(x, gone) }()
	if !ok {
		x.path = notPath
		rt.missing(x)
		return
	}
	id, values, ok := rt.table.Match(c.Request.Method, path, x.values)
	x.values = values
	if !ok {
		rt.missing(x)
		return
	}
	gone = rt.serve(rt.plans[id], x)
}

// unrouted answers what Gin has no route for.
func (rt *router) unrouted(c *gin.Context) {
	x := rt.exchanges.open(c, c.Request.URL.Path)
	defer rt.exchanges.close(x)
	rt.missing(x)
}
