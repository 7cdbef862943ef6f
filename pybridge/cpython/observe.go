//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

var _ pybridge.Observable = (*app)(nil)

// Observe sets who is told how calls spend their time.
func (a *app) Observe(o pybridge.Observer) {
	if o == nil {
		a.observer.Store(nil)
		return
	}
	a.observer.Store(&o)
}

// Waiting is how many calls wait for the baton, for a place beside it, or for the
// loop to start them. The first two are the process' own: with several apps each
// tells all of those.
func (a *app) Waiting() int {
	b := &a.interpreter.baton
	n := int(b.waiting.Load()) + b.pool.Waiting()
	if a.loop != nil {
		a.loop.mu.Lock()
		n += len(a.loop.starts)
		a.loop.mu.Unlock()
	}
	return n
}

// runObserved is a run on the loop with its time told.
func (l *loop) runObserved(ctx context.Context, c *call) {
	o := l.app.observer.Load()
	if o == nil {
		l.run(ctx, c)
		return
	}
	begin := time.Now()
	l.run(ctx, c)
	(*o).ObserveHandler(time.Since(begin))
}
