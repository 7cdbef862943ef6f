package di

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Scope holds the values of one opened plan, for one request.
//
// # Concurrency
//
// A scope belongs to one goroutine at a time. Close alone may be called from
// several at once: one of them runs the clean-ups.
//
// # Memory
//
// A scope must be closed, and not be used after that: its memory goes to the
// next request. The scope itself is never reused, so one that is kept by
// mistake gives nil, not another request's values.
type Scope struct {
	plan *Plan
	// shared holds the values of a scope that nothing was built for. Such a
	// scope serves all requests and is never written to.
	shared []any
	frame  atomic.Pointer[frame]
}

// frame is the memory of an open scope.
type frame struct {
	values  []any
	deps    []any
	closers []closer
}

func (p *Plan) newFrame() *frame {
	return &frame{
		values:  make([]any, len(p.Steps)),
		deps:    make([]any, p.widest),
		closers: make([]closer, 0, len(p.work)),
	}
}

// resolved is a plan with the singletons of one start filled in.
type resolved struct {
	from *singletons
	// scope is what Open gives when there is nothing to build. Its shared
	// values are what every other scope begins with.
	scope Scope
}

// Open builds the plan's request and transient values that are made in Go, in
// order. Slots of foreign steps stay nil. A plan without such values costs
// nothing: its scope is shared by all requests.
//
// # Errors
//
// A [*BuildError], after the clean-ups of what was built, which were given
// that error; what they return is joined to it. A [*ForeignError], see
// [Plan.GoNeedsForeign]. [ErrNotStarted] when the plan needs a singleton that
// [Registry.Start] has not built.
func (p *Plan) Open(ctx context.Context) (*Scope, error) {
	base, err := p.resolve()
	if err != nil {
		return nil, err
	}
	if len(p.work) == 0 {
		return &base.scope, nil
	}
	f := p.frames.Get().(*frame)
	copy(f.values, base.scope.shared)
	for i := range p.work {
		if err := f.build(ctx, &p.work[i]); err != nil {
			return nil, p.abandon(f, &p.work[i], err)
		}
	}
	s := &Scope{plan: p}
	s.frame.Store(f)
	return s, nil
}

// resolve gives the plan with the singletons of the current start.
func (p *Plan) resolve() (*resolved, error) {
	var running *singletons
	if len(p.singletons) > 0 {
		running = p.registry.running.Load()
	}
	if r := p.resolved.Load(); r != nil && r.from == running {
		return r, nil
	}
	if p.refusal != nil {
		return nil, p.refusal
	}
	r := &resolved{from: running}
	r.scope.plan = p
	r.scope.shared = make([]any, len(p.Steps))
	for _, slot := range p.singletons {
		if running == nil {
			return nil, p.notStarted(slot)
		}
		r.scope.shared[slot] = running.values[p.nodes[slot]]
	}
	// Two requests may get here at once; either result will do.
	p.resolved.Store(r)
	return r, nil
}

func (p *Plan) notStarted(slot int) error {
	root := p.path(slot)[0].Need
	return fmt.Errorf("%s needs %s: %w", root.title(), p.Steps[slot].Provider.Key.Label(), ErrNotStarted)
}

func (f *frame) build(ctx context.Context, w *work) error {
	deps := f.deps[:len(w.deps):len(w.deps)]
	for i, slot := range w.deps {
		if slot == none {
			deps[i] = nil
		} else {
			deps[i] = f.values[slot]
		}
	}
	value, cleanup, err := build(ctx, w.provider, deps)
	if err != nil {
		return err
	}
	f.values[w.slot] = value
	if cleanup != nil {
		f.closers = append(f.closers, closer{provider: w.provider, cleanup: cleanup})
	}
	return nil
}

// abandon closes what was built before a step failed.
func (p *Plan) abandon(f *frame, at *work, cause error) error {
	failure := &BuildError{Provider: at.provider, Err: cause, way: func() []Link { return p.path(at.slot) }}
	err := closeAll(f.closers, failure)
	p.release(f)
	return joinFailure(failure, err)
}

// release empties a frame, so that it keeps nothing of a request alive, and
// keeps it for the next.
func (p *Plan) release(f *frame) {
	clear(f.values)
	clear(f.deps)
	clear(f.closers)
	f.closers = f.closers[:0]
	p.frames.Put(f)
}

// Value is what was made for the slot: nil for a foreign step's.
func (s *Scope) Value(slot int) any {
	if s.shared != nil {
		return s.shared[slot]
	}
	if f := s.frame.Load(); f != nil {
		return f.values[slot]
	}
	return nil
}

// Close runs the clean-ups in reverse order of building, every one, even if
// some fail or panic. failure is why the request failed, or nil: each clean-up
// is given it. A clean-up that fails is a failure for those after it, unless
// there was one already. A second Close does nothing and gives nil.
//
// # Errors
//
// The [*CleanupError]s, joined. failure is not among them.
func (s *Scope) Close(failure error) error {
	if s.shared != nil {
		return nil
	}
	f := s.frame.Swap(nil)
	if f == nil {
		return nil
	}
	err := closeAll(f.closers, failure)
	s.plan.release(f)
	return err
}
