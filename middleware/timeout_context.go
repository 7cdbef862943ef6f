package middleware

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// deadline is a request that has one, and its context. Most handlers never wait for
// the context, so the real one is made when somebody does.
type deadline struct {
	parent context.Context
	at     time.Time

	answer    func(w http.ResponseWriter, r *http.Request)
	outer     gin.ResponseWriter
	request   *http.Request // the one ahead of the middleware
	writer    timeoutWriter
	claimed   atomic.Bool
	answering sync.Mutex // held while the deadline's answer is written

	mu    sync.Mutex // of what makes the real one
	real  atomic.Pointer[realContext]
	ended atomic.Bool // the handler has returned
}

var _ context.Context = (*deadline)(nil)

type realContext struct {
	context.Context
	cancel context.CancelFunc
}

// Deadline is the earlier one of this and of the request's own context.
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.parent.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// Done makes the real context.
func (d *deadline) Done() <-chan struct{} { return d.made().Done() }

func (d *deadline) made() *realContext {
	if r := d.real.Load(); r != nil {
		return r
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.real.Load(); r != nil {
		return r
	}
	ctx, cancel := context.WithDeadline(d.parent, d.at)
	if d.ended.Load() {
		cancel()
	}
	r := &realContext{ctx, cancel}
	d.real.Store(r)
	return r
}

// Err is as the real context would have it.
func (d *deadline) Err() error {
	if r := d.real.Load(); r != nil {
		return r.Err()
	}
	if err := d.parent.Err(); err != nil {
		return err
	}
	switch {
	case !time.Now().Before(d.at):
		return context.DeadlineExceeded
	case d.ended.Load():
		return context.Canceled
	}
	return nil
}

// Value is the real context's once there is one: its children find it so, and need
// no goroutine to wait for it.
func (d *deadline) Value(key any) any {
	if r := d.real.Load(); r != nil {
		return r.Value(key)
	}
	return d.parent.Value(key)
}

// cancel ends the context with the request.
func (d *deadline) cancel() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended.Store(true)
	if r := d.real.Load(); r != nil {
		r.cancel()
	}
}
