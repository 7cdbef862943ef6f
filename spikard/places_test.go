package spikard_test

import (
	"context"
	"testing"

	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// TestPlaces has a route take its places from itself, from Python's configuration
// or from Go's, in this order.
func TestPlaces(t *testing.T) {
	t.Parallel()
	one, none := 1, 0
	for _, tt := range []struct {
		name    string
		threads int // of the route
		queue   *int
		python  int // threads of ServerConfig
		config  spikard.Config
		want    int // that are inside, before one is refused
	}{
		{name: "the route's", threads: 2, queue: &none, python: 5, want: 2},
		{name: "the route's threads and the server's queue", threads: 3, config: spikard.Config{RouteQueue: &none}, want: 3},
		{name: "Python's", queue: &none, python: 2, want: 2},
		{name: "Go's", python: 7, config: spikard.Config{RouteThreads: 1, RouteQueue: &none}, want: 1},
		{name: "the route's queue", threads: 1, queue: &none, config: spikard.Config{RouteQueue: &one}, want: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine := pybridgetest.New()
			app := engine.App("app:app")
			inside, release := make(chan struct{}), make(chan struct{})
			app.Get("/", pybridgetest.Func{Name: "app.hold", Run: func(context.Context, []any) (any, error) {
				inside <- struct{}{}
				<-release
				return "held", nil
			}})
			route := &app.Manifest().Routes[0]
			route.Threads, route.Queue = tt.threads, tt.queue
			if tt.python > 0 {
				app.Config("route_threads", tt.python)
			}
			s := serve(t, engine, tt.config, spikard.PythonApp("app:app"))
			held := make(chan reply)
			for range tt.want {
				go func() { held <- s.get(t, "/") }()
				<-inside
			}
			refused := s.get(t, "/")
			refused.problem(t, 503, "service-unavailable")
			if got := refused.Header.Get("Retry-After"); got != "1" {
				t.Errorf("Retry-After %q", got)
			}
			close(release)
			for range tt.want {
				if got := <-held; got.StatusCode != 200 {
					t.Errorf("%d %s", got.StatusCode, got.text)
				}
			}
			go func() { <-inside }()
			if got := s.get(t, "/"); got.StatusCode != 200 {
				t.Errorf("afterwards: %d %s", got.StatusCode, got.text)
			}
		})
	}
}
