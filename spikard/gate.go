package spikard

import (
	"context"
	"sync/atomic"
)

// gate counts the requests that are inside and can be shut. It costs two
// atomic additions for a request; a sync.WaitGroup doesn't allow an Add that
// races with Wait.
type gate struct {
	count atomic.Int64 // shut is added once the gate is shut
	idle  chan struct{}
}

const shut = 1 << 62

func newGate() *gate { return &gate{idle: make(chan struct{}, 1)} }

// enter tells whether the gate was open. Whoever entered must leave.
func (g *gate) enter() bool {
	if g.count.Add(1) > shut {
		g.leave()
		return false
	}
	return true
}

// stay is enter for whoever is inside already, for another who leaves later.
func (g *gate) stay() { g.count.Add(1) }

func (g *gate) leave() {
	if g.count.Add(-1) == shut {
		select {
		case g.idle <- struct{}{}:
		default: // somebody else was the last one too
		}
	}
}

// close shuts the gate and waits until nobody is inside. It is false when the
// context ended first. It is called once.
func (g *gate) close(ctx context.Context) bool {
	if g.count.Add(shut) == shut {
		return true
	}
	select {
	case <-g.idle:
		return true
	case <-ctx.Done():
		return false
	}
}

// inside is how many are inside.
func (g *gate) inside() int64 { return g.count.Load() &^ shut }
