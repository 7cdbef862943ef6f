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

	mu     sync.Mutex // of what makes the real one
	real   atomic.Pointer[realContext]
	ended  atomic.Bool // the handler has returned
	passed atomic.Bool // so has the deadline, and its answer is claimed
	lifted atomic.Bool // it means nothing any more, if the handler has the answer
}

var _ context.Context = (*deadline)(nil)

// realContext ends with the request's own context, when the handler has returned,
// and when the deadline has passed: not before somebody has the answer, or else a
// handler that ends with its context would be taken for one that was in time.
type realContext struct {
	context.Context
	cancel context.CancelFunc
}

// Deadline is the earlier one of this and of the request's own context.
func (d *deadline) Deadline() (time.Time, bool) {
	if d.lifted.Load() {
		return d.parent.Deadline()
	}
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
	ctx, cancel := context.WithCancel(d.parent)
	if d.ended.Load() || d.passed.Load() {
		cancel()
	}
	r := &realContext{ctx, cancel}
	d.real.Store(r)
	return r
}

// Err is nil until Done is closed.
func (d *deadline) Err() error {
	if d.passed.Load() {
		return context.DeadlineExceeded
	}
	if r := d.real.Load(); r != nil {
		return r.Err()
	}
	if err := d.parent.Err(); err != nil {
		return err
	}
	if d.ended.Load() {
		return context.Canceled
	}
	return nil
}

type deadlineKey struct{}

// Value is the request's own context's.
func (d *deadline) Value(key any) any {
	if key == (deadlineKey{}) {
		return d
	}
	return d.parent.Value(key)
}

// AfterFunc is what package context looks for in a parent that isn't its own: it
// spares each child a goroutine, and has the child end with this one's Err.
func (d *deadline) AfterFunc(f func()) func() bool { return context.AfterFunc(d.made(), f) }

// end ends the context with the request, and expire with the deadline.
func (d *deadline) end() { d.cancel(&d.ended) }

func (d *deadline) expire() { d.cancel(&d.passed) }

func (d *deadline) cancel(why *atomic.Bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	why.Store(true)
	if r := d.real.Load(); r != nil {
		r.cancel()
	}
}
