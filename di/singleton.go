package di

import (
	"context"
	"errors"
)

// singletons are the values of one start, by the number of their node. They
// are never written to once they are running.
type singletons struct{ values []any }

// Start builds every singleton that is made in Go, each after those it needs,
// also when no plan needs it: a start that succeeds is one that will serve.
// Singletons that a fault of Seal affects are left out. It does nothing when
// the registry is started. After an error it can be called again, and so it
// can after Stop.
//
// # Errors
//
// A [*BuildError] with the way from a root to the singleton that failed. The
// ones that were built before it are cleaned up first, in reverse order, with
// that error; what they return is joined to it. A [*ForeignError] for one that
// needs a foreign value. The context's error when it ends first.
// [ErrNotSealed].
func (r *Registry) Start(ctx context.Context) error {
	if r.sealed == nil {
		return ErrNotSealed
	}
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.running.Load() != nil {
		return nil
	}
	s := &singletons{values: make([]any, len(r.unique))}
	for _, i := range r.sealed.order {
		if !isBuiltSingleton(r.unique[i]) {
			continue
		}
		if err := r.startOne(ctx, s, i); err != nil {
			return joinFailure(err, r.closeSingletons(err))
		}
	}
	r.running.Store(s)
	return nil
}

func (r *Registry) startOne(ctx context.Context, s *singletons, i int) error {
	p, v := r.unique[i], r.sealed
	fail := func(err error) error {
		return &BuildError{Provider: p, Err: err, way: func() []Link { return v.graph.path(i) }}
	}
	if foreign := v.foreign[i]; foreign != nil {
		return fail(&ForeignError{Provider: p, Needed: foreign})
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	deps := make([]any, len(p.Needs))
	for j, to := range v.graph.edges[i] {
		if to != none {
			deps[j] = s.values[to]
		}
	}
	value, cleanup, err := build(ctx, p, deps)
	if err != nil {
		return fail(err)
	}
	s.values[i] = value
	if cleanup != nil {
		r.closers = append(r.closers, closer{provider: p, cleanup: cleanup})
	}
	return nil
}

// Stop cleans the singletons up in reverse order of building, every one, even
// if some fail or panic. A context that has ended stops nothing: a database
// that is closed late is better than one that is never closed. Scopes that are
// still open keep their values; new ones can't be opened. A second Stop does
// nothing.
//
// # Errors
//
// The [*CleanupError]s, joined.
func (r *Registry) Stop(_ context.Context) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	r.running.Store(nil)
	return r.closeSingletons(nil)
}

func (r *Registry) closeSingletons(failure error) error {
	closers := r.closers
	r.closers = nil
	return closeAll(closers, failure)
}

// joinFailure adds what clean-ups returned to the failure they were run for.
func joinFailure(failure, cleanup error) error {
	if cleanup == nil {
		return failure
	}
	return errors.Join(failure, cleanup)
}
