//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"errors"
	"fmt"
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
	told    []finished
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

// finished is the answer to a question of Python's that a task awaits.
type finished struct {
	ask  shim.Ask
	told shim.Told
}

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
	c.onLoop, c.cancelled = true, false
	l.starts = append(l.starts, c.frame)
	first := len(l.starts) == 1
	l.mu.Unlock()
	if first {
		// Whoever is about to start a call, too, does so before the loop wakes up:
		// a goroutine that is locked to its thread is dear to wake.
		runtime.Gosched()
		l.wake()
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		l.cancel(c)
		<-c.done
	}
	l.settle(c)
}

// start has a call run on the loop; then is called on a goroutine of its own when it
// has ended. The end of its context cancels it.
func (l *loop) start(c *call, then func()) {
	c.then = then
	c.forget = context.AfterFunc(c.ctx, func() { l.cancel(c) })
	l.mu.Lock()
	c.onLoop, c.cancelled = true, false
	l.starts = append(l.starts, c.frame)
	l.mu.Unlock()
	l.wake()
}

// tellEnd tells whoever is to know that a call has ended.
func (l *loop) tellEnd(c *call) {
	if c.then == nil {
		c.done <- struct{}{}
		return
	}
	go func() {
		then := c.then
		c.forget()
		c.then, c.forget = nil, nil
		l.settle(c)
		then()
	}()
}

// settle sees to it that no step is still to cancel a call that has ended.
func (l *loop) settle(c *call) {
	l.mu.Lock()
	c.onLoop = false
	cancelled := c.cancelled
	l.mu.Unlock()
	if cancelled {
		l.uncancel(c.frame)
	}
}

// cancel has a call's task cancelled by the next step, once.
func (l *loop) cancel(c *call) {
	l.mu.Lock()
	if c.onLoop && !c.cancelled {
		c.cancelled = true
		l.cancels = append(l.cancels, c.frame)
	}
	l.mu.Unlock()
	l.wake()
}

// uncancel sees to it that no step is still to cancel a call that has ended.
// Its frame is about to be another call's, which must not be cancelled in its
// place.
func (l *loop) uncancel(f shim.Frame) {
	l.mu.Lock()
	before := len(l.cancels)
	l.cancels = slices.DeleteFunc(l.cancels, func(other shim.Frame) bool { return other == f })
	taken := len(l.cancels) == before
	l.mu.Unlock()
	if taken {
		// By a step, which had the lock then and has it until its end.
		l.lock.Lock()
		l.lock.Unlock() //nolint:gocritic,staticcheck // having waited is all
	}
}

// tell has a future completed by the next step.
func (l *loop) tell(f finished) {
	l.mu.Lock()
	l.told = append(l.told, f)
	l.mu.Unlock()
	l.wake()
}

// forget drops the futures of answers that came after the loop's end. The caller
// has the baton.
func (l *loop) forget() {
	l.mu.Lock()
	told := l.told
	l.told = nil
	l.mu.Unlock()
	var futures []uint64
	for _, f := range told {
		futures = append(futures, f.ask.Future)
	}
	shim.Forget(futures)
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
	s := &stepMemory{done: make([]shim.Frame, 256)}
	for {
		select {
		case <-l.wakeup: // what it was for is seen to now
		default:
		}
		ending := l.isEnding()
		if ending && l.finish(false) {
			return
		}
		wait := l.step(s)
		if ending && l.finish(l.isAbandoned()) { // without it, nobody would wake a loop that is over
			return
		}
		if wait != 0 {
			l.sleep(timer, time.Duration(wait))
		}
	}
}

func (l *loop) isEnding() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ending
}

func (l *loop) isAbandoned() bool {
	select {
	case <-l.abandon:
		return true
	default:
		return false
	}
}

// stepMemory is kept from step to step.
type stepMemory struct {
	starts, cancels []shim.Frame
	told            []finished
	finished        []byte       // told, as C reads it
	done            []shim.Frame // by itself: C may be given no Go memory with Go pointers in it
}

// take moves what was asked for since the last step.
func (l *loop) take(s *stepMemory) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.starts, l.starts = l.starts, s.starts[:0]
	s.cancels, l.cancels = l.cancels, s.cancels[:0]
	s.told, l.told = l.told, s.told[:0]
}

// write writes what was told for C.
func (s *stepMemory) write() {
	s.finished = s.finished[:0]
	if cap(s.finished) > largeBuffer {
		s.finished = nil
	}
	for _, f := range s.told {
		s.finished = shim.AppendFinished(s.finished, f.ask.Kind, f.ask.Owner(), f.ask.Future, f.told)
	}
	clear(s.told) // it is kept, what is in it is not
}

// step is one crossing: it starts and cancels calls, runs what is ready and
// answers the calls that ended.
func (l *loop) step(s *stepMemory) int64 {
	b := &l.app.interpreter.baton
	l.lock.Lock()
	l.take(s) // with the lock: see uncancel
	s.write()
	l.self.frame.SetTurn(b.enter(0))
	n, wait := l.app.shim.LoopStep(l.self.frame, s.starts, s.cancels, s.finished, s.done)
	b.leave(l.self.frame.Turn())
	l.lock.Unlock()
	for _, f := range s.done[:n] {
		l.tellEnd(callOf(f))
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
	l.self.frame.SetTurn(b.enter(0))
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
	if l.self != nil { // close may be called again
		l.app.interpreter.calls.put(l.self)
		l.self = nil
	}
	return err
}
