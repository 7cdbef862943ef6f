package cpython

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/places"
)

// room is how many more calls of a lane get in without waiting.
func room(t *testing.T, l *lane) int {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for l.places.Enter(ended) == nil {
		n++
	}
	for range n {
		l.places.Leave()
	}
	return n
}

// A call that loses the baton takes one of its program's places until it leaves,
// and its program is slow from then on.
func TestLaneOfACallThatLosesTheBaton(t *testing.T) {
	var b baton
	l := &lane{places: places.Shared(&b.pool, nil)}
	b.lanes.add(&lane{}) // so that the number is not the first
	b.lanes.add(l)
	turn := b.enter(l.number)
	entered := make(chan uint64)
	go func() { entered <- b.enter(0) }()
	for !l.habit.isSlow() {
		runtime.Gosched()
	}
	b.leave(<-entered)
	if n := b.pool.Taken(); n != 1 {
		t.Errorf("%d places are taken", n)
	}
	b.leave(turn)
	b.wait()
	if n := b.pool.Taken(); n != 0 {
		t.Errorf("%d places are taken at the end", n)
	}
}

// A free turn gives back what its call has entered by.
func TestLaneOfAFreeTurn(t *testing.T) {
	t.Parallel()
	var b baton
	l := &lane{places: places.Shared(&b.pool, nil)}
	b.lanes.add(l)
	if err := l.places.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if laneOf(freeTurn(l.number)) != l.number {
		t.Errorf("lane %d became %d", l.number, laneOf(freeTurn(l.number)))
	}
	b.leave(freeTurn(l.number))
	if n := b.pool.Taken(); n != 0 {
		t.Errorf("%d places are taken at the end", n)
	}
	b.lanes.remove(l)
	if b.lanes.of(l.number) != nil {
		t.Error("a lane that was removed is still there")
	}
	other := &lane{}
	if b.lanes.add(other); other.number != l.number {
		t.Errorf("a free number was not used: %d", other.number)
	}
}

// Calls that use up the GIL lose places, and get them back when they don't.
func TestLaneOfWhatComputes(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	var b baton
	l := &lane{places: places.Shared(&b.pool, nil)}
	all := room(t, l)
	for range 10 {
		l.ran(10*ms, 10*time.Microsecond, 11*ms) // it blocks, and others compute
	}
	if got := room(t, l); got != all {
		t.Errorf("%d places of one that blocks, want %d", got, all)
	}
	for range 10 {
		// Eight of them at once: each seems to wait most of the time.
		l.ran(80*ms, 10*ms, 80*ms)
	}
	if got := room(t, l); got != fewest {
		t.Errorf("%d places of one that computes, want %d", got, fewest)
	}
	for range all {
		l.ran(100*ms, 5*ms, 10*ms) // half a hundred of it at once would do
	}
	if got := room(t, l); got != all {
		t.Errorf("%d places afterwards, want %d", got, all)
	}
	own := &lane{places: places.Own(&b.pool, 5, nil)}
	for range 10 {
		own.ran(80*ms, 10*ms, 80*ms)
	}
	if got := room(t, own); got != 5 {
		t.Errorf("%d places, and 5 were asked for", got)
	}
}
