//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

var _ pybridge.Inspector = (*Engine)(nil)

// Watch has calls noted from now on.
func (e *Engine) Watch() (stop func()) {
	process.watch.wanted.Add(1)
	return sync.OnceFunc(func() { process.watch.wanted.Add(-1) })
}

// Inspect looks at the interpreter, from inside if it lets anybody in before ctx
// ends, and from outside otherwise.
func (e *Engine) Inspect(ctx context.Context) *pybridge.Inspection {
	i := &process
	out := &pybridge.Inspection{Calls: i.watch.states(), Threads: []pybridge.ThreadState{}, Tasks: []pybridge.TaskState{}}
	out.GIL.Waiting = int(i.baton.waiting.Load())
	out.GIL.Spilled = i.baton.pool.Taken()
	for _, a := range i.apps.all() {
		a.count(out)
	}
	known := i.known.Load()
	if known == nil {
		return out
	}
	out.Python = *known
	begun := time.Now()
	text, err := i.looks.look(ctx)
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		out.Stuck = "python could not be entered within " + time.Since(begun).Round(time.Millisecond).String() + ": " + err.Error()
		if threads := i.looks.fromOutside(); threads != nil {
			out.Threads = threads
		} else {
			out.Stuck += "; its stacks could not be read"
		}
	}
	attribute(out)
	return out
}

// count adds what the app has given to the other side. One that is closing is
// left out: its memory may be gone.
func (a *app) count(out *pybridge.Inspection) {
	if !a.loaded.Load() || !a.users.enter() {
		return
	}
	defer a.users.leave()
	out.Objects += a.shim.Held()
	out.Operations += a.operations.count()
	a.mu.Lock()
	out.Values += len(a.kept)
	a.mu.Unlock()
	if a.loop != nil {
		a.loop.mu.Lock()
		out.GIL.ForLoop += len(a.loop.starts)
		a.loop.mu.Unlock()
	}
}

// attribute tells which request each thread is at.
func attribute(out *pybridge.Inspection) {
	for i := range out.Threads {
		for _, c := range out.Calls {
			if c.Thread == out.Threads[i].ID {
				out.Threads[i].RequestID = c.RequestID
			}
		}
	}
}
