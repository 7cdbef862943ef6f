package spikard_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// story is what happened, in order.
type story struct {
	mu   sync.Mutex
	said []string
}

func (s *story) say(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, what)
}

func (s *story) check(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.said, want) {
		t.Errorf("%q, want %q", s.said, want)
	}
}

// working is an app with a singleton, a job that needs it, and handlers that start
// background work; all of it waits for release.
func working(said *story, release <-chan struct{}, begun chan<- string) *pybridgetest.Engine {
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Provide("__type__app.Pool", "singleton", pybridgetest.Func{
		Name: "app.pool", Kind: pybridge.KindGenerator,
		Run: func(context.Context, []any) (any, error) {
			return pybridgetest.Yield{Value: "pool", Close: func(error) error { said.say("pool closes"); return nil }}, nil
		},
	})
	app.Provide("session", "request", pybridgetest.Func{
		Name: "app.session", Kind: pybridge.KindGenerator, Params: []pybridge.Param{inject("pool", "__type__app.Pool")},
		Run: func(context.Context, []any) (any, error) {
			said.say("session opens")
			return pybridgetest.Yield{Value: "session", Close: func(failure error) error {
				said.say("session closes")
				return nil
			}}, nil
		},
	})
	wait := func(ctx context.Context, name string) error {
		begun <- name
		select {
		case <-release:
			said.say(name + " ends")
			return nil
		case <-ctx.Done():
			said.say(name + " is cancelled")
			return &pybridge.Exception{Type: "asyncio.CancelledError"}
		}
	}
	app.Every("refresh", time.Hour, true, pybridgetest.Func{
		Name: "app.refresh", Params: []pybridge.Param{inject("session", "session")},
		Run: func(ctx context.Context, _ []any) (any, error) { return nil, wait(ctx, "job") },
	})
	app.Get("/run", pybridgetest.Func{Name: "app.run", Run: func(ctx context.Context, _ []any) (any, error) {
		return "started", pybridgetest.Background(ctx, "mail", func(ctx context.Context) { _ = wait(ctx, "work") })
	}})
	app.Hook(pybridge.StageShutdown, pybridgetest.Func{
		Name: "app.down", Run: func(ctx context.Context, _ []any) (any, error) {
			err := pybridgetest.Background(ctx, "late", func(context.Context) {})
			said.say("down, " + strings.SplitN(err.Error(), ":", 2)[0])
			return nil, nil
		},
	})
	return engine
}

// keepNothing is a client without idle connections, which a drain would wait for.
func keepNothing() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// untilRefused waits until the server listens no more.
func (s *site) untilRefused(t *testing.T) {
	t.Helper()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			return
		}
		_ = conn.Close()
		if t.Context().Err() != nil {
			t.Fatal("it still listens")
		}
	}
}

// TestBackgroundDrain has a stop wait for what runs, with the singletons open.
func TestBackgroundDrain(t *testing.T) {
	t.Parallel()
	said, release, begun := &story{}, make(chan struct{}), make(chan string, 2)
	app, server, logs := newApp(working(said, release, begun), spikard.Config{Metrics: &spikard.Metrics{}}, spikard.PythonApp("app:app"))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{base: "http://" + server.Addr(), client: keepNothing()}
	if got := <-begun; got != "job" {
		t.Errorf("%s begins at the start", got)
	}
	if got := s.get(t, "/run"); got.text != `"started"` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	<-begun
	figures := s.get(t, "/metrics").text
	for _, want := range []string{`spikard_background_running{job="refresh",kind="job"} 1`, `spikard_background_started_total{job="refresh",kind="job"} 1`} {
		if !strings.Contains(figures, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	s.untilRefused(t)
	select {
	case err := <-stopped:
		t.Errorf("it stopped with work that runs: %v", err)
	default:
	}
	close(release)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	said.mu.Lock()
	slices.Sort(said.said[1:4]) // the work ends on its own
	said.mu.Unlock()
	said.check(t, "session opens", "job ends", "session closes", "work ends", "down, RuntimeError", "pool closes")
	if strings.Contains(logs.String(), "was cancelled") {
		t.Error(logs.String())
	}
}

// TestBackgroundCut has the deadline cancel it, and name it.
func TestBackgroundCut(t *testing.T) {
	t.Parallel()
	said, begun := &story{}, make(chan string, 2)
	app, server, logs := newApp(working(said, nil, begun), spikard.Config{ShutdownTimeout: 50 * time.Millisecond}, spikard.PythonApp("app:app"))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{base: "http://" + server.Addr(), client: keepNothing()}
	s.get(t, "/run")
	<-begun
	<-begun
	if err := app.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	said.check(t, "session opens", "job is cancelled", "session closes", "work is cancelled", "down, RuntimeError", "pool closes")
	for _, want := range []string{`"work":["refresh"]`, `"work":["mail"]`} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, logs)
		}
	}
}

