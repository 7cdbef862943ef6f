package pybridgetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// background is the background work of a fake app.
type background struct {
	mu       sync.Mutex
	running  map[int]*work
	last     int
	stopping bool
	changed  chan struct{} // closed when one has ended; nil: nobody waits
}

type work struct {
	name   string
	cancel context.CancelFunc
}

var errStopping = errors.New("RuntimeError: the app is stopping: it takes no background work any more")

// Background starts what background.run does: f, until it returns; its context
// is cancelled when it is asked to end. ctx is one that a Func was given.
func Background(ctx context.Context, name string, f func(ctx context.Context)) error {
	app, _ := ctx.Value(loadedKey{}).(*loaded)
	if app == nil {
		return errors.New("background work: the context is none that a function of a fake app was given")
	}
	return app.background.start(name, f)
}

func (b *background) start(name string, f func(ctx context.Context)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping {
		return errStopping
	}
	ctx, cancel := context.WithCancel(context.Background())
	if b.running == nil {
		b.running = map[int]*work{}
	}
	b.last++
	number := b.last
	b.running[number] = &work{name: name, cancel: cancel}
	go func() {
		defer b.end(number)
		f(ctx)
	}()
	return nil
}

func (b *background) end(number int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running[number].cancel()
	delete(b.running, number)
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// left waits until nothing runs, and gives what does when ctx ends.
func (b *background) left(ctx context.Context) []*work {
	for {
		b.mu.Lock()
		var left []*work
		for _, w := range b.running {
			left = append(left, w)
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return left
		}
	}
}

// Drain lets background work end.
func (l *loaded) Drain(ctx context.Context) ([]string, error) {
	if l.isClosed() {
		return nil, pybridge.ErrClosed
	}
	b := &l.background
	b.mu.Lock()
	b.stopping = true
	b.mu.Unlock()
	var names []string
	for _, w := range b.left(ctx) {
		names = append(names, w.name)
		w.cancel()
	}
	b.left(context.Background()) // a fake's work ends when it is asked to
	slices.Sort(names)
	return names, nil
}

// Every registers a job.
func (a *App) Every(name string, interval time.Duration, immediately bool, f Func) {
	n := a.Func(f)
	a.manifest.Jobs = append(a.manifest.Jobs, pybridge.Job{
		Name: name, Every: interval, Immediately: immediately, Callable: n, Source: a.lastLine(),
	})
}

// later is what an answer is followed by.
func (l *loaded) later(r *Response) func() {
	return func() {
		if err := l.background.start("later", r.Background); err != nil {
			panic(fmt.Sprintf("background work of an answer: %v", err))
		}
	}
}
