package cpython

import (
	"sync"
	"sync/atomic"
	"time"
)

// How long a call may be inside before the next one is let in. The first look
// is after patience; once a call was found to block, others are likely to, and
// the looks come sooner, until some in a row have found nothing. A timer that
// fires ten thousand times a second would cost a tenth of a core, so the short
// one is used only then.
const (
	patience      = time.Millisecond
	shortPatience = 100 * time.Microsecond
	shortLooks    = 16
	// maxSpilled bounds the OS threads that block inside Python.
	maxSpilled = 256
)

// baton lets goroutines into Python one at a time, so that they queue in Go
// and not, as OS threads, for the GIL. A holder that stays inside for long has
// given up the GIL itself (it blocks) or is using it (it computes); in both
// cases the next goroutine is let in to stand ready in CPython's own queue.
// Go's scheduler treats system calls in the same way.
//
// # Concurrency
//
// enter and leave may be called from any goroutine; a turn may be left on
// another goroutine than it was entered on.
type baton struct {
	mu      sync.Mutex    // held by the turn that is inside by right
	turn    atomic.Uint64 // that turn's number with the lowest bit set; even: none
	waiting atomic.Int32
	spilled atomic.Int32 // turns inside that lost the baton, or entered without it

	watching atomic.Bool
	watch    sync.Mutex    // of ended
	ended    chan struct{} // closed when the last monitor has ended; nil: there was none
}

// enter waits for the baton and gives the turn for leave.
func (b *baton) enter() uint64 {
	if !b.mu.TryLock() {
		b.waiting.Add(1)
		b.look()
		b.mu.Lock()
		b.waiting.Add(-1)
	}
	turn := (b.turn.Load() | 1) + 2 // only the holder of mu begins a turn
	b.turn.Store(turn)
	return turn
}

// freeTurn is the turn of whoever is inside without the baton.
const freeTurn = 0

// enterFree lets a call in without the baton; false: as many as may be are
// inside so.
func (b *baton) enterFree() bool {
	if b.spilled.Add(1) > maxSpilled {
		b.spilled.Add(-1)
		return false
	}
	return true
}

// leave ends a turn; false: it had lost the baton, or never had it.
func (b *baton) leave(turn uint64) bool {
	if turn != freeTurn && b.turn.CompareAndSwap(turn, turn&^1) {
		b.mu.Unlock()
		return true
	}
	b.spilled.Add(-1)
	return false
}

// look sees to it that somebody looks after the holder while others wait.
func (b *baton) look() {
	if !b.watching.CompareAndSwap(false, true) {
		return
	}
	b.watch.Lock()
	defer b.watch.Unlock()
	before, ended := b.ended, make(chan struct{})
	b.ended = ended
	go func() {
		defer close(ended)
		b.monitor()
		if before != nil {
			<-before // it is past its last look; so that ended stands for all of them
		}
	}()
}

func (b *baton) monitor() {
	short := 0 // looks to come with short patience
	for {
		before := b.turn.Load()
		if short > 0 {
			short--
			time.Sleep(shortPatience)
		} else {
			time.Sleep(patience)
		}
		if b.waiting.Load() == 0 {
			b.watching.Store(false)
			if b.waiting.Load() == 0 || !b.watching.CompareAndSwap(false, true) {
				return
			}
			continue
		}
		if b.spill(before) {
			short = shortLooks
		}
	}
}

// spill takes the baton from a turn that is still inside.
func (b *baton) spill(turn uint64) bool {
	if turn&1 == 0 || b.spilled.Load() >= maxSpilled {
		return false
	}
	b.spilled.Add(1) // before the turn can be left
	if !b.turn.CompareAndSwap(turn, turn&^1) {
		b.spilled.Add(-1)
		return false
	}
	b.mu.Unlock()
	return true
}

// wait waits for the monitor to end, which it does when nobody waits to enter.
func (b *baton) wait() {
	b.watch.Lock()
	ended := b.ended
	b.watch.Unlock()
	if ended != nil {
		<-ended
	}
}
