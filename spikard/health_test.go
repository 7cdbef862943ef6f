package spikard_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// checked is a singleton whose health is what check says.
type checked struct {
	check func(ctx context.Context) error
}

func (c *checked) CheckHealth(ctx context.Context) error { return c.check(ctx) }

// other is a second type of such singletons.
type other struct{ checked }

// readiness is what /readyz answers.
type readiness struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks"`
}

func (s *site) ready(t *testing.T) (int, readiness) {
	t.Helper()
	got := s.get(t, "/readyz")
	var out readiness
	if err := json.Unmarshal([]byte(got.text), &out); err != nil {
		t.Fatalf("%d %s: %v", got.StatusCode, got.text, err)
	}
	if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", got.Header)
	}
	return got.StatusCode, out
}

// TestHealth asks the singletons of Go and the hooks of Python.
func TestHealth(t *testing.T) {
	t.Parallel()
	const (
		inGo     = "*github.com/spikard/spikard-go/spikard_test.checked"
		otherOne = "*github.com/spikard/spikard-go/spikard_test.other"
	)
	fine := func(context.Context) error { return nil }
	for name, tt := range map[string]struct {
		check  func(ctx context.Context) error
		python error
		status int
		want   readiness
		log    string
	}{
		"fine": {fine, nil, 200, readiness{"ok", map[string]string{inGo: "ok", otherOne: "ok", "app.database": "ok"}}, ""},
		"fails": {
			func(context.Context) error { return errors.New("the secret is 42") }, nil, 503, readiness{"failed", map[string]string{inGo: "failed", otherOne: "ok", "app.database": "ok"}}, "the secret is 42",
		},
		"panics": {
			func(context.Context) error { panic("no disk") }, nil, 503,
			readiness{"failed", map[string]string{inGo: "failed", otherOne: "ok", "app.database": "ok"}},
			"panic: no disk",
		},
		"hangs": {
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, nil, 503,
			readiness{"failed", map[string]string{inGo: "failed", otherOne: "ok", "app.database": "ok"}},
			"context deadline exceeded",
		},
		"fails in Python": {
			fine, &pybridge.Exception{Type: "app.Down", Message: "no database"}, 503,
			readiness{"failed", map[string]string{inGo: "ok", otherOne: "ok", "app.database": "failed"}},
			"app.Down: no database",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := hello()
			engine.App("app:app").Hook(pybridge.StageHealthCheck, raises("app.database", tt.python))
			s := serve(t, engine, spikard.Config{Health: &spikard.Health{Timeout: 20 * time.Millisecond}}, spikard.PythonApp("app:app"),
				di.Provide(func() *checked { return &checked{tt.check} }, di.Singleton),
				di.Provide(func() *other { return &other{checked{fine}} }, di.Singleton))
			if status, got := s.ready(t); status != tt.status || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%d %v", status, got)
			}
			if got := s.get(t, "/healthz"); got.StatusCode != 200 || got.text != `{"status":"ok"}` {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			if head := s.do(t, "HEAD", "/readyz", ""); head.StatusCode != tt.status || head.text != "" {
				t.Errorf("HEAD: %d %q", head.StatusCode, head.text)
			}
			s.do(t, "POST", "/readyz", "").problem(t, 405, "method-not-allowed")
			if !strings.Contains(s.logs.String(), tt.log) {
				t.Errorf("the log lacks %q:\n%s", tt.log, s.logs)
			}
		})
	}
}

// TestHealthOfFxValues asks what fx has made and a handler or a hook is given, also
// without Python.
func TestHealthOfFxValues(t *testing.T) {
	t.Parallel()
	broken := &checked{func(context.Context) error { return errors.New("no") }}
	s := serve(t, nil, spikard.Config{}, fx.Supply(broken), spikard.Get("/", func(*checked) string { return "" }))
	if status, got := s.ready(t); status != 503 || len(got.Checks) != 1 {
		t.Errorf("%d %v", status, got)
	}
	none := serve(t, nil, spikard.Config{}, spikard.Get("/", func() string { return "" }))
	if status, got := none.ready(t); status != 200 || got.Status != "ok" || len(got.Checks) != 0 {
		t.Errorf("%d %v", status, got)
	}
}

