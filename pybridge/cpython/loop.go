//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// loop drives an app's event loop. One goroutine, locked to its OS thread,
// owns it: greenlet, sqlite3 and thread-local state need a thread that stays.
// Nothing waits inside Python: Go's poller watches the selector's descriptor,
// and the goroutine steps the loop when there is work.
type loop struct {
	app *app
	// lock keeps steps of asynchronous code from running at the same time:
	// those on the loop and those that run on a request's own thread.
	lock sync.Mutex

	mu      sync.Mutex
	starts  []shim.Frame
	cancels []shim.Frame
	ending  bool

	wakeup  chan struct{} // holds at most one
	stopped chan struct{} // closed when the goroutine has ended
	abandon chan struct{} // closed when the end has taken too long
	self    *call         // stands for the loop in callbacks
	poller  *poller

	abandoned sync.Once
}

// stuckGrace is how long a step that is inside Python is waited for once the
// loop is given up. Most steps take microseconds.
const stuckGrace = time.Second

var (
	errStuck = errors.New("end the event loop: a task has been inside python, without an await, past the deadline")
	// errInsideLoop spares its caller a deadlock: the loop, or the lock for
	// running in its place, is held by the code that called the Go method.
	errInsideLoop = errors.New("asynchronous python code can't be called from a go method that asynchronous " +
		"python code has called: its event loop waits for that method")
)

// insideLoop is the context key under which a Go method finds the loop whose
// code called it.
type insideLoop struct{}

// newLoop starts the goroutine and waits until the loop is its own.
func newLoop(a *app) (*loop, error) {
	l := &loop{
		app: a, wakeup: make(chan struct{}, 1), stopped: make(chan struct{}),
		abandon: make(chan struct{}), self: a.interpreter.calls.get(),
	}
	l.self.app, l.self.ctx = a, context.Background()
	ready := make(chan error, 1)
	go l.drive(ready)
	if err := <-ready; err != nil {
		<-l.stopped
		a.interpreter.calls.put(l.self)
		return nil, err
	}
	return l, nil
}

// wake has the loop stepped soon.
func (l *loop) wake() {
	select {
	case l.wakeup <- struct{}{}:
	default:
	}
}

// run has a call run on the loop and waits for its end. When ctx ends first,
// the call is cancelled, and still waited for: its memory is in use.
func (l *loop) run(ctx context.Context, c *call) {
	l.mu.Lock()
	l.starts = append(l.starts, c.frame)
	l.mu.Unlock()
	l.wake()
	select {
	case <-c.done:
		return
	case <-ctx.Done():
	}
	l.mu.Lock()
	l.cancels = append(l.cancels, c.frame)
	l.mu.Unlock()
	l.wake()
	<-c.done
	// The call may have ended by itself in the meantime. Its frame is about to
	// be another call's, which must not be cancelled in its place.
	l.mu.Lock()
	l.cancels = slices.DeleteFunc(l.cancels, func(f shim.Frame) bool { return f == c.frame })
	l.mu.Unlock()
}

// begin makes the goroutine's thread the loop's.
func (l *loop) begin() error {
	fd := -1
	exc := l.app.inside(func(f shim.Frame) bool {
		fd = l.app.shim.LoopBegin(f)
		return fd >= 0
	})
	if exc != nil {
		return fmt.Errorf("start the event loop: %w", exc)
	}
	poller, err := newPoller(fd)
	if err != nil {
		return fmt.Errorf("watch the event loop's descriptor: %w", err)
	}
	l.poller = poller
	return nil
}

// drive is the loop's goroutine.
func (l *loop) drive(ready chan<- error) {
	defer close(l.stopped)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := l.begin()
	ready <- err
	if err != nil {
		return
	}
	defer l.poller.close()
	l.work()
}

