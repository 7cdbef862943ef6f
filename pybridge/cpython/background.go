//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// The kinds and events of _runtime_background.py.
var backgroundKinds = [...]string{"run", "response"}

const (
	backgroundBegan = iota
	backgroundEnded
	backgroundFailed
)

// backgroundGrace is how long cancelled background work is waited for.
const backgroundGrace = time.Second

// background counts an app's background work: Python runs it.
//
// # Concurrency
//
// All methods may be called from any goroutine, and from one whose thread has
// the GIL: the lock is held for a moment.
type background struct {
	mu    sync.Mutex
	count int
	idle  chan struct{} // closed when count gets 0; nil: nobody waits
}

func (b *background) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count += n
	if b.count == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// wait waits until nothing runs; false: ctx has ended before.
func (b *background) wait(ctx context.Context) bool {
	b.mu.Lock()
	if b.count == 0 {
		b.mu.Unlock()
		return true
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	idle := b.idle
	b.mu.Unlock()
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}

// GoBackground counts what Python has begun, or what has ended.
func (i *interpreter) GoBackground(id uintptr, kind, event int) {
	a, err := i.apps.get(id)
	if err != nil {
		return // a thread that has outlived its app
	}
	var observer pybridge.BackgroundObserver
	if o := a.observer.Load(); o != nil {
		observer, _ = (*o).(pybridge.BackgroundObserver)
	}
	if event == backgroundBegan {
		a.background.add(1)
		if observer != nil {
			observer.BackgroundBegan(backgroundKinds[kind])
		}
		return
	}
	if observer != nil { // first, so that who has waited sees it
		observer.BackgroundEnded(backgroundKinds[kind], event == backgroundFailed)
	}
	a.background.add(-1)
}

// Drain lets background work end.
func (a *app) Drain(ctx context.Context) ([]string, error) {
	if !a.users.enter() {
		return nil, pybridge.ErrClosed
	}
	defer a.users.leave()
	if _, err := a.drain(false); err != nil || a.background.wait(ctx) {
		return nil, err
	}
	names, err := a.drain(true)
	if err != nil {
		return nil, err
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), backgroundGrace)
	defer cancel()
	a.background.wait(grace)
	return names, nil
}

// drain has Python take no more background work, and cancel what runs.
func (a *app) drain(cancel bool) ([]string, error) {
	var text []byte
	exc := a.inside(func(f shim.Frame) bool {
		ok := a.shim.Drain(cancel, f)
		text = append(text, f.Body()...)
		return ok
	})
	if exc != nil {
		return nil, fmt.Errorf("drain background work: %w", exc)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return nil, fmt.Errorf("drain background work: the names of what runs: %w", err)
	}
	return names, nil
}

// beginLater is Result.Sent: it begins the background work of an answer.
func (c *call) beginLater() { c.enter(func() { c.frame.EndLater(true) }) }

// dropLater ends that of an answer which was not sent.
func (c *call) dropLater() {
	if c.frame.HasLater() {
		c.enter(func() { c.frame.EndLater(false) })
	}
}
