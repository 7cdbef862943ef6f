package spikard

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// host is what app.scope() and app.broadcast() find in Go. The app is set once it is
// loaded.
type host struct {
	app    *pythonApp
	groups groups
}

var _ pybridge.Broadcaster = (*host)(nil)

// Broadcast sends a message to a group.
func (h *host) Broadcast(group string, kind pybridge.MessageKind, data []byte, except pybridge.Channel) int {
	return h.groups.broadcast(group, kind, data, except)
}

// OpenScope begins a scope outside of requests.
func (h *host) OpenScope() pybridge.HostScope {
	return &hostScope{app: h.app, session: h.app.registry.Open(context.Background())}
}

// hostScope is Go's half of an app.scope().
type hostScope struct {
	app     *pythonApp
	session *di.Session

	mu   sync.Mutex
	lent lentValues
}

// Value gives a value that Get has lent.
func (s *hostScope) Value(n int) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lent[n]
}

// Build isn't called for such a scope.
func (s *hostScope) Build(context.Context, int, []pybridge.Object, *wire.Writer) error {
	return errors.ErrUnsupported
}

// Close isn't called either.
func (s *hostScope) Close(context.Context, int, error) error { return errors.ErrUnsupported }

// Get writes the value of a key.
func (s *hostScope) Get(ctx context.Context, key string, out *wire.Writer) error {
	value, err := s.session.Resolve(ctx, di.Key(key))
	if err != nil {
		return err
	}
	if err := s.app.known(value, di.Key(key)); err != nil {
		return err
	}
	over, err := s.app.borderOfValue(value, di.Key(key), nowhere)
	if err != nil {
		return err
	}
	if s.app.isSingleton(di.Key(key), value) {
		return over.kept(value, out)
	}
	s.mu.Lock()
	number := len(s.lent)
	s.lent = append(s.lent, value)
	s.mu.Unlock()
	return over.live(value, number, out)
}

// known refuses a Go value for a class that the manifest doesn't describe: nothing
// tells then what Python is to see of it.
func (a *pythonApp) known(value any, key di.Key) error {
	if _, python := value.(pybridge.Object); python || !key.IsType() || a.isClass(key) {
		return nil
	}
	return fmt.Errorf("go provides %s, but the app doesn't say what that class is like: "+
		"have a parameter of some provider, hook or handler annotated with it", key.Label())
}

// End cleans up.
func (s *hostScope) End(_ context.Context, failure error) error { return s.session.Close(failure) }

// errNotRunning is given by what needs a server that is up.
var errNotRunning = errors.New("the server is not running")

// Scope opens a scope outside of requests, for commands and background work: give
// it to [di.Resolve], and close it. Where several Python apps share the server, it
// is the first one's.
//
// # Errors
//
// One that says so when the server is not running.
func (s *Server) Scope(ctx context.Context) (*di.Session, error) {
	r := s.current()
	if r == nil {
		return nil, errNotRunning
	}
	return r.homes()[0].registry.Open(ctx), nil
}
