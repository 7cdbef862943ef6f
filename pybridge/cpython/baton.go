package cpython

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/places"
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
	turn    atomic.Uint64 // that turn, or the last one with its lowest bit clear
	waiting atomic.Int32

	// Those who are inside without the baton: the lanes of their programs, the
	// places that these share, and the processor time that was used so, in ns.
	lanes lanes
	pool  places.Pool
	busy  atomic.Int64

	watching atomic.Bool
	watch    sync.Mutex    // of ended
	ended    chan struct{} // closed when the last monitor has ended; nil: there was none
}

// A turn is a number that tells it from others, the number of its lane (0: it is
// no program's), and a bit that is set as long as it has the baton.
const (
	hasBaton  = 1
	laneShift = 1
	maxLanes  = 1<<20 - 1
	nextTurn  = (maxLanes + 1) << laneShift
)

// freeTurn is the turn of whoever is inside without the baton.
func freeTurn(lane uint64) uint64 { return lane << laneShift }

func laneOf(turn uint64) uint64 { return turn >> laneShift & maxLanes }

// tryEnter is enter for when nobody has the baton.
func (b *baton) tryEnter(lane uint64) (turn uint64, ok bool) {
	if !b.mu.TryLock() {
		return 0, false
	}
	return b.begin(lane), true
}

// enter waits for the baton and gives the turn for leave.
func (b *baton) enter(lane uint64) uint64 {
	if turn, ok := b.tryEnter(lane); ok {
		return turn
	}
	b.waiting.Add(1)
	b.look()
	b.mu.Lock()
	b.waiting.Add(-1)
	return b.begin(lane)
}

// begin begins a turn. Only the holder of mu does.
func (b *baton) begin(lane uint64) uint64 {
	turn := b.turn.Load()&^(nextTurn-1) + nextTurn | lane<<laneShift | hasBaton
	b.turn.Store(turn)
	return turn
}

// leave ends a turn, also one that has lost the baton or never had it.
func (b *baton) leave(turn uint64) {
	if turn&hasBaton != 0 && b.turn.CompareAndSwap(turn, turn&^hasBaton) {
		b.mu.Unlock()
		return
	}
	b.lanes.of(laneOf(turn)).leave(&b.pool)
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
	if turn&hasBaton == 0 {
		return false
	}
	lane := b.lanes.of(laneOf(turn))
	if !lane.join(&b.pool) { // before the turn can be left
		return false
	}
	if !b.turn.CompareAndSwap(turn, turn&^hasBaton) {
		lane.leave(&b.pool)
		return false
	}
	lane.lose() // now: those of its calls that wait had better not get the baton
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
