package spikard

import "sync"

// streams are the answers and sessions that have no end of their own: they are told
// when the server stops, at the begin of its drain.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type streams struct {
	mu      sync.Mutex
	open    map[*streamEnd]struct{}
	stopped bool
}

// streamEnd is how one of them is told. stop must not block.
type streamEnd struct{ stop func() }

// add notes one, or tells it at once if the server stops already.
func (s *streams) add(stop func()) *streamEnd {
	end := &streamEnd{stop}
	s.mu.Lock()
	stopped := s.stopped
	if !stopped {
		if s.open == nil {
			s.open = map[*streamEnd]struct{}{}
		}
		s.open[end] = struct{}{}
	}
	s.mu.Unlock()
	if stopped {
		stop()
	}
	return end
}

// remove forgets one that has ended, nil being none. It is not told any more when this returns.
func (s *streams) remove(end *streamEnd) {
	if end == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, end)
}

// stop tells all of them.
func (s *streams) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for end := range s.open {
		end.stop()
	}
}
