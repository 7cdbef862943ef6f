package di

import "sync"

// stack holds the clean-ups of values that several goroutines build.
type stack struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // builds
	closers []closer
}

// enter announces a build, unless the stack is closed. leave must follow.
func (s *stack) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *stack) leave() { s.running.Done() }

// push adds the clean-up of what was just built, which may be nil.
func (s *stack) push(p *Provider, cleanup func(error) error) {
	if cleanup == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, closer{provider: p, cleanup: cleanup})
}

// close keeps new builds out, waits for those that run and cleans up in
// reverse. A second close does nothing.
func (s *stack) close(failure error) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	s.mu.Lock()
	closers := s.closers
	s.closers = nil
	s.mu.Unlock()
	return closeAll(closers, failure)
}
