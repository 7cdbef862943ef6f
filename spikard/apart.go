package spikard

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"
)

// apart is a request that may outlive its HTTP handler: a stream of events or a
// session stays for hours, and net/http's goroutine, its buffers and Gin's context
// take more memory than all the rest of it. So the route runs on a goroutine of its
// own, and the handler returns when the connection has been taken over.
//
// # Concurrency
//
// Behind leave, nothing of net/http's and Gin's may be used but the connection and
// the request.
type apart struct {
	router *router
	cancel context.CancelFunc
	stay   func() bool // keeps the end of the handler from ending the context
	home   func() bool // the same for the end of the server
	left   chan struct{}
	ended  chan any // what the route panicked with, or nil
	gone   bool     // of the handler's goroutine: the exchange is not its own any more
}

// serveApart serves a request, which may go on without the handler.
func (rt *router) serveApart(plan *routePlan, x *exchange) {
	request := x.c.Request.Context()
	ctx, cancel := context.WithCancel(context.WithoutCancel(request))
	a := &apart{router: rt, cancel: cancel, left: make(chan struct{}), ended: make(chan any, 1)}
	a.stay = context.AfterFunc(request, cancel)
	x.ctx, x.apart = ctx, a
	go a.run(plan, x)
	select {
	case v := <-a.ended:
		a.stay()
		cancel()
		if v != nil {
			panic(v)
		}
	case <-a.left:
		a.gone = true
	}
}

func (a *apart) run(plan *routePlan, x *exchange) {
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
			v = fmt.Errorf("%v\n\n%s", v, debug.Stack())
		}
		select {
		case <-a.left:
			a.end(x, v)
		default:
			a.ended <- v
		}
	}()
	plan.serve(x)
}

// leave lets the handler return.
func (a *apart) leave(x *exchange) {
	r := a.router.running
	r.gate.stay()
	a.stay()
	a.home = context.AfterFunc(r.requests, a.cancel)
	x.c = quiet(x.c)
	close(a.left)
}

// quiet is what is needed of a Gin context that goes back to Gin: the request, and
// the header that was sent.
func quiet(c *gin.Context) *gin.Context {
	kept := c.Copy()
	kept.Params, kept.Writer = nil, &sentHeader{header: c.Writer.Header().Clone()}
	return kept
}

// sentHeader stands for a writer that nothing is written to any more.
type sentHeader struct {
	gin.ResponseWriter

	header http.Header
}

func (w *sentHeader) Header() http.Header { return w.header }

// end ends a request that has outlived its handler.
func (a *apart) end(x *exchange, panicked any) {
	if panicked != nil && panicked != http.ErrAbortHandler { //nolint:errorlint // as above
		a.router.wall.log.Error("panic in a handler", append(x.logArgs(), "panic", panicked)...)
	}
	a.home()
	a.cancel()
	a.router.exchanges.close(x)
	a.router.running.gate.leave()
}
