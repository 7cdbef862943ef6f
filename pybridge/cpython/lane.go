package cpython

import (
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/places"
)

// lane is how a program's calls come to be inside without the baton: those that
// had it for too long, and then those of programs that are known for it.
type lane struct {
	habit  habit
	places *places.Places
	number uint64 // in the table of lanes, from 1 on
}

// join counts a call that has lost the baton; false: it must keep it.
func (l *lane) join(pool *places.Pool) bool {
	switch {
	case l == nil: // what is no program
		return pool.Take()
	case l.places.IsOwn(): // it has its place since before it had the baton
	case pool.Taken() >= places.Size:
		return false
	default:
		l.places.Join()
	}
	return true
}

// leave ends what join began.
func (l *lane) leave(pool *places.Pool) {
	switch {
	case l == nil:
		pool.Give()
	case !l.places.IsOwn():
		l.places.Leave()
	}
}

// lose notes that a call has lost the baton.
func (l *lane) lose() {
	if l != nil {
		l.habit.lose()
	}
}

// ran notes a call that was without the baton: how long it took, how much of that
// it used the processor, and how much all such calls did meanwhile. Where they use
// up the GIL, more of those that compute get nothing done in less time; they only
// compete with everybody else.
func (l *lane) ran(took, busy, together time.Duration) {
	switch {
	case l.places.IsOwn(): // as many as the user has said
	case busy > patience && together > took*4/5:
		l.places.Narrow(fewest)
	case busy <= patience || together < took/2:
		l.places.Widen()
	}
}

// fewest calls may be inside of a program that computes: one alone would let
// short calls wait for the end of long ones.
const fewest = 2

// lanes are all lanes of the process by number.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type lanes struct {
	mu   sync.RWMutex
	list []*lane // by number less 1; nil: free
}

// add gives a lane its number.
func (t *lanes) add(l *lane) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.list {
		if other == nil {
			t.list[i], l.number = l, uint64(i+1)
			return
		}
	}
	if len(t.list) < maxLanes {
		t.list = append(t.list, l)
		l.number = uint64(len(t.list))
	} // else it is counted as what is no program
}

// of gives the lane of a number, or nil.
func (t *lanes) of(number uint64) *lane {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if number == 0 || number > uint64(len(t.list)) {
		return nil
	}
	return t.list[number-1]
}

// remove frees the number of a lane without calls.
func (t *lanes) remove(l *lane) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.number != 0 {
		t.list[l.number-1] = nil
	}
}