// TestBackgroundOfAnswer has it follow the answer that was sent, and no other.
func TestBackgroundOfAnswer(t *testing.T) {
	t.Parallel()
	release, ran := make(chan struct{}), make(chan string, 3)
	engine := pybridgetest.New()
	app := engine.App("app:app")
	answer := func(name string) pybridgetest.Func {
		return pybridgetest.Func{Name: "app." + name, Run: func(context.Context, []any) (any, error) {
			return &pybridgetest.Response{Status: 200, ContentType: "text/plain", Body: []byte(name), Background: func(context.Context) {
				<-release
				ran <- name
			}}, nil
		}}
	}
	app.Get("/sent", answer("sent"))
	app.Get("/replaced", answer("replaced"))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnResponse(func(api.Exchange, *spikard.Answer) error { return errors.New("no luck") }, spikard.Prefix("/replaced")))
	if got := s.get(t, "/replaced"); got.StatusCode != 500 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	// The client has its answer while the work waits.
	if got := s.get(t, "/sent"); got.text != "sent" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	close(release)
	if got := <-ran; got != "sent" {
		t.Errorf("%s was followed", got)
	}
	if got := s.get(t, "/sent"); got.text != "sent" {
		t.Error(got.text)
	}
	if got := <-ran; got != "sent" {
		t.Errorf("%s was followed", got)
	}
}

// TestJobFails is logged with the traceback and its place, and tried again.
func TestJobFails(t *testing.T) {
	t.Parallel()
	tries := make(chan struct{})
	engine := pybridgetest.New()
	n := 0
	app := engine.App("app:app")
	app.Every("flaky", time.Millisecond, true, pybridgetest.Func{Name: "app.flaky", Run: func(context.Context, []any) (any, error) {
		n++
		tries <- struct{}{}
		if n == 1 {
			return nil, &pybridge.Exception{Type: "ValueError", Message: "no luck", Traceback: "Traceback of it"}
		}
		return nil, nil
	}})
	app.Get("/", answers("app.root", nil))
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) }) // behind the server's
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	for range 3 {
		<-tries
	}
	go func() { // lets the others pass, until the server has stopped
		for {
			select {
			case <-tries:
			case <-stop:
				return
			}
		}
	}()
	for _, want := range []string{`"a job failed"`, `"job":"flaky"`, `"source":"app.py:10"`, `ValueError: no luck`, `"traceback":"Traceback of it"`, `"a job succeeds again"`} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, s.logs)
		}
	}
}

// TestJobFaults refuses at the start what no job can have.
func TestJobFaults(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	nothing := func(context.Context, []any) (any, error) { return nil, nil }
	app.Every("a", time.Second, false, pybridgetest.Func{Name: "app.a", Params: []pybridge.Param{inject("store", "__type__store.Store")}, Run: nothing})
	app.Every("b", time.Second, false, pybridgetest.Func{Name: "app.b", Params: []pybridge.Param{{Name: "r", In: pybridge.InRequest, Required: true}}, Run: nothing})
	app.Provide("who", "request", pybridgetest.Func{Name: "app.who", Params: []pybridge.Param{{Name: "r", In: pybridge.InRequest, Required: true}}, Run: nothing})
	app.Every("c", time.Second, false, pybridgetest.Func{Name: "app.c", Params: []pybridge.Param{inject("who", "who")}, Run: nothing})
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	for _, want := range []string{
		"job app.a, parameter store", "app.py:10", "job app.b, parameter r: there is no request when a job runs", "app.py:20",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	other := pybridgetest.New()
	app = other.App("app:app")
	app.Provide("who", "request", pybridgetest.Func{Name: "app.who", Params: []pybridge.Param{{Name: "r", In: pybridge.InRequest, Required: true}}, Run: nothing})
	app.Every("c", time.Second, false, pybridgetest.Func{Name: "app.c", Params: []pybridge.Param{inject("who", "who")}, Run: nothing})
	if text := startError(t, other, spikard.Config{}, spikard.PythonApp("app:app")); !strings.Contains(text, "job c needs a provider that asks for the request") {
		t.Error(text)
	}
}
