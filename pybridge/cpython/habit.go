package cpython

import (
	"sync/atomic"
	"time"
)

// forgetAfter short calls, a program that used to be slow queues for the baton
// again.
const forgetAfter = 64

// habit is what is known of how long a program's calls are inside.
//
// A call that blocks holds the baton for nothing until the monitor takes it
// away, and one of Go's processors: 64 clients of a handler that sleeps for 10 ms
// got 480 answers a second so. So a program whose calls lose the baton is let in
// without it, on a worker's thread, as long as its calls are long: 6,100.
//
// # Concurrency
//
// All methods may be called from any goroutine. A lost update costs a call
// that goes the other way.
type habit struct {
	score atomic.Int32 // above 0: slow
}

// isSlow tells whether a call had better not take the baton.
func (h *habit) isSlow() bool { return h.score.Load() > 0 }

// lose notes a call that has lost the baton.
func (h *habit) lose() { h.score.Store(forgetAfter) }

// ran notes how long a call without the baton was inside.
func (h *habit) ran(inside time.Duration) {
	if inside < patience {
		h.score.Add(-1)
	} else {
		h.score.Store(forgetAfter)
	}
}
