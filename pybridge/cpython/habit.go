package cpython

import (
	"sync/atomic"
	"time"
)

const (
	// forgetAfter short calls, a program that used to block queues again.
	forgetAfter = 64
	// doubtAfter losses of the baton, a program that was found to compute is
	// tried as one that blocks again.
	doubtAfter = 1024
)

// habit is what is known of how a program's calls spend their time inside.
//
// A call that blocks holds the baton for nothing until the monitor takes it
// away, and Go's scheduler is slow to see that its thread is idle: 64 clients
// of a handler that sleeps for 10 ms got 480 answers a second so, and 5,500
// without the baton. So a program whose calls lose the baton is let in
// without it, as long as its calls do block. One that computes is not: it
// would compete for the GIL with everybody who has the baton.
//
// # Concurrency
//
// All methods may be called from any goroutine. A lost update costs a call
// that goes the other way.
type habit struct {
	score atomic.Int32 // above 0: blocks; below 0: computes
}

// blocks tells whether a call had better not take the baton.
func (h *habit) blocks() bool { return h.score.Load() > 0 }

// lost notes a call that lost the baton.
func (h *habit) lost() {
	if h.score.Load() < 0 {
		h.score.Add(1)
		return
	}
	h.score.Store(forgetAfter)
}

// ran notes a call without the baton: how long it was inside, and how much of
// that it used the processor.
func (h *habit) ran(inside, busy time.Duration) {
	switch {
	case inside < patience:
		h.score.Add(-1)
	case busy > inside/2:
		h.score.Store(-doubtAfter)
	default:
		h.score.Store(forgetAfter)
	}
}
