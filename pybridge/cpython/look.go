//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// looks are what is seen of Python. Whoever comes while one is under way, which
// may be for ever, waits for that one: no thread is lost for each.
type looks struct {
	mu      sync.Mutex
	current *look
	outside sync.Mutex // one at a time
}

// look is one from inside.
type look struct {
	done chan struct{} // closed when the two below are there
	text []byte
	err  error
}

var errUnseen = errors.New("its threads and tasks could not be described")

// look describes threads and tasks as JSON. It queues for the GIL itself: the
// baton is for those who run the app's code.
func (l *looks) look(ctx context.Context) ([]byte, error) {
	l.mu.Lock()
	seen := l.current
	if seen == nil {
		seen = &look{done: make(chan struct{})}
		l.current = seen
		go l.inside(seen)
	}
	l.mu.Unlock()
	select {
	case <-seen.done:
		return seen.text, seen.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *looks) inside(seen *look) {
	defer close(seen.done)
	f := shim.NewFrame()
	defer f.Free()
	if shim.Inspect(f) {
		seen.text = bytes.Clone(f.Body())
	} else {
		seen.err = errUnseen
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = nil
}

// wait waits for a look that is under way.
func (l *looks) wait() {
	l.mu.Lock()
	seen := l.current
	l.mu.Unlock()
	if seen != nil {
		<-seen.done
	}
}

// fromOutside reads the stacks of the threads without the GIL. Those who have
// kept it for long don't move; a fault over one that does is survived, and gives
// nil.
func (l *looks) fromOutside() []pybridge.ThreadState {
	l.outside.Lock()
	defer l.outside.Unlock()
	r, w, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer r.Close()
	written := make(chan bool, 1)
	go func() {
		defer w.Close()
		written <- shim.DumpStacks(w.Fd())
	}()
	text, err := io.ReadAll(r)
	if !<-written || err != nil {
		return nil
	}
	return parseStacks(string(text))
}
