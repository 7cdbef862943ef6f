package spikard

import (
	"context"
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
	conn   atomic.Pointer[chunkWriter] // nil: net/http has the connection

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
	e := &eventStream{of: &x.stream, period: r.period, cancel: x.apart.cancel}
	x.stream.events = e
	x.apart.list(r.streams, e.stop)
	r.endpoint.serve(x)
}

var comment = []byte(": keep-alive\n\n")

// begin takes the connection over, and looks after it. HTTP/2 has no connection of
// its own for an answer, and HTTP/1.0 no chunks.
func (e *eventStream) begin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.of.x
	if r := x.c.Request; r.ProtoMajor == 1 && r.ProtoMinor == 1 {
		conn, err := takeOver(x.c.Writer, e.cancel)
		if err != nil {
			return err
		}
		e.conn.Store(conn)
		x.apart.leave(x)
	}
	if e.period > 0 {
		e.timer = time.AfterFunc(e.period, e.look)
	}
	return nil
}

// write writes to the connection.
func (e *eventStream) write(data []byte) error {
	conn := e.conn.Load()
	if e.of.limit > 0 {
		conn.hurry(e.of.limit)
	}
	return conn.write(data)
}

// close ends the answer, which is whole or is to be seen as one that isn't.
func (e *eventStream) close(whole bool) {
	conn := e.conn.Load()
	if conn == nil {
		return
	}
	if whole {
		_ = conn.end(nil) // who isn't there doesn't miss it
	}
	conn.close()
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
	if conn := e.conn.Load(); conn != nil {
		conn.hurry(lastPart)
	}
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
