package places

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// fill takes places until none is to be had without waiting.
func fill(t *testing.T, p *Places) int {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for n := 0; ; n++ {
		p.mu.Lock()
		free := p.hasRoom()
		p.mu.Unlock()
		if !free {
			return n
		}
		if err := p.Enter(ended); err != nil {
			t.Fatal(err)
		}
	}
}

// waitFor waits until so many wait.
func waitFor(p *Pool, n int) {
	for p.Waiting() != n {
		runtime.Gosched()
	}
}

func queueOf(n int) *int { return &n }

// A program alone has half of the pool, and whoever comes finds room.
func TestShares(t *testing.T) {
	t.Parallel()
	var pool Pool
	want := []int{Size / 2, Size / 4, Size / 8}
	for i, n := range want {
		if got := fill(t, Shared(&pool, nil)); got != n {
			t.Errorf("program %d has %d places, want %d", i, got, n)
		}
	}
	if got := pool.Taken(); got != Size/2+Size/4+Size/8 {
		t.Errorf("%d places are taken", got)
	}
}

// Where the pool is empty, each program still has one place.
func TestOneInAnyCase(t *testing.T) {
	t.Parallel()
	var pool Pool
	for pool.Take() {
	}
	if got := pool.Taken(); got != Size {
		t.Fatalf("%d places, want %d", got, Size)
	}
	p := Shared(&pool, nil)
	if got := fill(t, p); got != 1 {
		t.Errorf("%d places, want 1", got)
	}
	p.Leave()
	for range Size {
		pool.Give()
	}
	if got := pool.Taken(); got != 0 {
		t.Errorf("%d places are taken at the end", got)
	}
}

// Own places are as many as were asked for, and none of the pool's.
func TestOwn(t *testing.T) {
	t.Parallel()
	var pool Pool
	if got := fill(t, Own(&pool, 1000, nil)); got != 1000 {
		t.Errorf("%d places", got)
	}
	if got := pool.Taken(); got != 0 {
		t.Errorf("%d places of the pool are taken", got)
	}
}

// Those who wait are let in in their order, and those above the queue's bound
// are told so at once.
func TestQueue(t *testing.T) {
	t.Parallel()
	var pool Pool
	p := Own(&pool, 1, queueOf(3))
	fill(t, p)
	var order []int
	var mu sync.Mutex
	var waits sync.WaitGroup
	for i := range 3 {
		waits.Go(func() {
			if err := p.Enter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			p.Leave()
		})
		waitFor(&pool, i+1)
	}
	var overload *pybridge.OverloadError
	if err := p.Enter(t.Context()); !errors.As(err, &overload) || overload.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
	p.Leave()
	waits.Wait()
	if !slices.Equal(order, []int{0, 1, 2}) {
		t.Errorf("let in in the order %v", order)
	}
	if err := p.Enter(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// No queue at all: whoever finds no place is sent away.
func TestNoQueue(t *testing.T) {
	t.Parallel()
	p := Own(&Pool{}, 1, queueOf(0))
	fill(t, p)
	var overload *pybridge.OverloadError
	if err := p.Enter(t.Context()); !errors.As(err, &overload) {
		t.Errorf("got %v", err)
	}
}

// A caller that leaves frees its place in the queue.
func TestLeavingTheQueue(t *testing.T) {
	t.Parallel()
	var pool Pool
	p := Own(&pool, 1, queueOf(1))
	fill(t, p)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error)
		go func() { got <- p.Enter(ctx) }()
		waitFor(&pool, 1)
		cancel()
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		waitFor(&pool, 0)
	}
	p.Leave()
	if got := fill(t, p); got != 1 {
		t.Errorf("%d places are free at the end", got)
	}
}

// Close sends those who wait away, and leaves those who are inside.
func TestClose(t *testing.T) {
	t.Parallel()
	var pool Pool
	p := Own(&pool, 1, nil)
	fill(t, p)
	got := make(chan error)
	go func() { got <- p.Enter(t.Context()) }()
	waitFor(&pool, 1)
	p.Close(pybridge.ErrClosed)
	for _, err := range []error{<-got, p.Enter(t.Context())} {
		if !errors.Is(err, pybridge.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	p.Leave()
	if p.taken != 0 || pool.Waiting() != 0 {
		t.Errorf("%d places are taken, %d wait", p.taken, pool.Waiting())
	}
}

// What was narrowed holds for those who come, and is widened one by one.
func TestNarrow(t *testing.T) {
	t.Parallel()
	p := Shared(&Pool{}, nil)
	n := fill(t, p)
	for _, want := range []int{n / 2, n / 4} {
		p.Narrow(2)
		for range n - want {
			p.Leave()
		}
		if got := fill(t, p); got != 0 {
			t.Errorf("%d more than %d got in", got, want)
		}
		n = want
	}
	for range 20 {
		p.Narrow(2)
	}
	for range n {
		p.Leave()
	}
	if got := fill(t, p); got != 2 {
		t.Errorf("%d places, want the least", got)
	}
	p.Widen()
	if got := fill(t, p); got != 1 {
		t.Errorf("%d more after it was widened by one", got)
	}
}

// Callers that come, leave the queue and change their minds at any moment: never
// more are inside than may be, and at the end nobody is.
func TestHammer(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		t.Run(fmt.Sprintf("own=%t", own), func(t *testing.T) {
			t.Parallel()
			var pool Pool
			p, most := Shared(&pool, queueOf(50)), Size/2
			if own {
				p, most = Own(&pool, 4, queueOf(50)), 4
			}
			var inside atomic.Int32
			var callers sync.WaitGroup
			for caller := range 200 {
				callers.Go(func() {
					for i := range 200 {
						ctx, cancel := context.WithCancel(t.Context())
						if (caller+i)%3 == 0 {
							go cancel()
						}
						if err := p.Enter(ctx); err == nil {
							if n := inside.Add(1); int(n) > most {
								t.Errorf("%d are inside", n)
							}
							runtime.Gosched()
							inside.Add(-1)
							p.Leave()
						}
						cancel()
					}
				})
			}
			callers.Wait()
			if p.taken != 0 || pool.Taken() != 0 || pool.Waiting() != 0 {
				t.Errorf("%d are taken, %d of the pool, %d wait", p.taken, pool.Taken(), pool.Waiting())
			}
		})
	}
}
