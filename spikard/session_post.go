package spikard

import (
	"context"

	"github.com/coder/websocket"

	"github.com/spikard/spikard-go/pybridge"
)

// posted is a message that nobody waits for. Its data is shared by all who get it.
type posted struct {
	what websocket.MessageType
	data []byte
}

// maxPosted and maxPostedSize bound what waits for one client.
const (
	maxPosted     = 256
	maxPostedSize = 4 << 20
)

var _ pybridge.Member = (*session)(nil)

// Join has the session get what is sent to a group. (The groups' lock is taken ahead of
// a session's, as a broadcast does.)
func (s *session) Join(group string) {
	s.mu.Lock()
	if s.closed == nil {
		if s.joined == nil {
			s.joined = map[string]struct{}{}
		}
		s.joined[group] = struct{}{}
	}
	s.mu.Unlock()
	s.route.groups.join(group, s)
	if s.over() != nil {
		s.route.groups.leave(group, s) // leaveAll may have come before
	}
}

// Leave ends that.
func (s *session) Leave(group string) {
	s.mu.Lock()
	delete(s.joined, group)
	s.mu.Unlock()
	s.route.groups.leave(group, s)
}

// leaveAll is Leave for all groups of a session that is over.
func (s *session) leaveAll() {
	s.mu.Lock()
	joined := s.joined
	s.joined = nil
	s.mu.Unlock()
	for group := range joined {
		s.route.groups.leave(group, s)
	}
}

// post puts a message into the session's queue; false: it won't get it. A client that is
// too far behind is left: what it misses it would not know of.
func (s *session) post(m posted) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed != nil {
		return false
	}
	if len(s.posted) >= maxPosted || s.postedSize+len(m.data) > maxPostedSize && len(s.posted) > 0 {
		s.working.Go(func() { s.close(int(websocket.StatusTryAgainLater), "the client is too slow") })
		return false
	}
	s.posted = append(s.posted, m)
	s.postedSize += len(m.data)
	if !s.posting {
		s.posting = true
		s.working.Go(s.deliverPosted)
	}
	return true
}

// deliverPosted sends what is in the queue, on a goroutine that ends with it.
func (s *session) deliverPosted() {
	for {
		s.mu.Lock()
		if len(s.posted) == 0 || s.closed != nil {
			s.posted, s.postedSize, s.posting = nil, 0, false
			s.mu.Unlock()
			return
		}
		m := s.posted[0]
		s.posted, s.postedSize = s.posted[1:], s.postedSize-len(m.data)
		s.mu.Unlock()
		if err := s.conn.Write(context.Background(), m.what, m.data); err != nil { // close ends it
			s.end(websocketStatus(err))
		}
	}
}
