package cpython

import (
	"context"
	"sync"
)

// users counts those who use an app, and ends when it is closed and the last
// of them has left.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type users struct {
	mu     sync.Mutex
	count  int
	closed bool
	gone   chan struct{} // made by bar; closed with the last user
}

// enter adds one; false: no more are let in.
func (u *users) enter() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.count++
	return true
}

// leave takes one away.
func (u *users) leave() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count--
	if u.closed && u.count == 0 {
		close(u.gone)
	}
}

// bar lets no more in.
func (u *users) bar() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed {
		u.closed = true
		u.gone = make(chan struct{})
		if u.count == 0 {
			close(u.gone)
		}
	}
}

// close lets no more in and waits for those who are inside; how many are left
// when ctx ends. It may be called again.
func (u *users) close(ctx context.Context) int {
	u.bar()
	select {
	case <-u.gone:
		return 0
	default:
	}
	select {
	case <-u.gone:
		return 0
	case <-ctx.Done():
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.count
}
