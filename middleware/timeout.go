package middleware

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// Timeout answers requests that take longer than limit: at the deadline the
// request's context ends with [context.DeadlineExceeded], and answer writes to w,
// most often a 408, whatever the handler is doing. What the handler writes after
// that is dropped, with [http.ErrHandlerTimeout]; an answer that it has begun goes
// on. A handler that doesn't end with its context keeps the connection, which
// isn't used again, and all else of its request until it returns.
//
// On HTTP/2 a stream ends with its handler: [Detach] around the engine lets it end
// with the answer.
//
// # Concurrency
//
// One flag decides whose the answer is. answer runs on a goroutine of its own,
// beside the handler, and must use nothing but what it is given; w has the header
// that middleware ahead of this one has set.
//
// # Memory
//
// A request that is in time allocates its context and the shallow copy that
// carries it (see [http.Request.WithContext]). Timers and headers are pooled; those
// of a request whose timer has fired are not, for a handler may still use them.
func Timeout(limit time.Duration, answer func(w http.ResponseWriter, r *http.Request)) gin.HandlerFunc {
	alarms := &sync.Pool{New: func() any { return newAlarm() }}
	return func(c *gin.Context) {
		d := &deadline{parent: c.Request.Context(), at: time.Now().Add(limit), answer: answer, outer: c.Writer, request: c.Request}
		a := alarms.Get().(*alarm)
		d.writer.begin(d, a.header)
		c.Writer, c.Request = &d.writer, c.Request.WithContext(d)
		a.set(d, limit)
		defer func() {
			if d.leave(c, a) {
				a.reset()
				alarms.Put(a)
			}
		}()
		c.Next()
	}
}

// LiftTimeout has a request take as long as it likes from now on: an answer that is
// sent in parts, or a session, has begun. It claims the answer for the handler, with
// ctx the request's, and fails with [http.ErrHandlerTimeout] if the deadline has it.
// Without a [Timeout] it does nothing.
func LiftTimeout(ctx context.Context) error {
	d, ok := ctx.Value(deadlineKey{}).(*deadline)
	if !ok {
		return nil
	}
	d.lifted.Store(true) // before the claim: see pass
	if !d.writer.commit() {
		return http.ErrHandlerTimeout
	}
	return nil
}

// alarm is what one request after another may use.
type alarm struct {
	timer  *time.Timer
	of     atomic.Pointer[deadline]
	header http.Header
}

func newAlarm() *alarm { return &alarm{header: http.Header{}} }

func (a *alarm) set(d *deadline, limit time.Duration) {
	a.of.Store(d)
	if a.timer == nil {
		a.timer = time.AfterFunc(limit, func() { a.of.Load().pass() })
		return
	}
	a.timer.Reset(limit)
}

func (a *alarm) reset() {
	a.of.Store(nil)
	clear(a.header)
}

// claim takes the answer: false, if the other side has it.
func (d *deadline) claim() bool { return d.claimed.CompareAndSwap(false, true) }

// pass is the timer's function.
func (d *deadline) pass() {
	d.answering.Lock()
	defer d.answering.Unlock()
	if !d.claim() {
		if !d.lifted.Load() {
			d.expire()
		}
		return
	}
	d.expire()
	d.outer.Header()["Connection"] = []string{"close"}
	d.answer(d.outer, d.request)
	d.outer.Flush()
	release(d.request)
}

// leave takes the request back when the handler has returned. It is true when the
// timer hasn't fired, and never will.
func (d *deadline) leave(c *gin.Context, a *alarm) bool {
	inTime := a.timer.Stop()
	if !d.writer.commit() {
		d.answering.Lock() // until the answer is written
		defer d.answering.Unlock()
	}
	c.Writer, c.Request = d.outer, d.request
	d.end()
	return inTime
}
