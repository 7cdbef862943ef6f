package cpython

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/places"
)

// The next one gets in when the holder leaves.
func TestBatonLetsOneIn(t *testing.T) {
	var b baton
	first := b.enter(0)
	entered := make(chan uint64)
	go func() { entered <- b.enter(0) }()
	b.leave(first)
	b.leave(<-entered)
	b.wait()
	if n := b.pool.Taken(); n != 0 {
		t.Errorf("%d turns are still without the baton", n)
	}
}

// A holder that stays inside loses the baton to those who wait, one after
// another, up to the limit; beyond it they wait.
func TestBatonSpills(t *testing.T) {
	var b baton
	const more = 10
	var inside atomic.Int32
	release := make(chan struct{})
	var holders sync.WaitGroup
	for range places.Size + 1 + more {
		holders.Go(func() {
			turn := b.enter(0)
			inside.Add(1)
			<-release
			b.leave(turn)
		})
	}
	for inside.Load() < places.Size+1 {
		runtime.Gosched()
	}
	time.Sleep(20 * patience) // room for one too many to get in
	if n := inside.Load(); n != places.Size+1 {
		t.Errorf("%d are inside, the limit is %d and one by right", n, places.Size)
	}
	close(release)
	holders.Wait()
	b.wait()
	if n := b.pool.Taken(); n != 0 {
		t.Errorf("%d turns are still without the baton at the end", n)
	}
	if turn := b.turn.Load(); turn&1 != 0 {
		t.Errorf("turn %d is still held", turn)
	}
}

// Short turns, turns that block, and turns that are given up half-way, as
// those that call Go, all at once: whoever enters gets in, and at the end
// nobody is inside.
func TestBatonHammer(t *testing.T) {
	for _, procs := range []int{1, 2, 16} {
		before := runtime.GOMAXPROCS(procs)
		var b baton
		var waits sync.WaitGroup
		for client := range 64 {
			waits.Go(func() {
				for i := range 300 {
					turn := b.enter(0)
					switch {
					case client == 0 && i%50 == 0:
						time.Sleep(3 * patience)
					case client%8 == 1 && i%10 == 0:
						b.leave(turn)
						runtime.Gosched()
						turn = b.enter(0)
					case i%7 == 0:
						runtime.Gosched()
					}
					b.leave(turn)
				}
			})
		}
		waits.Wait()
		b.wait()
		if b.pool.Taken() != 0 || b.waiting.Load() != 0 || b.turn.Load()&1 != 0 {
			t.Errorf("GOMAXPROCS %d: without the baton %d, waiting %d, turn %d",
				procs, b.pool.Taken(), b.waiting.Load(), b.turn.Load())
		}
		runtime.GOMAXPROCS(before)
	}
}

// Engines that stop while others start wait for the same monitor.
func TestBatonWaitBesideUse(t *testing.T) {
	var b baton
	stop := make(chan struct{})
	var uses sync.WaitGroup
	for range 4 {
		uses.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					b.leave(b.enter(0))
				}
			}
		})
	}
	for range 200 {
		b.wait()
	}
	close(stop)
	uses.Wait()
	b.wait()
}
