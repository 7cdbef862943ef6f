package spikard

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// limitKey tells what a request counts for. The server's own routes, as those of
// health checks, count for nothing.
func (r *running) limitKey(l *RateLimit) func(c *gin.Context) string {
	own := r.ownPaths()
	key := r.limitKeyBy(l)
	return func(c *gin.Context) string {
		if own[c.Request.URL.Path] {
			return ""
		}
		return key(c)
	}
}

func (r *running) limitKeyBy(l *RateLimit) func(c *gin.Context) string {
	client := func(c *gin.Context) string {
		addr := r.client(c.Request).Addr
		if addr == "" {
			return "unknown" // over a Unix socket, without a proxy that tells
		}
		return middleware.AddrKey(addr)
	}
	header, byHeader := strings.CutPrefix(l.By, "header:")
	switch {
	case byHeader:
		return func(c *gin.Context) string {
			if value := c.GetHeader(header); value != "" {
				return "header " + value
			}
			return client(c)
		}
	case l.By == "principal":
		return func(c *gin.Context) string {
			if who := c.GetString(limitedWho{}); who != "" {
				return "principal " + who
			}
			return client(c)
		}
	case l.By == "client", l.By == "" && *l.IPBased:
		return client
	}
	return func(*gin.Context) string { return "all" }
}

// limited counts a request for its principal. It gives the refusal of one that is
// too much.
func (a *around) limited(x *exchange) *api.Problem {
	if x.principal != nil {
		x.c.Set(limitedWho{}, x.principal.Scheme+" "+x.principal.Subject)
	}
	a.limit(x.c)
	refused, _ := x.c.Get(limitedKey{})
	problem, _ := refused.(*api.Problem)
	return problem
}
