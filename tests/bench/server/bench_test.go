//go:build cgo

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/spikard"
)

// BenchmarkServe compares whole requests without a socket: what dependencies add
// to plain, one request at a time.
func BenchmarkServe(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	app := fx.New(
		fx.NopLogger, spikard.Module, embedded.Module, chain(), fx.Supply(engine),
		spikard.PythonFS(files, "app:app"), spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
	)
	if err := app.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := app.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	for _, path := range []string{"plain", "async", "di", "di20", "di20gen", "di20go"} {
		b.Run(path, func(b *testing.B) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/"+path, nil)
			b.ReportAllocs()
			for b.Loop() {
				clear(w.Header())
				w.Body.Reset()
				engine.ServeHTTP(w, r)
			}
			if w.Code != http.StatusOK {
				b.Error(w.Code, w.Body)
			}
		})
	}
}
