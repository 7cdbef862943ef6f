package di

import (
	"context"
	"sync"
)

// shared is a singleton of several registries. It is built by the first that
// needs it and cleaned up with the last.
type shared struct {
	mu      sync.Mutex
	users   int // those that have the value, or wait for it
	cell    *cell
	cleanup func(error) error // nil until it is built
}

// acquire gives the value with a clean-up for this user. build must not panic.
func (s *shared) acquire(ctx context.Context, build func() (any, func(error) error, error)) (any, func(error) error, error) {
	s.mu.Lock()
	if s.cell == nil {
		s.cell = new(cell)
	}
	s.users++
	c := s.cell
	s.mu.Unlock()
	value, err := c.get(ctx, func() (any, error) {
		value, cleanup, err := build()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cleanup = cleanup
		return value, err
	})
	if err != nil {
		return nil, nil, joinFailure(err, s.release(err))
	}
	return value, s.release, nil
}

// release is the clean-up of one user.
func (s *shared) release(failure error) error {
	s.mu.Lock()
	s.users--
	if s.users > 0 {
		s.mu.Unlock()
		return nil
	}
	cleanup := s.cleanup
	s.cell, s.cleanup = nil, nil
	s.mu.Unlock()
	if cleanup == nil {
		return nil
	}
	return cleanup(failure)
}
