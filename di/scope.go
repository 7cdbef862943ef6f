package di

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
)

// Scope holds the values of one opened plan, for one request.
//
// # Concurrency
//
// A scope belongs to one goroutine at a time, but that Value may be called from
// several at any time, also while Build or Close runs. Close may be called from
// several at once: one of them runs the clean-ups.
//
// # Memory
//
// A scope must be closed. It gives nil for every slot after that, never another
// request's values.
type Scope struct {
	plan *Plan
	// values are not reused, for somebody may still read them during Close.
	values []any
	// shared says that nothing was built for the scope. It serves all requests
	// and is never written to.
	shared bool
	frame  atomic.Pointer[frame] // nil once the scope is closed
}

// frame is the memory of an open scope that goes to the next request.
type frame struct {
	deps    []any
	closers []closer
}

func (p *Plan) newFrame() *frame {
	return &frame{
		deps:    make([]any, p.widest),
		closers: make([]closer, 0, len(p.early)+len(p.late)),
	}
}

// resolved is a plan with the singletons of one start filled in.
type resolved struct {
	from *singletons
	// scope is what Open gives when there is nothing to build. Its values are
	// what every other scope begins with.
	scope Scope
}

// Open builds the values of the plan's [Plan.Early] slots, in order, and the
// lazy singletons that are needed for the first time. Slots of foreign steps
// and of late ones stay nil. A plan that is [Plan.Static] costs nothing: its
// scope is shared by all requests.
//
// # Errors
//
// A [*BuildError], after the clean-ups of what was built, which were given
// that error; what they return is joined to it. [ErrNotStarted] when the plan
// needs a singleton that [Registry.Start] has not built. The context's error
// when it ends while somebody else builds a lazy singleton.
func (p *Plan) Open(ctx context.Context) (*Scope, error) {
	base, err := p.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if p.Static() {
		return &base.scope, nil
	}
	s := &Scope{plan: p, values: slices.Clone(base.scope.values)}
	f := p.frames.Get().(*frame)
	s.frame.Store(f)
	if err := s.build(ctx, f, p.early); err != nil {
		p.release(f)
		return nil, err
	}
	return s, nil
}

// resolve gives the plan with the singletons of the current start. Once it has
// done so, the lazy ones are built like the others.
func (p *Plan) resolve(ctx context.Context) (*resolved, error) {
	var running *singletons
	if len(p.singletons) > 0 {
		running = p.registry.running.Load()
	}
	if r := p.resolved.Load(); r != nil && r.from == running {
		return r, nil
	}
	r := &resolved{from: running}
	r.scope.plan, r.scope.shared = p, true
	r.scope.values = make([]any, len(p.Steps))
	for _, slot := range p.singletons {
		if running == nil {
			return nil, p.notStarted(slot)
		}
		value, err := running.value(ctx, p.nodes[slot])
		if err != nil {
			return nil, err
		}
		r.scope.values[slot] = value
	}
	// Two requests may get here at once; either result will do.
	p.resolved.Store(r)
	return r, nil
}

func (p *Plan) notStarted(slot int) error {
	root := p.path(slot)[0].Need
	return fmt.Errorf("%s needs %s: %w", root.title(), p.Steps[slot].Provider.Key.Label(), ErrNotStarted)
}

// build builds slots in order. Where one fails, those before it are undone.
func (s *Scope) build(ctx context.Context, f *frame, slots []int) error {
	due, p := len(f.closers), s.plan
	built, err := s.buildSlots(ctx, f, slots)
	if err == nil {
		return nil
	}
	slot := slots[built]
	failure := &BuildError{
		Provider: p.Steps[slot].Provider, Err: err, way: func() []Link { return p.path(slot) },
	}
	err = joinFailure(failure, f.closeTo(due, failure))
	for _, slot := range slots[:built] {
		s.values[slot] = nil
	}
	return err
}

// buildSlots builds slots until one fails or panics: built is how many are there.
func (s *Scope) buildSlots(ctx context.Context, f *frame, slots []int) (built int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	for ; built < len(slots); built++ {
		if err := s.buildSlot(ctx, f, slots[built]); err != nil {
			return built, err
		}
	}
	return built, nil
}

func (s *Scope) buildSlot(ctx context.Context, f *frame, slot int) error {
	step := &s.plan.Steps[slot]
	deps := f.deps[:len(step.Deps):len(step.Deps)]
	for i, dep := range step.Deps {
		if dep == none {
			deps[i] = nil
		} else {
			deps[i] = s.values[dep]
		}
	}
	value, cleanup, err := step.Provider.Build(ctx, deps)
	if err != nil {
		return err
	}
	s.values[slot] = value
	if cleanup != nil {
		f.closers = append(f.closers, closer{provider: step.Provider, cleanup: cleanup})
	}
	return nil
}

// closeTo runs the clean-ups above n.
func (f *frame) closeTo(n int, failure error) error {
	if n >= len(f.closers) {
		return nil
	}
	// Off the stack first: one that panics must not be run again.
	due := f.closers[n:]
	f.closers = f.closers[:n]
	err := closeAll(due, failure)
	clear(due)
	return err
}

// release empties a frame, so that it keeps nothing of a request alive, and
// keeps it for the next.
func (p *Plan) release(f *frame) {
	clear(f.deps)
	clear(f.closers)
	f.closers = f.closers[:0]
	p.frames.Put(f)
}

// Value is what was made for the slot: nil for a foreign step's that was not
// set, and for a late one's that was not built.
func (s *Scope) Value(slot int) any {
	if s.shared || s.frame.Load() != nil {
		return s.values[slot]
	}
	return nil
}

// Set gives the value of a foreign step, for the late steps that need it. It
// does nothing on a closed scope. It panics on one of a [Plan.Static] plan,
// which belongs to all requests and has no late steps.
func (s *Scope) Set(slot int, value any) {
	if s.shared {
		panic("di: Set on the scope of a plan that builds nothing in Go: all its requests share that scope")
	}
	if s.frame.Load() != nil {
		s.values[slot] = value
	}
}

// Build builds late steps, in the order given, most often one of the plan's
// turns. What they need must be there.
//
// # Errors
//
// A [*BuildError], as Open's. What this call had built is cleaned up with it,
// and the scope is as it was before. [ErrClosed].
func (s *Scope) Build(ctx context.Context, slots []int) error {
	if len(slots) == 0 {
		return nil
	}
	f := s.frame.Load()
	if f == nil {
		return ErrClosed
	}
	return s.build(ctx, f, slots)
}

// Len is how many clean-ups are due.
func (s *Scope) Len() int {
	if f := s.frame.Load(); f != nil {
		return len(f.closers)
	}
	return 0
}

// CloseTo runs the clean-ups above the n oldest, as Close does, and leaves the
// scope open. So what a Build built is cleaned up before what somebody else
// built earlier: n is the [Scope.Len] from before the Build.
func (s *Scope) CloseTo(n int, failure error) error {
	if f := s.frame.Load(); f != nil {
		return f.closeTo(n, failure)
	}
	return nil
}

// Close runs the clean-ups that are due in reverse order of building, every
// one, even if some fail or panic. failure is why the request failed, or nil:
// each clean-up is given it. A clean-up that fails is a failure for those after
// it, unless there was one already. A second Close does nothing and gives nil.
//
// # Errors
//
// The [*CleanupError]s, joined. failure is not among them.
func (s *Scope) Close(failure error) error {
	if s.shared {
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
