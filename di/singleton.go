package di

import (
	"context"
	"errors"
)

// singletons are the values of one start.
type singletons struct {
	registry *Registry
	// values are those of the eager ones, by node. They are never written to
	// once the singletons are running.
	values []any
	cells  []cell // of the lazy ones, by verdict.lazy
	stack  stack
	// life ends when the registry is stopped, and with it what lazy ones wait
	// for while they are built.
	life context.Context //nolint:containedctx // it is the start's own
	end  context.CancelFunc
}

func (r *Registry) newSingletons() *singletons {
	s := &singletons{
		registry: r,
		values:   make([]any, len(r.sealed.graph.providers)),
		cells:    make([]cell, r.sealed.lazies),
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Start builds every singleton that isn't lazy, each after those it needs, also
// when no plan needs it: a start that succeeds is one that will serve.
// Singletons that a fault of Seal affects are left out, and foreign ones where
// [Registry.SetForeign] was not called. It does nothing when the registry is
// started. After an error it can be called again, and so it can after Stop.
//
// # Errors
//
// A [*BuildError] with the way from a root to the singleton that failed. The
// ones that were built before it are cleaned up first, in reverse order, with
// that error; what they return is joined to it. [ErrNoForeign] in it for one
// that needs a foreign value which nothing makes. The context's error when it
// ends first. [ErrNotSealed].
func (r *Registry) Start(ctx context.Context) error {
	if r.sealed == nil {
		return ErrNotSealed
	}
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.running.Load() != nil {
		return nil
	}
	s := r.newSingletons()
	for _, i := range r.sealed.order {
		p := r.sealed.graph.providers[i]
		if !r.isBuilt(p) || p.Lazy {
			continue
		}
		if err := ctx.Err(); err != nil {
			err = r.failure(i, err)
			return joinFailure(err, s.close(err))
		}
		value, err := s.build(ctx, i)
		if err != nil {
			return joinFailure(err, s.close(err))
		}
		s.values[i] = value
	}
	r.running.Store(s)
	return nil
}

// Singletons gives the values that Start has built, by the keys of their
// providers: not the lazy ones. It is empty while the registry isn't started.
func (r *Registry) Singletons() map[Key]any {
	out := map[Key]any{}
	s := r.running.Load()
	if s == nil {
		return out
	}
	for i, value := range s.values {
		if value != nil {
			out[r.sealed.graph.providers[i].Key] = value
		}
	}
	return out
}

// Stop cleans the singletons up in reverse order of building, every one, even
// if some fail or panic; lazy ones are the newest. A context that has ended
// stops nothing: a database that is closed late is better than one that is
// never closed. Lazy ones that are being built are told by their context and
// awaited. Scopes that are still open keep their values; new ones can't be
// opened. A second Stop does nothing.
//
// # Errors
//
// The [*CleanupError]s, joined.
func (r *Registry) Stop(_ context.Context) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	s := r.running.Swap(nil)
	if s == nil {
		return nil
	}
	return s.close(nil)
}

// Value gives a singleton of either language, if the registry is started and
// the singleton built: a lazy one may not be.
func (r *Registry) Value(k Key) (value any, ok bool) {
	s := r.running.Load()
	if s == nil {
		return nil, false
	}
	i := r.sealed.graph.nodeOf(k)
	if i == none || r.sealed.broken[i] || !r.isBuilt(r.sealed.graph.providers[i]) {
		return nil, false
	}
	if lazy := r.sealed.lazy[i]; lazy != none {
		return s.cells[lazy].value()
	}
	return s.values[i], true
}

// value gives the value of a node, a lazy one's after it was built.
func (s *singletons) value(ctx context.Context, i int) (any, error) {
	lazy := s.registry.sealed.lazy[i]
	if lazy == none {
		return s.values[i], nil
	}
	value, err := s.cells[lazy].get(ctx, func() (any, error) {
		// The value is for all, so it must not fail because one client leaves.
		// Once it is built its context never ends: the value may have kept it.
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer context.AfterFunc(s.life, cancel)()
		return s.build(ctx, i)
	})
	return value, s.registry.located(i, err)
}

// build makes the value of a node from those that it needs.
func (s *singletons) build(ctx context.Context, i int) (any, error) {
	r := s.registry
	if !s.stack.enter() {
		return nil, r.failure(i, ErrNotStarted)
	}
	defer s.stack.leave()
	p := r.sealed.graph.providers[i]
	deps := make([]any, len(p.Needs))
	for j, to := range r.sealed.graph.edges[i] {
		if to == none {
			continue
		}
		if !r.isBuilt(r.sealed.graph.providers[to]) {
			return nil, r.failure(to, ErrNoForeign)
		}
		var err error
		if deps[j], err = s.value(ctx, to); err != nil {
			return nil, err
		}
	}
	value, cleanup, err := r.buildAny(ctx, p, deps)
	if err != nil {
		return nil, r.failure(i, err)
	}
	s.stack.push(p, cleanup)
	return value, nil
}

func (s *singletons) close(failure error) error {
	s.end()
	return s.stack.close(failure)
}

// failure is the error of a node, with the way to it from a root.
func (r *Registry) failure(i int, err error) error {
	g := r.sealed.graph
	return &BuildError{Provider: g.providers[i], Err: err, way: func() []Link { return g.path(i) }}
}

// located adds the way to an error that doesn't tell one yet.
func (r *Registry) located(i int, err error) error {
	var told *BuildError
	if err == nil || errors.As(err, &told) {
		return err
	}
	return r.failure(i, err)
}

// joinFailure adds what clean-ups returned to the failure they were run for.
func joinFailure(failure, cleanup error) error {
	if cleanup == nil {
		return failure
	}
	return errors.Join(failure, cleanup)
}
