package spikard

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// eventStream is what server-sent events need besides: they have no end of their
// own, so that somebody has to look after them.
type eventStream struct {
	of     *stream
	period time.Duration
	cancel context.CancelFunc

	mu       sync.Mutex // of what is written, and of the fields below
	timer    *time.Timer
	active   bool // something was sent since the timer's last look
	over     bool
	stopping atomic.Bool // the server stops
}

// eventRoute answers with server-sent events.
type eventRoute struct {
	endpoint *pythonEndpoint
	streams  *streams
	period   time.Duration // of silence; none if it isn't positive
}

func (r *eventRoute) serve(x *exchange) {
	ctx, cancel := context.WithCancel(x.c.Request.Context())
	defer cancel()
	e := &eventStream{of: &x.stream, period: r.period, cancel: cancel}
	x.ctx, x.stream.events = ctx, e
	end := r.streams.add(e.stop)
	defer r.streams.remove(end)
	r.endpoint.serve(x)
}

var comment = []byte(": keep-alive\n\n")

func (e *eventStream) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.period > 0 {
		e.timer = time.AfterFunc(e.period, e.look)
	}
}

// look fills a silence, so that proxies keep the connection and a client that has
// left is found out.
func (e *eventStream) look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	if !e.active && e.of.write(comment) != nil {
		e.cancel()
		return
	}
	e.active = false
	e.timer.Reset(e.period)
}

// lastPart is how long a part may take that is being written when the server stops.
const lastPart = time.Second

// stop ends the events because the server stops. It doesn't wait for a client that
// doesn't read.
func (e *eventStream) stop() {
	e.stopping.Store(true)
	_ = http.NewResponseController(e.of.x.c.Writer).SetWriteDeadline(time.Now().Add(lastPart))
	e.cancel()
}

func (e *eventStream) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.timer != nil {
		e.timer.Stop()
	}
}

// stopped tells whether the events have ended because the server stops.
func (e *eventStream) stopped() bool { return e != nil && e.stopping.Load() }
