//go:build cgo

package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
)

// recorder is an engine that keeps what the server's calls are made of.
type recorder struct {
	pybridge.Engine
	mu   sync.Mutex
	last recorded
}

// recorded is a call, to be made again.
type recorded struct {
	callable pybridge.Callable
	in       []byte
}

type recordingApp struct {
	pybridge.App
	r *recorder
}

type recordingCallable struct {
	pybridge.Callable
	r *recorder
}

func (r *recorder) Load(ctx context.Context, spec pybridge.AppSpec) (pybridge.App, error) {
	app, err := r.Engine.Load(ctx, spec)
	return recordingApp{app, r}, err
}

func (a recordingApp) Compile(p pybridge.Program) (pybridge.Callable, error) {
	c, err := a.App.Compile(p)
	return recordingCallable{c, a.r}, err
}

func (c recordingCallable) Call(ctx context.Context, in []byte, info pybridge.CallInfo) (pybridge.Result, error) {
	c.r.mu.Lock()
	c.r.last = recorded{c.Callable, bytes.Clone(in)}
	c.r.mu.Unlock()
	return c.Callable.Call(ctx, in, info)
}

// BenchmarkCall is the engine's part of a request alone: from the inputs to the answer
// in JSON, as the server asks for it.
func BenchmarkCall(b *testing.B) {
	r := new(recorder)
	server := serverWith(b, slog.New(slog.NewTextHandler(io.Discard, nil)),
		fx.Decorate(func(e pybridge.Engine) pybridge.Engine { r.Engine = e; return r }))
	for _, w := range []struct{ name, method, body string }{
		{"plain", http.MethodGet, ""},
		{"async", http.MethodGet, ""},
		{"di", http.MethodGet, ""},
		{"users", http.MethodPost, user},
	} {
		b.Run(w.name, func(b *testing.B) {
			r.replay(b, server, httptest.NewRequest(w.method, "/"+w.name, strings.NewReader(w.body)))
		})
	}
}

const user = `{"name":"Ada Lovelace","email":"ada@example.com","age":36,` +
	`"tags":["math","engines","poetry","analysis","victorian","first-programmer","notes-on-the-engine","london"],` +
	`"address":{"street":"12 St James's Square, Marylebone, near the corner of the large garden","city":"London","zip":"SW1Y 4LB"}}`

func (r *recorder) replay(b *testing.B, server *gin.Engine, request *http.Request) {
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, request)
	if w.Code >= http.StatusBadRequest {
		b.Fatal(w.Code, w.Body)
	}
	b.ReportAllocs()
	for b.Loop() {
		result, err := r.last.callable.Call(b.Context(), r.last.in, pybridge.CallInfo{RequestID: "r1"})
		if err != nil || result.Outcome != pybridge.Answered {
			b.Fatal(result.Exception, err)
		}
		result.Release()
	}
}
