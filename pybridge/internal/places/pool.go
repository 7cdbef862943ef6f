package places

import "sync/atomic"

// Size is how many calls may be inside by the places of a [Pool]: each is an OS
// thread that blocks or competes for the GIL.
const Size = 256

// Pool has the places that programs share. Its zero value is ready.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type Pool struct {
	taken, waiting atomic.Int32
}

// Take takes a place that is no program's; false: none is left.
func (p *Pool) Take() bool {
	if p.taken.Add(1) > Size {
		p.taken.Add(-1)
		return false
	}
	return true
}

// Give gives back what Take took.
func (p *Pool) Give() { p.taken.Add(-1) }

// Taken is how many places are taken.
func (p *Pool) Taken() int { return int(p.taken.Load()) }

// Waiting is how many calls wait for places, also for own ones.
func (p *Pool) Waiting() int { return int(p.waiting.Load()) }