// TestOwnRoutesYield to the user's, and hooks aren't for them.
func TestOwnRoutesYield(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/healthz", answers("app.health", "mine"))
	app.Get("/{name}", answers("app.name", "name"))
	j := &journal{}
	s := serve(t, engine, spikard.Config{Metrics: &spikard.Metrics{}}, spikard.PythonApp("app:app"),
		spikard.OnRequest(j.goHook("on_request")), spikard.Get("/metrics", func() string { return "my figures" }))
	if got := s.get(t, "/healthz"); got.text != `"mine"` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if got := s.get(t, "/metrics"); got.text != `"my figures"` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	j.check(t, "go on_request", "go on_request")
	// One with a parameter isn't meant for such a path.
	if status, got := s.ready(t); status != 200 || got.Status != "ok" {
		t.Errorf("%d %v", status, got)
	}
	j.check(t)
	if got := s.get(t, "/else"); got.text != `"name"` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}

// TestHealthPaths can be moved and turned off.
func TestHealthPaths(t *testing.T) {
	t.Parallel()
	moved := serve(t, hello(), spikard.Config{Health: &spikard.Health{LivenessPath: "/live", ReadinessPath: "/ready"}}, spikard.PythonApp("app:app"))
	for path, want := range map[string]int{"/live": 200, "/ready": 200, "/healthz": 404, "/readyz": 404} {
		if got := moved.get(t, path); got.StatusCode != want {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	off := serve(t, hello(), spikard.Config{Health: &spikard.Health{Off: true}}, spikard.PythonApp("app:app"))
	for _, path := range []string{"/healthz", "/readyz"} {
		off.get(t, path).problem(t, 404, "not-found")
	}
}

// TestHealthOnOwnGin stands beside the user's routes, and yields to one for the
// same path, also when the server starts again.
func TestHealthOnOwnGin(t *testing.T) {
	t.Parallel()
	own := gin.New()
	own.GET("/healthz", func(c *gin.Context) { c.String(200, "theirs") })
	app, server, _ := newApp(hello(), spikard.Config{}, fx.Supply(own), spikard.PythonApp("app:app"))
	for range 2 {
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := &site{base: "http://" + server.Addr(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		if got := s.get(t, "/healthz"); got.text != "theirs" {
			t.Errorf("%d %s", got.StatusCode, got.text)
		}
		if status, got := s.ready(t); status != 200 || got.Status != "ok" {
			t.Errorf("%d %v", status, got)
		}
		if err := app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHealthIsNotLimited keeps whoever runs the server from being refused.
func TestHealthIsNotLimited(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{
		RateLimit: &spikard.RateLimit{PerSecond: 0.001, Burst: 1}, Metrics: &spikard.Metrics{},
	}, spikard.PythonApp("app:app"))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		for range 3 {
			if got := s.get(t, path); got.StatusCode != 200 || got.Header.Get("Ratelimit-Limit") != "" {
				t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
			}
		}
	}
	if got := s.get(t, "/"); got.StatusCode != 200 {
		t.Errorf("%d", got.StatusCode)
	}
	s.get(t, "/").problem(t, 429, "too-many-requests")
}

// TestNotReadyWhileStopping tells a load balancer while requests in flight end.
func TestNotReadyWhileStopping(t *testing.T) {
	t.Parallel()
	entered, proceed := make(chan struct{}), make(chan struct{})
	app, server, _ := newApp(nil, spikard.Config{}, spikard.Get("/slow", func(api.Exchange) string {
		close(entered)
		<-proceed
		return "done"
	}))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler := server.Handler()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	url, answered := "http://"+server.Addr(), make(chan error, 1)
	go func() {
		resp, err := client.Get(url + "/slow")
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	for {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		if w.Code == 503 {
			if w.Body.String() != `{"status":"stopping"}` {
				t.Errorf("%s", w.Body)
			}
			break
		}
		time.Sleep(time.Millisecond) // the stop is on its way
	}
	close(proceed)
	if err := errors.Join(<-answered, <-stopped); err != nil {
		t.Error(err)
	}
}
