//go:build cgo

package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/bench/variant"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// BenchmarkServe compares whole requests without a socket: what dependencies add
// to plain, one request at a time.
func BenchmarkServe(b *testing.B) {
	engine := served(b, slog.Default())
	for _, path := range []string{"plain", "async", "di", "di20", "di20gen", "di20go"} {
		b.Run(path, func(b *testing.B) { serve(b, engine, variant.Request{Path: "/" + path}) })
	}
}

// BenchmarkServeMiddleware does so for what middleware adds to plain and big. Lines
// of the access log and traces are made in full and thrown away.
func BenchmarkServeMiddleware(b *testing.B) {
	servers, _ := variants(b)
	for _, s := range servers {
		b.Run(s.Name, func(b *testing.B) {
			engine := servedAs(b, s, io.Discard)
			for _, r := range s.Requests {
				b.Run(r.Workload+"/"+r.Name, func(b *testing.B) { serve(b, engine, r) })
			}
		})
	}
}

// variants are all, with the collector of their traces.
func variants(b testing.TB) ([]variant.Server, *variant.Collector) {
	b.Helper()
	collector, err := variant.NewCollector()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(collector.Close)
	servers, err := variant.All(collector.URL)
	if err != nil {
		b.Fatal(err)
	}
	return servers, collector
}

// servedAs is served with a variant's settings.
func servedAs(b testing.TB, s variant.Server, log io.Writer) *gin.Engine {
	b.Helper()
	for name, value := range s.Settings {
		b.Setenv(name, value)
	}
	return served(b, slog.New(slog.NewTextHandler(log, nil)))
}

// served is the engine that a started server has been mounted on.
func served(b testing.TB, log *slog.Logger) *gin.Engine {
	b.Helper()
	return serverWith(b, log, fx.Options())
}

func serverWith(b testing.TB, log *slog.Logger, more fx.Option) *gin.Engine {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, chain(), hooks(), fx.Supply(engine), more,
		spikard.PythonFS(files, "app:app"), spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0", Logger: log}),
	)
	if err := app.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := app.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return engine
}

// serve sends one request after another.
func serve(b *testing.B, engine http.Handler, request variant.Request) {
	b.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, request.Path, nil)
	maps.Copy(r.Header, request.Header)
	b.ReportAllocs()
	for b.Loop() {
		clear(w.Header())
		w.Body.Reset()
		engine.ServeHTTP(w, r)
	}
	if w.Code != http.StatusOK {
		b.Error(w.Code, w.Body)
	}
	if err := request.Shows(w.Header()); err != nil {
		b.Error(err)
	}
}
