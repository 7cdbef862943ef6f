//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

var errOver = errors.New("the Go value belongs to a request that is over")

// tickets has Go's halves of calls by the numbers that Python knows them by. A
// number is used once, so that Python code which outlives its call finds
// nothing.
//
// # Concurrency
//
// All methods may be called from any goroutine, and from one whose thread has
// the GIL: the lock is held for a moment.
type tickets struct {
	mu     sync.Mutex
	halves map[uint64]*half
	last   uint64
}

// half is Go's half of a call, or of an app.scope().
type half struct {
	app   *app
	ctx   context.Context    // of the call; nil for a scope
	call  *call              // nil for a scope
	scope pybridge.GoScope   // nil if the call has none
	host  pybridge.HostScope // nil for a call

	ending atomic.Bool // of a scope

	values sync.Mutex // held while a value is looked up, so that none is after the end
	over   bool       // of values

	async  sync.Mutex
	begun  context.Context // of what goroutines do for the call; nil until there is one
	cancel context.CancelFunc
	late   bool // begun is of what was asked when the call's context had ended
	ended  bool
}

func (t *tickets) add(h *half) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.halves == nil {
		t.halves = map[uint64]*half{}
	}
	t.last++
	t.halves[t.last] = h
	return t.last
}

// of gives what a ticket of an app's stands for, or nil.
func (t *tickets) of(a *app, ticket uint64) *half {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.halves[ticket]; h != nil && h.app == a {
		return h
	}
	return nil
}

// ofCall gives what the first of the tickets that is a call's stands for, or nil.
func (t *tickets) ofCall(a *app, tickets ...uint64) *half {
	for _, ticket := range tickets {
		if ticket == 0 {
			continue
		}
		if h := t.of(a, ticket); h != nil && h.call != nil {
			return h
		}
	}
	return nil
}

// void ends a ticket. A second time does nothing.
func (t *tickets) void(ticket uint64) {
	t.mu.Lock()
	h := t.halves[ticket]
	delete(t.halves, ticket)
	t.mu.Unlock()
	if h != nil {
		h.end()
	}
}

// scopes are the tickets of an app's scopes that were not ended, the newest
// first.
func (t *tickets) scopes(a *app) []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []uint64
	for ticket, h := range t.halves {
		if h.app == a && h.host != nil {
			out = append(out, ticket)
		}
	}
	slices.SortFunc(out, func(a, b uint64) int { return cmp.Compare(b, a) })
	return out
}

func (h *half) end() {
	h.values.Lock()
	h.over = true
	h.values.Unlock()
	h.async.Lock()
	defer h.async.Unlock()
	h.ended = true
	h.stop()
}

// value is a Go value of the call.
func (h *half) value(number uint64) (any, error) {
	h.values.Lock()
	defer h.values.Unlock()
	if h.over || h.scope == nil {
		return nil, errOver
	}
	return h.scope.Value(int(number)), nil
}

// beside is the call's context for goroutines, which ends with the call: see
// contextFor.
func (h *half) beside(ask shim.Ask) context.Context {
	if ask.OfScope() {
		return contextFor(h.ctx, ask)
	}
	h.async.Lock()
	defer h.async.Unlock()
	cancelled := h.ctx.Err() != nil
	if h.begun == nil || cancelled && !h.late && !h.ended {
		h.late = cancelled
		ctx, cancel := context.WithCancel(contextFor(h.ctx, ask))
		h.stop()
		h.begun, h.cancel = ctx, cancel
	}
	return h.begun
}

// cancelFirst has the task of a cancelled call told of that before it is told
// anything else: an error that a Go method gives because its context has ended
// would start the task's clean-up, which the cancellation would then interrupt.
func (h *half) cancelFirst() {
	h.async.Lock()
	defer h.async.Unlock()
	if h.ctx.Err() != nil && !h.ended { // till then the call is nobody else's
		h.app.loop.cancel(h.call)
	}
}

// stop ends what was begun. The lock is held.
func (h *half) stop() {
	if h.cancel != nil {
		h.cancel()
	}
}
