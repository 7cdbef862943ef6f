package spikard

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// mountOn puts the routes on a user's engine. A prefix, of an app or of static
// files, is taken whole, so that 404 and 405 below it are ours; the other routes
// are mounted one by one.
func (s *Server) mountOn(engine *gin.Engine, rt *router, apps []*pythonApp) (http.Handler, error) {
	prefixes, err := wholePrefixes(apps, rt.running.config.StaticFiles)
	if err != nil {
		return nil, err
	}
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

// wholePrefixes are the prefixes that are taken whole, none of them below another.
func wholePrefixes(apps []*pythonApp, folders []StaticFiles) ([]string, error) {
	var all, out []string
	for _, app := range apps {
		if app.option.prefix != "" {
			all = append(all, app.option.prefix)
		}
	}
	for _, f := range folders {
		prefix := strings.TrimRight(f.RoutePrefix, "/")
		if prefix == "" {
			return nil, fmt.Errorf("static files from %s: what no route is found for is the *gin.Engine's of the fx app: "+
				"serve them below a prefix, as /static, and not at /", f.Directory)
		}
		all = append(all, prefix)
	}
	for _, p := range all {
		if !slices.ContainsFunc(out, func(o string) bool { return below(p, o) }) {
			out = slices.DeleteFunc(out, func(o string) bool { return below(o, p) })
			out = append(out, p)
		}
	}
	return out, nil
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
