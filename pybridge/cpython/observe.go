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

// Waiting is how many calls wait for the baton, or for the loop to start them.
// The baton is the process' own: with several apps each tells all of those.
func (a *app) Waiting() int {
	n := int(a.interpreter.baton.waiting.Load())
	if a.loop != nil {
		a.loop.mu.Lock()
		n += len(a.loop.starts)
		a.loop.mu.Unlock()
	}
	return n
}

// crossObserved is cross with its times told.
func (c *call) crossObserved(in []byte, o pybridge.Observer) {
	b := &c.app.interpreter.baton
	begin := time.Now()
	c.frame.SetTurn(b.enter())
	inside := time.Now()
	c.program.shim.Call(c.frame, in)
	took := time.Since(inside)
	if !b.leave(c.frame.Turn()) {
		c.program.habit.lost()
	}
	o.ObserveGILWait(inside.Sub(begin))
	o.ObserveHandler(took)
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
