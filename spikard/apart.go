package spikard

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// apart is a request that may outlive its HTTP handler: a stream of events or a
// session stays for hours, and net/http's goroutine, its buffers and Gin's context
// take more memory than all the rest of it. So the handler returns when the connection
// has been taken over, and no goroutine waits for the call.
//
// # Concurrency
//
// Behind leave, nothing of net/http's and Gin's may be used but the connection.
type apart struct {
	router *router
	cancel context.CancelFunc
	stay   func() bool // keeps the end of the handler from ending the context
	// strange says that the context doesn't end with those of the server's requests,
	// as others do, and home keeps it from that.
	strange bool
	home    func() bool
	left    chan struct{}
	ended   chan any // what the route panicked with, or nil
	started bool     // the call has been started, and finish follows

	streams *streams // where it is told that the server stops
	end     *streamEnd
}

// list has the request told when the server stops.
func (a *apart) list(s *streams, stop func()) { a.streams, a.end = s, s.add(stop) }

// serveApart serves a request, which may go on without the handler.
func (rt *router) serveApart(plan *routePlan, x *exchange) (gone bool) {
	request := x.c.Request.Context()
	lasting := rt.lasting(request)
	ctx, cancel := context.WithCancel(lasting)
	a := &apart{router: rt, strange: lasting != rt.running.requests, cancel: cancel, left: make(chan struct{}), ended: make(chan any, 1)}
	a.stay = context.AfterFunc(request, cancel)
	x.ctx, x.apart = ctx, a
	defer func() {
		if !gone {
			a.stay()
			cancel()
		}
	}()
	plan.serve(x)
	if !a.started {
		a.streams.remove(a.end)
		return false
	}
	select {
	case v := <-a.ended:
		if v != nil {
			panic(v)
		}
		return false
	case <-a.left:
		return true
	}
}

// lasting is a context for what outlives a request's own: the server's, unless there
// is somebody who looks for values of the request's.
func (rt *router) lasting(request context.Context) context.Context {
	if rt.running.config.Tracing == nil && rt.running.server.userGin == nil {
		return rt.running.requests
	}
	return context.WithoutCancel(request)
}

// finish does what comes behind the call: on the goroutine that tells of its end.
func (a *apart) finish(x *exchange, do func()) {
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
			v = fmt.Errorf("%v\n\n%s", v, debug.Stack())
		}
		select {
		case <-a.left:
			a.goHome(x, v)
		default:
			a.ended <- v
		}
	}()
	defer a.streams.remove(a.end)
	do()
}

// leave lets the handler return.
func (a *apart) leave(x *exchange) {
	r := a.router.running
	r.gate.stay()
	a.stay()
	a.stay = nil // it has all of the request
	if a.strange {
		a.home = context.AfterFunc(r.requests, a.cancel)
	}
	x.id, x.c = x.RequestID(), a.remains(x)
	x.wire, x.body = wire.Writer{}, nil
	close(a.left)
}

// remains stands for a Gin context that goes back to Gin. Go code that is given the
// exchange finds all of the request; nobody else asks for more than the id.
func (a *apart) remains(x *exchange) *gin.Context {
	if x.around == nil {
		return &a.router.remains
	}
	return &gin.Context{Writer: a.router.remains.Writer, Request: x.c.Request}
}

// sentHeader stands for a writer that nothing is written to any more.
type sentHeader struct{ gin.ResponseWriter }

func (w sentHeader) Header() http.Header { return http.Header{} }

// goHome ends a request that has outlived its handler.
func (a *apart) goHome(x *exchange, panicked any) {
	if panicked != nil && panicked != http.ErrAbortHandler { //nolint:errorlint // as above
		a.router.wall.log.Error("panic in a handler", append(x.logArgs(), "panic", panicked)...)
	}
	if a.home != nil {
		a.home()
	}
	a.cancel()
	a.router.exchanges.close(x)
	a.router.running.gate.leave()
}
