//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/pybridge/internal/places"
)

// byBaton is the one crossing of a call that can't suspend and is of no coroutine
// function: with the baton, or beside it if the program's calls are slow.
//
// # Errors
//
// The call was not let in: see places.Places.Enter.
func (c *call) byBaton(ctx context.Context, in []byte) error {
	lane := &c.program.lane
	if lane.habit.isSlow() {
		return c.beside(ctx, in)
	}
	b := &c.app.interpreter.baton
	o := c.app.observer.Load()
	if turn, ok := b.tryEnter(lane.number); ok {
		if o != nil {
			(*o).ObserveGILWait(0)
		}
		c.frame.SetTurn(turn)
		c.cross(in)
		return nil
	}
	begin := time.Now()
	turn := b.enter(lane.number)
	switch {
	case ctx.Err() != nil:
		b.leave(turn)
		return ctx.Err()
	case lane.habit.isSlow(): // found out meanwhile
		b.leave(turn)
		return c.beside(ctx, in)
	}
	c.frame.SetTurn(turn)
	if o != nil {
		(*o).ObserveGILWait(time.Since(begin))
	}
	c.cross(in)
	return nil
}

// beside is byBaton without the baton, on a thread that is not Go's.
func (c *call) beside(ctx context.Context, in []byte) error {
	c.frame.SetInput(c.program.shim, in)
	return c.besides(ctx, shim.JobCall)
}

// besides has a worker do a job of the call without the baton.
func (c *call) besides(ctx context.Context, job shim.Job) error {
	lane := &c.program.lane
	if !lane.places.IsOwn() { // those are taken for all of a call
		if err := lane.places.Enter(ctx); err != nil {
			return err
		}
	}
	b := &c.app.interpreter.baton
	c.frame.SetTurn(freeTurn(lane.number))
	c.frame.Measure()
	before, begin := b.busy.Load(), time.Now()
	c.app.interpreter.workers.do(c, job)
	whole, busy := time.Since(begin), c.frame.Busy()
	b.leave(c.frame.Turn())
	if o := c.app.observer.Load(); o != nil && job == shim.JobCall {
		(*o).ObserveHandler(whole)
	}
	together := time.Duration(b.busy.Add(int64(busy)) - before)
	lane.habit.ran(c.frame.Inside())
	lane.ran(whole, busy, together)
	return nil
}

// cross crosses and ends the turn.
func (c *call) cross(in []byte) {
	b := &c.app.interpreter.baton
	if o := c.app.observer.Load(); o != nil {
		begin := time.Now()
		c.program.shim.Call(c.frame, in)
		b.leave(c.frame.Turn())
		(*o).ObserveHandler(time.Since(begin))
		return
	}
	c.program.shim.Call(c.frame, in)
	b.leave(c.frame.Turn())
}

// placesFor are the places of a program.
func (a *app) placesFor(p *pybridge.Program) *places.Places {
	pool := &a.interpreter.baton.pool
	if p.Threads > 0 {
		return places.Own(pool, p.Threads, p.Queue)
	}
	return places.Shared(pool, p.Queue)
}
