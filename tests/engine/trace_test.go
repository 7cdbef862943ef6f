//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/fx"
	"google.golang.org/protobuf/proto"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// packagesDir names a folder with packages for the embedded Python.
const packagesDir = "SPIKARD_TEST_PACKAGES"

// tracedApp tells what its current span is, inline and on the event loop.
const tracedApp = `
import asyncio, os, sys
sys.path.append(os.environ["SPIKARD_TEST_PACKAGES"])
from opentelemetry import trace
from spikard import Spikard

app = Spikard()

def current() -> dict[str, str]:
    span = trace.get_current_span().get_span_context()
    return {"trace": f"{span.trace_id:032x}", "span": f"{span.span_id:016x}", "remote": str(span.is_remote)}

@app.get("/inline")
def inline():
    return current()

@app.get("/awaits")
async def awaits():
    await asyncio.sleep(0)
    return current()
`

// collector is an OTLP receiver.
type collector struct {
	mu    sync.Mutex
	spans map[string]string // the name of each, by its id
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request v1.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				c.spans[hexOf(span.SpanId)] = span.Name
			}
		}
	}
}

func hexOf(id []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range id {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// A client's trace goes on in Go and in Python: Python's current span is the one
// that Go sends to the collector.
func TestTraceContinuesIntoPython(t *testing.T) {
	if os.Getenv(packagesDir) == "" {
		t.Skip("not run: " + packagesDir + " names no folder with opentelemetry-api for the embedded Python")
	}
	if _, err := os.Stat(os.Getenv(packagesDir) + "/opentelemetry"); err != nil {
		t.Skip("not run: " + packagesDir + " has no opentelemetry")
	}
	spans := &collector{spans: map[string]string{}}
	receiver := httptest.NewServer(spans)
	defer receiver.Close()
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger, chosen.Module, spikard.Module, fx.Populate(&server),
		spikard.WithConfig(spikard.Config{
			Addr: "127.0.0.1:0", Tracing: &spikard.Tracing{ServiceName: "test", Endpoint: spikard.SecretURL(receiver.URL)},
		}),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(tracedApp)}}, "app:app"),
	)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	seen := map[string]string{}
	for _, path := range []string{"/inline", "/awaits"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Addr()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Traceparent", "00-"+trace+"-"+parent+"-01")
		r.Close = true
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Trace, Span, Remote string }
		err = json.NewDecoder(answer.Body).Decode(&got)
		answer.Body.Close()
		if err != nil || got.Trace != trace || got.Span == parent || got.Remote != "True" {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
		seen[got.Span] = "GET " + path
	}
	if err := app.Stop(context.Background()); err != nil { // sends what was recorded
		t.Fatal(err)
	}
	spans.mu.Lock()
	defer spans.mu.Unlock()
	for id, name := range seen {
		if spans.spans[id] != name {
			t.Errorf("Python's span %s is %q to the collector, want %q", id, spans.spans[id], name)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
