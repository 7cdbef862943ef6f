package spikard

import (
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// mounted is what a server has put on a user's engine. Gin can't take a route
// back, so what is mounted looks for the run that is on.
type mounted struct {
	patterns map[string]bool
	router   atomic.Pointer[router]
}

// anyMethods are those mounted for a prefix, as by Gin's own Any.
var anyMethods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodHead,
	http.MethodOptions, http.MethodDelete, http.MethodConnect, http.MethodTrace,
}

// mountOn puts the routes on a user's engine. A prefix is taken whole, so that
// 404 and 405 below it are ours; the other routes are mounted one by one.
func (s *Server) mountOn(engine *gin.Engine, rt *router, apps []*pythonApp) (http.Handler, error) {
	var prefixes []string
	for _, app := range apps {
		if p := app.option.prefix; p != "" && !slices.ContainsFunc(prefixes, func(o string) bool { return below(p, o) }) {
			prefixes = slices.DeleteFunc(prefixes, func(o string) bool { return below(o, p) })
			prefixes = append(prefixes, p)
		}
	}
	var err error
	add := func(method, pattern string) {
		if err == nil && !s.mounted.patterns[method+" "+pattern] {
			if err = register(engine, method, pattern, s.mountedHandlers(len(rt.chain))...); err == nil {
				s.mounted.patterns[method+" "+pattern] = true
			}
		}
	}
	if s.mounted.patterns == nil {
		s.mounted.patterns = map[string]bool{}
	}
	for _, prefix := range prefixes {
		for _, method := range anyMethods {
			add(method, prefix)
			add(method, prefix+"/*spikard")
		}
	}
	for _, m := range rt.table.Mounts() {
		pattern := m.Pattern
		if plain, uerr := url.PathUnescape(pattern); uerr == nil && !engine.UseEscapedPath {
			pattern = plain
		}
		if !slices.ContainsFunc(prefixes, func(p string) bool { return below(pattern, p) }) {
			add(m.Method, pattern)
		}
	}
	s.mounted.router.Store(rt)
	return engine.Handler(), err
}

// mountedHandlers are the middleware and the router of the run that is on.
func (s *Server) mountedHandlers(middleware int) []gin.HandlerFunc {
	handlers := make([]gin.HandlerFunc, 0, middleware+1)
	for i := range middleware {
		handlers = append(handlers, func(c *gin.Context) {
			if rt := s.mounted.router.Load(); rt != nil && i < len(rt.chain) {
				rt.chain[i](c)
			}
		})
	}
	return append(handlers, func(c *gin.Context) {
		rt := s.mounted.router.Load()
		if rt == nil {
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		rt.whole(c)
	})
}
