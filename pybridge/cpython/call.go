//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"runtime/cgo"
	"sync"
	"sync/atomic"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// call is one call's memory on both sides of the bridge.
//
// # Memory
//
// It belongs to the Result from the call's end until Release.
type call struct {
	frame   shim.Frame
	app     *app
	ctx     context.Context // of the request, for Go methods called from Python
	program *program
	// onLoop says that a task runs the call, cancelled that it is told to end.
	// Both are guarded by the loop's mu.
	onLoop, cancelled bool
	done              chan struct{} // a call on the event loop has ended
	then              func()        // what is done then, where nobody waits
	forget            func() bool   // stops the cancellation by the context
	watched           bool          // somebody is told of the call
	placed            bool          // it has one of the places of its route's own
	handle            cgo.Handle
	release           func() // kept, so that a Result costs no allocation

	ticket uint64 // by which Python finds Go's half of the call; 0: there is none
	failed error  // the Go error behind the exception that the frame holds
	// channel is for the client of the call; nil: there is none.
	channel pybridge.Channel
	refused error            // why an answer in parts could not be sent at all
	lent    map[int][]uint64 // objects that segments have, until they are closed
}

// callPool keeps calls for reuse. They own C memory and a handle, so a
// sync.Pool, which drops what it holds, would have to rely on finalizers.
type callPool struct {
	mu   sync.Mutex
	idle []*call
	// count is the number of idle ones, for a look without the lock.
	count atomic.Int32
}

// maxIdle calls are kept. Each keeps buffers of up to smallBuffer bytes, and the
// few that are used most of up to largeBuffer, so that answers of a megabyte
// don't make and drop their memory each time.
const (
	maxIdle     = 256
	fewIdle     = 8
	smallBuffer = 64 << 10
	largeBuffer = 2 << 20
)

func (p *callPool) get() *call {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.count.Store(int32(n - 1))
		p.mu.Unlock()
		return c
	}
	p.mu.Unlock()
	c := &call{frame: shim.NewFrame(), done: make(chan struct{}, 1)}
	c.handle = cgo.NewHandle(c)
	c.frame.SetOwner(uintptr(c.handle))
	c.release = c.end
	return c
}

func (p *callPool) put(c *call) {
	keep := smallBuffer
	if p.count.Load() < fewIdle {
		keep = largeBuffer
	}
	c.frame.Reset(keep)
	c.app, c.ctx, c.program = nil, nil, nil
	c.ticket, c.failed, c.lent, c.channel, c.refused = 0, nil, nil, nil, nil
	p.mu.Lock()
	if len(p.idle) < maxIdle {
		p.idle = append(p.idle, c)
		p.count.Store(int32(len(p.idle)))
		c = nil
	}
	p.mu.Unlock()
	if c != nil {
		c.free()
	}
}

// drain frees the idle calls.
func (p *callPool) drain() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.count.Store(0)
	p.mu.Unlock()
	for _, c := range idle {
		c.free()
	}
}

// issue gives the call a ticket, by which Python finds Go's half of it.
func (c *call) issue(scope pybridge.GoScope) {
	c.ticket = c.app.interpreter.tickets.add(&half{app: c.app, ctx: c.ctx, call: c, scope: scope})
	c.frame.SetTicket(c.ticket)
}

// issueOnce is issue for a call that has none yet, and nothing of Go's.
func (c *call) issueOnce() {
	if c.ticket == 0 {
		c.issue(nil)
	}
}

// lend notes the objects that a segment has. Segments are built and closed one
// at a time.
func (c *call) lend(segment int, objects []uint64) {
	if len(objects) == 0 {
		return
	}
	if c.lent == nil {
		c.lent = map[int][]uint64{}
	}
	c.lent[segment] = objects
}

// takeBack gives the objects of a segment that is closed.
func (c *call) takeBack(segment int) []uint64 {
	objects := c.lent[segment]
	delete(c.lent, segment)
	return objects
}

func (c *call) free() {
	c.handle.Delete()
	c.frame.Free()
}

// callOf is the call that a frame belongs to.
func callOf(f shim.Frame) *call { return cgo.Handle(f.Owner()).Value().(*call) }
