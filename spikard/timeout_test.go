package spikard_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// slow is a deadline that tests wait for, and that no quick request misses.
const slow = 500 * time.Millisecond

// block is what a handler waits for: it has no ear for its context.
type block struct{ proceed chan struct{} }

func newBlock() *block { return &block{make(chan struct{})} }

func (b *block) wait() { <-b.proceed }

// late checks the answer at a deadline.
func (r reply) late(t *testing.T) {
	t.Helper()
	r.problem(t, 408, "request-timeout")
	if r.ContentLength != int64(len(r.text)) || r.Header.Get("X-Request-ID") == "" {
		t.Errorf("%d bytes, %d told: %v", len(r.text), r.ContentLength, r.Header)
	}
}

// TestTimeout answers at the deadline while the handler blocks: the answer is whole
// before the handler returns, and what that gives is dropped.
func TestTimeout(t *testing.T) {
	t.Parallel()
	cert, key, pool := certificate(t)
	for _, protocol := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", protocol), func(t *testing.T) {
			t.Parallel()
			inGo, inPython := newBlock(), newBlock()
			engine, j := pybridgetest.New(), &journal{}
			app := engine.App("app:app")
			app.Provide("session", "request", session(j))
			app.Get("/", pybridgetest.Func{Name: "app.blocks", Run: func(context.Context, []any) (any, error) {
				inPython.wait()
				return strings.Repeat("late", 1000), nil
			}})
			app.Get("/quick", answers("app.quick", "quick"))
			config := spikard.Config{RequestTimeout: slow}
			if protocol == 2 {
				config.TLSCertFile, config.TLSKeyFile = cert, key
			}
			var ended sync.WaitGroup
			ended.Add(2)
			s := serve(t, engine, config, spikard.PythonApp("app:app"),
				di.Provide(func() (*unit, func(error) error) { return &unit{}, j.closing("unit", nil) }),
				spikard.OnRequest(func(x api.Exchange) { x.SetHeader("X-Hook", "yes") }),
				spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) {
					if !strings.HasPrefix(x.EscapedPath(), "/quick") {
						ended.Done()
					}
				}),
				spikard.Get("/go", func(*unit) spikard.Reply {
					inGo.wait()
					return spikard.Reply{Status: 201, Header: http.Header{"X-Late": {"yes"}}, Body: "late"}
				}))
			if protocol == 2 {
				s.base = "https://" + s.server.Addr()
				transport := s.client.Transport.(*http.Transport)
				transport.TLSClientConfig, transport.ForceAttemptHTTP2 = &tls.Config{RootCAs: pool}, true
			}
			for _, path := range []string{"/go", "/"} {
				got := s.get(t, path)
				got.late(t)
				if got.ProtoMajor != protocol || got.Close != (protocol == 1) || got.Header.Get("X-Late") != "" {
					t.Errorf("%s: %s, closed %t, %v", path, got.Proto, got.Close, got.Header)
				}
				j.check(t) // the handler has what it was given
				for range 4 {
					if got := s.get(t, "/quick"); got.text != `"quick"` || got.ProtoMajor != protocol {
						t.Errorf("with a handler that blocks: %d %s", got.StatusCode, got.text)
					}
				}
			}
			close(inGo.proceed)
			close(inPython.proceed)
			ended.Wait()
			if got := s.get(t, "/quick"); got.text != `"quick"` || got.Header.Get("X-Late") != "" {
				t.Errorf("%d %s %v", got.StatusCode, got.text, got.Header)
			}
			j.check(t, "close unit, <nil>")
			if strings.Contains(s.logs.String(), `"level":"ERROR"`) {
				t.Errorf("%s", s.logs)
			}
		})
	}
}

// TestTimeoutOfContext has handlers that end with their context: the deadline has
// the answer by then.
func TestTimeoutOfContext(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app").Get("/", pybridgetest.Func{Name: "app.waits", Run: func(ctx context.Context, _ []any) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	var why atomic.Value
	s := serve(t, engine, spikard.Config{RequestTimeout: slow}, spikard.PythonApp("app:app"),
		spikard.Get("/go", func(ctx context.Context) error {
			<-ctx.Done()
			why.Store(ctx.Err())
			return ctx.Err()
		}),
		spikard.PreHandler(func(x api.Exchange) {
			if x.RawQuery() == "hook" {
				<-x.Context().Done()
			}
		}))
	for _, path := range []string{"/", "/go", "/go?hook"} {
		s.get(t, path).late(t)
	}
	if err, _ := why.Load().(error); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ended with %v", err)
	}
}

// TestTimeoutsAmongOthers has late requests and quick ones side by side: none gets
// an answer of another's.
func TestTimeoutsAmongOthers(t *testing.T) {
	t.Parallel()
	b := newBlock()
	s := serve(t, nil, spikard.Config{RequestTimeout: slow},
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) { a.Header.Set("X-Query", x.RawQuery()) }),
		spikard.Get("/go/{id}", func(in getOrder, x api.Exchange) int {
			if in.ID%3 == 0 {
				b.wait()
			}
			return in.ID
		}))
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			got := s.get(t, fmt.Sprintf("/go/%d?%d", i, i))
			if i%3 == 0 {
				got.late(t)
				return
			}
			if got.text != fmt.Sprint(i) || got.Header.Get("X-Query") != fmt.Sprint(i) {
				t.Errorf("%d: %d %s %v", i, got.StatusCode, got.text, got.Header)
			}
		})
	}
	all.Wait()
	close(b.proceed)
	for i := 1; i < 50; i += 3 {
		if got := s.get(t, fmt.Sprintf("/go/%d?%d", i, i)); got.text != fmt.Sprint(i) || got.Header.Get("X-Query") != fmt.Sprint(i) {
			t.Errorf("%d: %d %s %v", i, got.StatusCode, got.text, got.Header)
		}
	}
}

// TestStopWaitsForLateHandler closes nothing under a handler whose request was
// answered long ago.
func TestStopWaitsForLateHandler(t *testing.T) {
	t.Parallel()
	b := newBlock()
	var returned atomic.Bool
	engine := pybridgetest.New()
	engine.App("app:app").Get("/", pybridgetest.Func{Name: "app.blocks", Run: func(context.Context, []any) (any, error) {
		b.wait()
		if engines, apps := engine.Running(); engines != 1 || apps != 1 {
			t.Errorf("%d engines and %d apps run under a handler", engines, apps)
		}
		returned.Store(true)
		return nil, nil
	}})
	app, server, _ := newApp(engine, spikard.Config{RequestTimeout: slow}, spikard.PythonApp("app:app"))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{base: "http://" + server.Addr(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	s.get(t, "/").late(t)
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped (%v) with a handler inside", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(b.proceed)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if !returned.Load() {
		t.Error("the stop didn't wait for the handler")
	}
}

// TestNoTimeout has no deadline where it is turned off.
func TestNoTimeout(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, spikard.Config{RequestTimeout: -1}, spikard.Get("/", func(ctx context.Context) bool {
		_, limited := ctx.Deadline()
		return limited
	}))
	if got := s.get(t, "/"); got.text != "false" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}
