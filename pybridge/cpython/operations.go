package cpython

import (
	"context"
	"sync"
)

// operations are what goroutines do for Python code that awaits it.
//
// # Concurrency
//
// All methods may be called from any goroutine, begin and cancel also from one
// whose thread has the GIL.
type operations struct {
	running users

	mu      sync.Mutex
	cancels map[uint64]context.CancelFunc
	last    uint64
}

// begin runs f on a goroutine of its own; false: the app is closing. The number
// is for cancel.
func (o *operations) begin(ctx context.Context, f func(context.Context)) (uint64, bool) {
	if !o.running.enter() {
		return 0, false
	}
	ctx, cancel := context.WithCancel(ctx)
	o.mu.Lock()
	if o.cancels == nil {
		o.cancels = map[uint64]context.CancelFunc{}
	}
	o.last++
	number := o.last
	o.cancels[number] = cancel
	o.mu.Unlock()
	go func() {
		defer o.running.leave()
		defer o.cancel(number) // which forgets it
		f(ctx)
	}()
	return number, true
}

// cancel cancels the context of what was begun; nothing happens if it has ended.
func (o *operations) cancel(number uint64) {
	o.mu.Lock()
	cancel := o.cancels[number]
	delete(o.cancels, number)
	o.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// count is how many run.
func (o *operations) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.cancels)
}

// close lets no more begin, cancels those that run and waits for them; how many
// are left when ctx ends. It may be called again.
func (o *operations) close(ctx context.Context) int {
	o.running.bar()
	o.mu.Lock()
	for _, cancel := range o.cancels {
		cancel()
	}
	o.mu.Unlock()
	return o.running.close(ctx)
}
