package spikard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// BenchmarkPipeline compares the Go half of a request with a bare Gin handler.
// It leaves net/http out: see tests/bench for whole requests.
func BenchmarkPipeline(b *testing.B) {
	measure := func(b *testing.B, h http.Handler) {
		b.ReportAllocs()
		w := httptest.NewRecorder()
		r := &http.Request{Method: "GET", URL: &url.URL{Path: "/"}, Header: http.Header{}, Host: "x"}
		for b.Loop() {
			clear(w.Header())
			w.Body.Reset()
			h.ServeHTTP(w, r)
		}
	}
	b.Run("gin", func(b *testing.B) {
		engine := gin.New()
		engine.GET("/", func(c *gin.Context) { c.JSON(200, gin.H{"message": "Hello"}) })
		measure(b, engine)
	})
	b.Run("spikard", func(b *testing.B) {
		app, server, _ := newApp(nil, spikard.Config{}, spikard.PythonApp("app:app"),
			fx.Supply(fx.Annotate(constantEngine{hello()}, fx.As(new(pybridge.Engine)))))
		if err := app.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		measure(b, server.Handler())
		if err := app.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
}

// constantEngine answers all calls at once, so that only the Go half is left.
type constantEngine struct{ *pybridgetest.Engine }

func (e constantEngine) Load(ctx context.Context, spec pybridge.AppSpec) (pybridge.App, error) {
	app, err := e.Engine.Load(ctx, spec)
	return constantApp{app}, err
}

type constantApp struct{ pybridge.App }

func (constantApp) Compile(pybridge.Program) (pybridge.Callable, error) {
	return constantCallable(`{"message":"Hello"}`), nil
}

type constantCallable []byte

func (c constantCallable) Start(ctx context.Context, in []byte, info pybridge.CallInfo, done func(pybridge.Result, error)) {
	done(c.Call(ctx, in, info))
}

func (c constantCallable) Call(context.Context, []byte, pybridge.CallInfo) (pybridge.Result, error) {
	return pybridge.Result{Outcome: pybridge.Answered, Status: 200, ContentType: "application/json", Body: c}, nil
}
