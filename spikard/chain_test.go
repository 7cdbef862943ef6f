package spikard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// inProcess is a running server without a socket, whose Python costs nothing. stop
// ends it.
func inProcess(tb testing.TB, engine *pybridgetest.Engine, config spikard.Config, opts ...fx.Option) (h http.Handler, stop func()) {
	tb.Helper()
	app, server, _ := newApp(nil, config, append(opts, spikard.PythonApp("app:app"),
		fx.Supply(fx.Annotate(constantEngine{engine}, fx.As(new(pybridge.Engine)))))...)
	if err := app.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return server.Handler(), func() {
		if err := app.Stop(context.Background()); err != nil {
			tb.Error(err)
		}
	}
}

// request gives a function that has a handler serve one request.
func request(h http.Handler, path string, header http.Header) (*httptest.ResponseRecorder, func()) {
	w := httptest.NewRecorder()
	r := &http.Request{Method: "GET", URL: &url.URL{Path: path}, Header: header, Host: "x"}
	return w, func() {
		clear(w.Header())
		w.Body.Reset()
		h.ServeHTTP(w, r)
	}
}

// TestNoHooksNoCost has a route without hooks and authentication take the way that
// it takes on a server which knows nothing of such things.
func TestNoHooksNoCost(t *testing.T) { //nolint:paralleltest // allocations are the whole process'
	if poolsForget {
		t.Skip("with the race detector, sync.Pool forgets: allocations can't be counted")
	}
	allocations := func(engine *pybridgetest.Engine, config spikard.Config, opts ...fx.Option) float64 {
		t.Helper()
		h, stop := inProcess(t, engine, config, opts...)
		defer stop()
		w, serve := request(h, "/", http.Header{})
		serve()
		if w.Code != 200 || w.Body.String() != `{"message":"Hello"}` {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return testing.AllocsPerRun(2000, serve)
	}
	plain := allocations(hello(), spikard.Config{})

	engine := pybridgetest.New()
	app := engine.App("app:app")
	secured(app, "/", answers("app.hello", nil))
	app.LocalHook(pybridge.StagePreHandler, answers("app.hook", nil))
	app.LocalHook(pybridge.StageOnResponse, answers("app.hook", nil))
	app.Get("/other", answers("app.other", nil))
	config := guarded()
	config.StaticFiles = []spikard.StaticFiles{{Directory: t.TempDir(), RoutePrefix: "/other"}}
	elsewhere := spikard.Prefix("/other")
	got := allocations(engine, config, fx.Supply(&pool{"one"}),
		spikard.OnRequest(func(api.Exchange, *pool) {}, elsewhere),
		spikard.PreValidation(func(api.Exchange) *spikard.Reply { return nil }, elsewhere),
		spikard.PreHandler(func(api.Exchange) {}, elsewhere),
		spikard.OnResponse(func(api.Exchange, *spikard.Answer) {}, elsewhere),
		spikard.OnError(func(api.Exchange, error) {}, elsewhere),
		spikard.HandleError(func(api.Exchange, *api.Problem) {}, elsewhere))
	if got != plain {
		t.Errorf("%v allocations with hooks and authentication elsewhere, %v without any", got, plain)
	}
	if hooked := allocations(hello(), spikard.Config{}, spikard.PreHandler(func(api.Exchange) {})); hooked <= plain {
		t.Errorf("%v allocations with a hook, %v without: they aren't counted", hooked, plain)
	}
}

// BenchmarkHooks shows what hooks in Go and authentication add to the Go half of a
// request.
func BenchmarkHooks(b *testing.B) {
	type one struct{ name string }
	key := spikard.Config{APIKeyAuth: &spikard.APIKeyAuth{Keys: []spikard.Secret{"key"}}}
	for _, bb := range []struct {
		name   string
		config spikard.Config
		opts   fx.Option
	}{
		{"none", spikard.Config{}, fx.Options()},
		{"one", spikard.Config{}, spikard.PreHandler(func(api.Exchange) {})},
		{"singleton", spikard.Config{}, fx.Options(fx.Supply(&one{"x"}), spikard.PreHandler(func(api.Exchange, *one) {}))},
		{"request value", spikard.Config{}, fx.Options(
			di.Provide(func() *one { return &one{"x"} }), spikard.PreHandler(func(api.Exchange, *one) {}))},
		{"answer", spikard.Config{}, spikard.OnResponse(func(_ api.Exchange, a *spikard.Answer) { a.Header["X-Hook"] = nil })},
		{"key", key, fx.Options()},
		{"key and principal", key, spikard.PreValidation(func(api.Exchange, *middleware.Principal) {})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h, stop := inProcess(b, hello(), bb.config, bb.opts)
			defer stop()
			w, serve := request(h, "/", http.Header{"X-Api-Key": {"key"}})
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
			if w.Code != 200 {
				b.Error(w.Code, w.Body)
			}
		})
	}
}
