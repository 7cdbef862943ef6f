package di

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// cell holds a value that is built once, by whoever needs it first. One that
// fails is tried again by the next who comes.
type cell struct {
	built  atomic.Pointer[any]
	mu     sync.Mutex
	flight *flight // the build that runs, if one does
}

// flight is one build. Its result may be read once done is closed.
type flight struct {
	done  chan struct{}
	value any
	err   error
}

// errUnfinished is what those get who waited for a build whose goroutine ended
// in its midst, as runtime.Goexit does.
var errUnfinished = errors.New("the goroutine that built it ended before it was done")

// get gives the value, from build if there is none yet. Those who come while it
// runs share its result, or leave when ctx ends.
func (c *cell) get(ctx context.Context, build func() (any, error)) (any, error) {
	if value, ok := c.value(); ok {
		return value, nil
	}
	c.mu.Lock()
	if value, ok := c.value(); ok {
		c.mu.Unlock()
		return value, nil
	}
	if f := c.flight; f != nil {
		c.mu.Unlock()
		return f.wait(ctx)
	}
	f := &flight{done: make(chan struct{}), err: errUnfinished}
	c.flight = f
	c.mu.Unlock()
	defer c.land(f)
	f.value, f.err = build()
	return f.value, f.err
}

func (c *cell) land(f *flight) {
	c.mu.Lock()
	c.flight = nil
	if f.err == nil {
		c.built.Store(&f.value)
	}
	c.mu.Unlock()
	close(f.done)
}

func (f *flight) wait(ctx context.Context) (any, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// value gives the value if it is built.
func (c *cell) value() (any, bool) {
	if value := c.built.Load(); value != nil {
		return *value, true
	}
	return nil, false
}
