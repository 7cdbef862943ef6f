package spikard

import (
	"slices"
	"sync"

	"github.com/coder/websocket"

	"github.com/spikard/spikard-go/pybridge"
)

// groups are the sessions of an app by the names of the groups that they are in.
//
// # Concurrency
//
// All methods may be called from any goroutine. None waits for a client.
type groups struct {
	mu      sync.RWMutex
	members map[string]map[*session]struct{}
}

func (g *groups) join(name string, s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = map[string]map[*session]struct{}{}
	}
	if g.members[name] == nil {
		g.members[name] = map[*session]struct{}{}
	}
	g.members[name][s] = struct{}{}
}

func (g *groups) leave(name string, s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members[name], s)
	if len(g.members[name]) == 0 {
		delete(g.members, name)
	}
}

// broadcast puts a message into the queues of a group's sessions.
func (g *groups) broadcast(name string, kind pybridge.MessageKind, data []byte, except pybridge.Channel) int {
	m := posted{what: websocket.MessageText, data: slices.Clone(data)}
	if kind == pybridge.MessageBinary {
		m.what = websocket.MessageBinary
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	count := 0
	for s := range g.members[name] {
		if pybridge.Channel(s) != except && s.post(m) {
			count++
		}
	}
	return count
}
