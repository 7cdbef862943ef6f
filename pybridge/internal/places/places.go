package places

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// retryAfter is what clients are told to wait where the queue is full. How long
// it will take is not known: it depends on what the calls inside wait for.
const retryAfter = time.Second

// Places are the places of one program and the queue for them, first come, first
// served.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type Places struct {
	pool  *Pool
	own   bool
	queue int // how many may wait; negative: no bound

	mu     sync.Mutex
	taken  int
	limit  int // how many may be taken; of a share: at most
	line   list.List
	closed error
}

// waiter is a call in the queue. It gets nil with its place, or an error.
type waiter chan error

// Own makes n places that are the program's alone. A nil queue has no bound.
func Own(pool *Pool, n int, queue *int) *Places {
	return &Places{pool: pool, own: true, limit: n, queue: bound(queue)}
}

// Shared makes a share of the pool: a program may take as many places as it
// leaves free, and one in any case. So one program alone gets half of them, two
// get a third each, and the next always finds some (this is the dynamic threshold
// of shared buffers in switches: Choudhury and Hahne, IEEE/ACM Transactions on
// Networking 6(2), 1998).
func Shared(pool *Pool, queue *int) *Places {
	return &Places{pool: pool, limit: Size, queue: bound(queue)}
}

func bound(queue *int) int {
	if queue == nil {
		return -1
	}
	return *queue
}

// IsOwn tells whether the places are the program's alone.
func (p *Places) IsOwn() bool { return p.own }

// Enter takes a place, and waits for one until ctx ends.
//
// # Errors
//
// A *[pybridge.OverloadError] if too many wait already, the context's error, or
// that of Close.
func (p *Places) Enter(ctx context.Context) error {
	p.mu.Lock()
	p.admit()
	switch {
	case p.closed != nil:
		p.mu.Unlock()
		return p.closed
	case p.line.Len() == 0 && p.hasRoom():
		p.take()
		p.mu.Unlock()
		return nil
	case p.queue >= 0 && p.line.Len() >= p.queue:
		p.mu.Unlock()
		return &pybridge.OverloadError{RetryAfter: retryAfter}
	}
	w := make(waiter, 1)
	at := p.line.PushBack(w)
	p.pool.waiting.Add(1)
	p.mu.Unlock()
	select {
	case err := <-w:
		return err
	case <-ctx.Done():
		p.abandon(at)
		return ctx.Err()
	}
}

// abandon takes a call out of the queue. It may have been let in meanwhile.
func (p *Places) abandon(at *list.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case err := <-at.Value.(waiter):
		if err == nil {
			p.give()
		}
	default:
		p.remove(at)
	}
}

// Join takes a place for a call that is inside already, whether or not one is
// free.
func (p *Places) Join() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take()
}

// Leave gives a place back, to the next in the queue if there is one.
func (p *Places) Leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.give()
}

// Widen and Narrow change how many places of a share may be taken: by one more,
// and to half as many as are taken now, but not below least.
func (p *Places) Widen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = min(p.limit+1, Size)
}

// Narrow is described with Widen.
func (p *Places) Narrow(least int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = max(least, min(p.limit, p.taken)/2)
}

// Close empties the queue: those who wait, and all who come, get err. Places that
// are taken stay so until they are left.
func (p *Places) Close(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = err
	for at := p.line.Front(); at != nil; at = p.line.Front() {
		p.remove(at)
		at.Value.(waiter) <- err
	}
}

func (p *Places) hasRoom() bool {
	if p.own {
		return p.taken < p.limit
	}
	return p.taken < max(1, min(p.limit, Size-p.pool.Taken()))
}

// admit gives places that have become free to those who wait.
func (p *Places) admit() {
	for p.line.Len() > 0 && p.hasRoom() {
		at := p.line.Front()
		p.remove(at)
		p.take()
		at.Value.(waiter) <- nil
	}
}

func (p *Places) remove(at *list.Element) {
	p.line.Remove(at)
	p.pool.waiting.Add(-1)
}

func (p *Places) take() {
	p.taken++
	if !p.own {
		p.pool.taken.Add(1)
	}
}

func (p *Places) give() {
	p.taken--
	if !p.own {
		p.pool.taken.Add(-1)
	}
	p.admit()
}
