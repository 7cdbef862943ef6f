package spikard

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/route"
)

// router holds the Gin handlers of one run.
type router struct {
	wall      *wall
	table     *route.Table
	plans     []*routePlan
	exchanges *exchanges
	chain     []gin.HandlerFunc
}

// mount makes the HTTP handler of the run.
func (r *running) mount() (http.Handler, error) {
	rt := &router{
		wall: r.wall, table: r.table, plans: r.plans,
		exchanges: &exchanges{proxies: r.proxies}, chain: r.chain(),
	}
	if r.server.userGin == nil {
		return rt.mountOwn()
	}
	return r.server.mountOn(r.server.userGin, rt, r.apps)
}

// chain builds the middleware in the order that the package middleware states.
func (r *running) chain() []gin.HandlerFunc {
	built := map[middleware.Name]gin.HandlerFunc{
		middleware.NameRequestID: middleware.RequestID(),
		middleware.NameRecovery:  middleware.Recovery(r.wall.panicked),
		middleware.NameBodyLimit: middleware.BodyLimit(r.config.MaxBodySize, func(c *gin.Context) {
			_ = writeProblem(c.Writer, c.Request, tooLarge(r.config.MaxBodySize))
		}),
	}
	if size := r.config.MaxHeaderBytes; size > 0 {
		built[middleware.NameHeaderLimit] = middleware.HeaderLimit(size, func(c *gin.Context) {
			_ = writeProblem(c.Writer, c.Request, headerTooLarge(size))
		})
	}
	if r.noIDs {
		delete(built, middleware.NameRequestID)
	}
	var chain []gin.HandlerFunc
	for _, place := range middleware.Order() {
		if h := built[place.Name]; h != nil {
			chain = append(chain, h)
		}
	}
	return chain
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
				handler = rt.direct(rt.plans[m.Direct].serve)
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
func (rt *router) direct(serve endpoint) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := rt.exchanges.open(c, c.Request.URL.Path)
		defer rt.exchanges.close(x)
		for i := range c.Params {
			value := c.Params[i].Value
			if value == "" {
				rt.missing(x)
				return
			}
			x.values = append(x.values, value)
		}
		serve(x)
	}
}

// dispatch serves the routes that Gin's tree can't tell apart.
func (rt *router) dispatch(d *route.Dispatcher) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := rt.exchanges.open(c, c.Request.URL.Path)
		defer rt.exchanges.close(x)
		id, values, ok := d.Match(x.path, x.values)
		x.values = values
		if !ok {
			rt.missing(x)
			return
		}
		rt.plans[id].serve(x)
	}
}

// whole serves whatever a user's engine passes on, by the whole path: their
// engine may have decoded the one it matched.
func (rt *router) whole(c *gin.Context) {
	path, ok := route.Canonical(c.Request.URL)
	x := rt.exchanges.open(c, path)
	defer rt.exchanges.close(x)
	if !ok {
		rt.wall.problem(x, badPath())
		return
	}
	id, values, ok := rt.table.Match(c.Request.Method, path, x.values)
	x.values = values
	if !ok {
		rt.missing(x)
		return
	}
	rt.plans[id].serve(x)
}

// unrouted answers what Gin has no route for.
func (rt *router) unrouted(c *gin.Context) {
	x := rt.exchanges.open(c, c.Request.URL.Path)
	defer rt.exchanges.close(x)
	if x.path == notPath {
		rt.wall.problem(x, badPath())
		return
	}
	rt.missing(x)
}

// missing answers 405 where another method would do, else 404.
func (rt *router) missing(x *exchange) {
	allowed := rt.table.Allowed(x.path)
	if len(allowed) == 0 {
		rt.wall.problem(x, api.NewProblem(http.StatusNotFound, "not-found", "Nothing is served at this path"))
		return
	}
	p := api.NewProblem(http.StatusMethodNotAllowed, "method-not-allowed", "This path does not serve "+x.Method())
	p.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	rt.wall.problem(x, p)
}

func badPath() *api.Problem {
	return api.NewProblem(http.StatusBadRequest, "bad-request", "The request's target is not a valid path")
}
