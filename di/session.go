package di

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// Session makes values by key, outside of plans: for scripts, tests and
// background work. It is slower than a [Plan], which knows beforehand what is
// needed.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type Session struct {
	registry *Registry
	running  *singletons
	ctx      context.Context //nolint:containedctx // values live as long as the session, not as a call
	stack    stack

	mu    sync.Mutex
	cells map[int]*cell // of the request values, by node
}

// Open begins a session, which must be closed. Values are built with ctx, for
// they outlive the call of Resolve that needs them first. Open itself builds
// nothing and always succeeds; on a registry that isn't started Resolve fails.
func (r *Registry) Open(ctx context.Context) *Session {
	return &Session{registry: r, running: r.running.Load(), ctx: ctx, cells: map[int]*cell{}}
}

// Resolve gives the value for a key: a singleton from the registry, a request
// value that is made once for the session, or a transient one of its own. ctx
// limits how long it waits while another call builds the value.
//
// # Errors
//
// A [*MissingError] for a key that nothing provides, or the faults that keep it
// from being made; a [*BuildError] with what led to the provider that failed,
// [ErrNoForeign] in it for a foreign one that nothing runs; ctx's error;
// [ErrNotStarted]; [ErrClosed].
func (s *Session) Resolve(ctx context.Context, key Key) (any, error) {
	if s.running == nil || s.registry.running.Load() != s.running {
		return nil, fmt.Errorf("resolve %s: %w", key.Label(), ErrNotStarted)
	}
	if !s.stack.enter() {
		return nil, fmt.Errorf("resolve %s: %w", key.Label(), ErrClosed)
	}
	defer s.stack.leave()
	need := Need{Key: key, By: "a call of Resolve"}
	if err := s.registry.check([]Need{need}); err != nil {
		return nil, err
	}
	return s.value(ctx, s.registry.sealed.graph.nodeOf(key))
}

// value gives the value of a node.
func (s *Session) value(ctx context.Context, i int) (any, error) {
	r := s.registry
	p := r.sealed.graph.providers[i]
	switch {
	case r.isBuilt(p):
		return s.running.value(ctx, i)
	case p.IsForeign() && r.foreign == nil:
		return nil, r.failure(i, ErrNoForeign)
	case p.Lifetime == Transient:
		return s.build(i)
	}
	value, err := s.cell(i).get(ctx, func() (any, error) { return s.build(i) })
	return value, r.located(i, err)
}

func (s *Session) cell(i int) *cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cells[i] == nil {
		s.cells[i] = new(cell)
	}
	return s.cells[i]
}

// build makes the value of a node from those that it needs.
func (s *Session) build(i int) (any, error) {
	r := s.registry
	p := r.sealed.graph.providers[i]
	deps := make([]any, len(p.Needs))
	for j, to := range r.sealed.graph.edges[i] {
		if to == none {
			continue
		}
		var err error
		if deps[j], err = s.value(s.ctx, to); err != nil {
			return nil, err
		}
	}
	value, cleanup, err := r.buildAny(s.ctx, p, deps)
	if err != nil {
		return nil, r.failure(i, err)
	}
	s.stack.push(p, cleanup)
	return value, nil
}

// Convert turns a value into one of the type to, by [Registry.SetConvert].
//
// # Errors
//
// Those of the function set, or one that names both types if none was.
func (s *Session) Convert(ctx context.Context, value any, to reflect.Type) (any, error) {
	if s.registry.convert == nil {
		return nil, fmt.Errorf("it is of type %T, not %s", value, to)
	}
	return s.registry.convert(ctx, value, to)
}

// Close waits for calls of Resolve that run and then cleans up what they built,
// in reverse order, every value, even if some fail or panic. failure is why the
// work failed, or nil: each clean-up is given it. A second Close does nothing
// and gives nil.
//
// # Errors
//
// The [*CleanupError]s, joined.
func (s *Session) Close(failure error) error { return s.stack.close(failure) }

// Resolver gives values by key, as a [Session] does.
type Resolver interface {
	Resolve(ctx context.Context, key Key) (any, error)
}

// converter is a Resolver that can turn values into other types.
type converter interface {
	Convert(ctx context.Context, value any, to reflect.Type) (any, error)
}

// Resolve gives the value for the type T, by [KeyOf].
//
// # Errors
//
// Those of r. An error that names both types where the value is no T and can't
// be turned into one.
func Resolve[T any](ctx context.Context, r Resolver) (T, error) {
	var zero T
	key := KeyOf[T]()
	value, err := r.Resolve(ctx, key)
	if err != nil {
		return zero, err
	}
	if typed, ok := value.(T); ok {
		return typed, nil
	}
	if c, ok := r.(converter); ok {
		value, err = c.Convert(ctx, value, reflect.TypeFor[T]())
		if err != nil {
			return zero, fmt.Errorf("resolve %s: %w", key.Label(), err)
		}
		if typed, ok := value.(T); ok {
			return typed, nil
		}
	}
	return zero, fmt.Errorf("resolve %s: it is of type %T, not %s", key.Label(), value, reflect.TypeFor[T]())
}
