package cpython

import (
	"context"
	"maps"
	"slices"
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

// expect is begin for what runs on no goroutine: end must follow.
func (o *operations) expect() (uint64, bool) {
	if !o.running.enter() {
		return 0, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	if o.cancels == nil {
		o.cancels = map[uint64]context.CancelFunc{}
	}
	o.cancels[o.last] = func() {}
	return o.last, true
}

// cancelled sets what cancels that, if it has not ended.
func (o *operations) cancelled(number uint64, cancel func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.cancels[number]; ok {
		o.cancels[number] = cancel
	}
}

// end ends it.
func (o *operations) end(number uint64) {
	o.mu.Lock()
	delete(o.cancels, number)
	o.mu.Unlock()
	o.running.leave()
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
	cancels := slices.Collect(maps.Values(o.cancels))
	o.mu.Unlock()
	for _, cancel := range cancels { // without the lock: one may end what it cancels
		cancel()
	}
	return o.running.close(ctx)
}
