//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// watch has the calls under way for those who look, while somebody wants to.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type watch struct {
	wanted atomic.Int32

	mu    sync.Mutex
	calls map[*call]watched
}

type watched struct {
	requestID string
	program   *program
	begun     time.Time
}

// begin notes a call until end.
func (w *watch) begin(c *call, requestID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[*call]watched{}
	}
	w.calls[c] = watched{requestID: requestID, program: c.program, begun: time.Now()}
}

func (w *watch) end(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, c)
}

// states are the calls, the oldest first. The lock keeps their frames.
func (w *watch) states() []pybridge.CallState {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]pybridge.CallState, 0, len(w.calls))
	now := time.Now()
	for c, known := range w.calls {
		state := pybridge.CallState{
			RequestID: known.requestID, Program: known.program.name, Age: now.Sub(known.begun),
			Where: "waiting", Thread: c.frame.Thread(),
		}
		switch {
		case known.program.suspends:
			state.Where = "loop"
		case state.Thread != 0:
			state.Where = "thread"
		}
		out = append(out, state)
	}
	slices.SortFunc(out, func(a, b pybridge.CallState) int { return int(b.Age - a.Age) })
	return out
}
