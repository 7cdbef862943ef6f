//go:build cgo && (linux || darwin) && (amd64 || arm64)

package property

import (
	"context"
	"embed"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

//go:embed *_app.py
var apps embed.FS

// site is a server in this process, over the embedded CPython.
type site struct {
	client *http.Client
	base   string
}

// serve starts a server with an app, as "json_app:app".
func serve(t *testing.T, app string) *site {
	t.Helper()
	var server *spikard.Server
	program := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, spikard.PythonFS(apps, app),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}),
		fx.Populate(&server), fx.StartTimeout(time.Minute),
	)
	if err := program.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), program.StopTimeout())
		defer cancel()
		if err := program.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return &site{client: &http.Client{Transport: transport}, base: "http://" + server.Addr()}
}

// post sends JSON and gives the status and the answer.
func (s *site) post(t *testing.T, path, body string) (status int, answer map[string]any) {
	t.Helper()
	resp, err := s.client.Post(s.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%.100q gave %d %q: %v", body, resp.StatusCode, text, err)
	}
	return resp.StatusCode, answer
}
