//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/spikard/spikard-go/spikard"
)

// tracedStagesApp tells what the current span is at each stage of a request.
const tracedStagesApp = `
import importlib.util, os, sys
if d := os.environ.get("SPIKARD_TEST_PACKAGES"):
    sys.path.append(d)
app = Spikard()

@app.get("/have")
def have():
    return importlib.util.find_spec("opentelemetry") is not None

def current():
    from opentelemetry import trace
    span = trace.get_current_span().get_span_context()
    return {"trace": format(span.trace_id, "032x"), "span": format(span.span_id, "016x"), "state": span.trace_state.to_header(),
            "remote": span.is_remote, "sampled": span.trace_flags.sampled}

class Span(dict): ...
app.provide(Span, Provide(lambda: Span(current())))

@app.on_request
def hook(request: Request):
    if request.path != "/have":
        request.state.hook = current()

@app.get("/sync")
def sync(request: Request, made: Span):
    return [request.state.hook, made, current()]

@app.get("/inline")
async def inline(request: Request, made: Span):
    return [request.state.hook, made, current()]

@app.get("/suspends")
async def suspends(request: Request, made: Span):
    await asyncio.sleep(0)
    return [request.state.hook, made, current(), await asyncio.to_thread(current)]
`

// pythonSpan is what Python takes for the current span.
type pythonSpan struct {
	Trace, Span, State string
	Remote, Sampled    bool
}

// spanOf asks for the spans of a request's stages, which have to be one.
func (p *program) spanOf(t *testing.T, path string, header ...string) pythonSpan {
	t.Helper()
	text := p.get(t, path, header...).text
	var seen []pythonSpan
	if err := json.Unmarshal([]byte(text), &seen); err != nil || len(seen) < 3 {
		t.Fatalf("%s: %s: %v", path, text, err)
	}
	for _, span := range seen {
		if span != seen[0] {
			t.Errorf("%s: several spans in one request: %+v", path, seen)
		}
	}
	return seen[0]
}

// TestLifecycleTrace has Go's span be Python's current one at each stage of a
// request, whether its trace begins with the client, which may not want it
// recorded, or here.
func TestLifecycleTrace(t *testing.T) {
	t.Parallel()
	sent := &collector{spans: map[string]string{}}
	receiver := httptest.NewServer(sent)
	defer receiver.Close()
	p := newProgram(t, spikard.Config{Tracing: &spikard.Tracing{Endpoint: spikard.SecretURL(receiver.URL)}}, tracedStagesApp)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.get(t, "/have"); got.text != "true" {
		p.stop(t)
		if got.text != "false" {
			t.Fatal(got.StatusCode, got.text)
		}
		reason := fmt.Sprintf("opentelemetry-api is not installed; %s can name a folder that has it (now %q)", packagesDir, os.Getenv(packagesDir))
		fmt.Println("traces in python: not tested:", reason)
		t.Skip(reason)
	}
	const parent = "00f067aa0ba902b7"
	inPython := map[string]string{} // paths by their spans
	for i, path := range []string{"/sync", "/inline", "/suspends", "/sync", "/suspends"} {
		trace := fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x", i)
		got := p.spanOf(t, path, "Traceparent", "00-"+trace+"-"+parent+"-01", "Tracestate", "vendor=value")
		if got.Trace != trace || got.Span == parent || got.State != "vendor=value" || !got.Remote || !got.Sampled {
			t.Errorf("%s: %+v", path, got)
		}
		inPython[got.Span] = "GET " + path
	}
	begun := p.spanOf(t, "/sync")
	if !begun.Sampled || begun.State != "" || begun.Trace == "00000000000000000000000000000000" {
		t.Errorf("a trace that begins here: %+v", begun)
	}
	inPython[begun.Span] = "GET /sync"
	const unwanted = "0af7651916cd43dd8448eb211c80319c"
	if got := p.spanOf(t, "/sync", "Traceparent", "00-"+unwanted+"-"+parent+"-00"); got.Trace != unwanted || got.Sampled {
		t.Errorf("a trace that isn't recorded: %+v", got)
	}
	p.stop(t) // sends what is left
	for span, name := range inPython {
		if sent.spans[span] != name {
			t.Errorf("Python's span %s is %q to the collector, want %q", span, sent.spans[span], name)
		}
	}
	if len(sent.spans) != len(inPython)+1 { // and that of /have
		t.Errorf("%d spans were sent, want %d: %v", len(sent.spans), len(inPython)+1, sent.spans)
	}
}
