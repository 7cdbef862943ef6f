package spikard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard/api"
)

// Server is the server of an fx app. [Module] makes it; fx starts and stops
// it.
//
// # Concurrency
//
// Its methods may be called from any goroutine.
type Server struct {
	config    Config
	apps      []appOption
	routes    []goRoute
	hooks     []*goHook
	userGin   *gin.Engine
	onFailure func()
	// environ stands for os.Environ in tests.
	environ func() []string
	// registrations are what package di's options add to the graph.
	registrations []*di.Registration

	// ownsStart says that Run waits for every start, however long that takes, and
	// stops what has started.
	ownsStart bool

	// changing is held during a start and a stop.
	changing sync.Mutex
	mounted  mounted

	state   sync.Mutex // guards running
	running *running
}

// The parts that follow the drain always get this much time, and the drain
// leaves as much of fx's deadline to them.
const finishing = 3 * time.Second

// Addr is the address that the server listens on: host and port, or the path
// of the Unix socket. It is empty while the server is not running.
func (s *Server) Addr() string {
	s.state.Lock()
	defer s.state.Unlock()
	if s.running == nil {
		return ""
	}
	return s.running.addr
}

// sortParts undoes fx's random order.
func (s *Server) sortParts() {
	bySource := func(a, b api.Source) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	}
	slices.SortFunc(s.apps, func(a, b appOption) int {
		return cmp.Or(bySource(a.source, b.source), cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.target, b.target))
	})
	di.SortRegistrations(s.registrations)
	slices.SortFunc(s.hooks, func(a, b *goHook) int { return cmp.Compare(a.number, b.number) })
	slices.SortFunc(s.routes, func(a, b goRoute) int {
		return cmp.Or(bySource(a.source, b.source), cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
}

// start brings everything up, or nothing.
func (s *Server) start(ctx context.Context) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.current() != nil {
		return errors.New("the server is running already")
	}
	r := &running{server: s}
	r.hurried, r.hasten = context.WithCancel(context.Background())
	err := r.boot(ctx)
	if err == nil && ctx.Err() != nil && !s.ownsStart {
		// fx has given up waiting and won't ask for a stop.
		err = fmt.Errorf("the start was cut short: %w; see fx.StartTimeout", ctx.Err())
	}
	if err != nil {
		defer r.hasten()
		return errors.Join(append([]error{err}, leaves(r.unwind(ctx))...)...)
	}
	s.set(r)
	return nil
}

// stop undoes a start. All of it is done, whatever fails on the way.
func (s *Server) stop(ctx context.Context) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	r := s.current()
	if r == nil {
		return nil
	}
	defer s.set(nil)
	defer r.hasten()
	return r.unwind(ctx)
}

func (s *Server) environment() []string {
	if s.environ != nil {
		return s.environ()
	}
	return os.Environ()
}

func (s *Server) current() *running {
	s.state.Lock()
	defer s.state.Unlock()
	return s.running
}

func (s *Server) set(r *running) {
	s.state.Lock()
	defer s.state.Unlock()
	s.running = r
}

// hurry ends a drain now.
func (s *Server) hurry() {
	if r := s.current(); r != nil {
		r.hurry()
	}
}

// stopTimeout is what a stop may take in all.
func (s *Server) stopTimeout() time.Duration {
	if r := s.current(); r != nil {
		return r.config.ShutdownTimeout + 2*finishing
	}
	return defaultShutdownTimeout + 2*finishing
}