// work steps the loop until it is over.
func (l *loop) work() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	done := make([]shim.Frame, 256)
	var starts, cancels []shim.Frame
	for {
		var ending bool
		starts, cancels, ending = l.take(starts, cancels)
		if ending && l.finish(false) {
			return
		}
		wait := l.step(starts, cancels, done)
		if ending && l.finish(l.isAbandoned()) { // without it, nobody would wake a loop that is over
			return
		}
		if wait != 0 {
			l.sleep(timer, time.Duration(wait))
		}
	}
}

func (l *loop) isAbandoned() bool {
	select {
	case <-l.abandon:
		return true
	default:
		return false
	}
}

// take gives what was asked for since the last step, in the memory of the
// step before.
func (l *loop) take(starts, cancels []shim.Frame) ([]shim.Frame, []shim.Frame, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	newStarts, newCancels := l.starts, l.cancels
	l.starts, l.cancels = starts[:0], cancels[:0]
	return newStarts, newCancels, l.ending
}

// step is one crossing: it starts and cancels calls, runs what is ready and
// answers the calls that ended.
func (l *loop) step(starts, cancels, done []shim.Frame) int64 {
	b := &l.app.interpreter.baton
	l.lock.Lock()
	l.self.frame.SetTurn(b.enter())
	n, wait := l.app.shim.LoopStep(l.self.frame, starts, cancels, done)
	b.leave(l.self.frame.Turn())
	l.lock.Unlock()
	for _, f := range done[:n] {
		callOf(f).done <- struct{}{}
	}
	return wait
}

// sleep waits until the loop has work.
func (l *loop) sleep(timer *time.Timer, wait time.Duration) {
	var due <-chan time.Time
	if wait > 0 {
		timer.Reset(wait)
		defer timer.Stop()
		due = timer.C
	}
	l.poller.arm()
	select {
	case <-l.wakeup:
	case <-l.poller.ready:
		l.poller.disarm()
	case <-due:
	case <-l.abandon:
	}
}

// finish takes the end of the loop one step further; true: it is over. An
// abandoned loop is over at once.
func (l *loop) finish(abandon bool) bool {
	b := &l.app.interpreter.baton
	l.lock.Lock()
	defer l.lock.Unlock()
	l.self.frame.SetTurn(b.enter())
	over := l.app.shim.LoopEnd(l.self.frame, abandon)
	b.leave(l.self.frame.Turn())
	return over
}

// close ends the loop: tasks are cancelled and awaited until ctx ends. After
// errStuck it may be called again.
func (l *loop) close(ctx context.Context) error {
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	l.wake()
	var err error
	select {
	case <-l.stopped:
	case <-ctx.Done():
		l.abandoned.Do(func() { close(l.abandon) })
		err = fmt.Errorf("end the event loop: tasks did not end in time: %w", ctx.Err())
		select {
		case <-l.stopped:
		case <-time.After(stuckGrace):
			return errors.Join(errStuck, ctx.Err()) // it has the thread
		}
	}
	l.app.interpreter.calls.put(l.self)
	return err
}

// poller watches a descriptor with Go's network poller. epoll and kqueue
// descriptors can be watched like any other.
type poller struct {
	ready chan struct{} // holds at most one
	file  *os.File
	want  chan struct{}
	armed bool // of the loop's goroutine
	ended sync.WaitGroup
}

func newPoller(fd int) (*poller, error) {
	file, err := duplicate(fd)
	if err != nil {
		return nil, err
	}
	conn, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{}) // fails if Go's poller can't watch it
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	p := &poller{ready: make(chan struct{}, 1), want: make(chan struct{}, 1), file: file}
	p.ended.Go(func() {
		for range p.want {
			if conn.Read(readable) != nil {
				return // closed
			}
			p.ready <- struct{}{}
		}
	})
	return p, nil
}

// arm asks for one message on ready, if none is asked for yet.
func (p *poller) arm() {
	if !p.armed {
		p.armed = true
		p.want <- struct{}{}
	}
}

func (p *poller) disarm() { p.armed = false }

func (p *poller) close() {
	close(p.want)
	_ = p.file.Close() // a duplicate: there is nothing to lose
	p.ended.Wait()
}
