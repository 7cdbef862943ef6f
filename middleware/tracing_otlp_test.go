package middleware_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/spikard/spikard-go/middleware"
)

// otlpReceiver is a collector: it decodes what it gets, or refuses it.
type otlpReceiver struct {
	mu      sync.Mutex
	refuse  bool
	headers []http.Header
	paths   []string
	got     []*tracepb.ResourceSpans
}

func (o *otlpReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	var batch collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &batch) != nil || o.refuse {
		w.WriteHeader(400)
		return
	}
	o.headers, o.paths = append(o.headers, r.Header), append(o.paths, r.URL.Path)
	o.got = append(o.got, batch.GetResourceSpans()...)
}

func (o *otlpReceiver) spans() (spans []*tracepb.Span) {
	for _, resource := range o.got {
		for _, scope := range resource.GetScopeSpans() {
			spans = append(spans, scope.GetSpans()...)
		}
	}
	return spans
}

func otlpAttributes(list []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, kv := range list {
		out[kv.GetKey()] = kv.GetValue().GetStringValue()
	}
	return out
}

// newOTLP gives a provider that is shut down with the test.
func newOTLP(t *testing.T, opts middleware.OTLPOptions) *sdktrace.TracerProvider {
	t.Helper()
	provider, err := middleware.NewOTLP(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider
}

// A request's span arrives at a collector, at the latest with Shutdown.
func TestOTLP(t *testing.T) {
	t.Parallel()
	receiver := &otlpReceiver{}
	server := httptest.NewServer(receiver)
	defer server.Close()
	provider := newOTLP(t, middleware.OTLPOptions{
		Endpoint: server.URL, Headers: map[string]string{"X-Key": "secret"}, ServiceName: "shop", ServiceVersion: "1.2.3",
	})
	r := dataRequest("GET", "Traceparent", callersParent)
	chain(r, middleware.Tracing(middleware.TracingConfig{Provider: provider}))()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := receiver.spans()
	if len(spans) != 1 {
		t.Fatalf("%v", spans)
	}
	span := spans[0]
	attrs := otlpAttributes(span.GetAttributes())
	if span.GetName() != "GET /api/:name" || span.GetKind() != tracepb.Span_SPAN_KIND_SERVER || attrs["http.route"] != "/api/:name" || attrs["url.path"] != "/api/data" {
		t.Errorf("%v", span)
	}
	if string(span.GetParentSpanId()) != "\xb7\xad\x6b\x71\x69\x20\x33\x31" || span.GetEndTimeUnixNano() < span.GetStartTimeUnixNano() {
		t.Errorf("%v", span)
	}
	resource := otlpAttributes(receiver.got[0].GetResource().GetAttributes())
	if resource["service.name"] != "shop" || resource["service.version"] != "1.2.3" || resource["telemetry.sdk.language"] != "go" {
		t.Errorf("%v", resource)
	}
	if receiver.paths[0] != "/v1/traces" || receiver.headers[0].Get("X-Key") != "secret" {
		t.Errorf("%v %v", receiver.paths, receiver.headers)
	}
}

func TestOTLPSampling(t *testing.T) {
	t.Parallel()
	const requests = 400
	unsampled := callersParent[:len(callersParent)-1] + "0"
	for _, tt := range []struct {
		name        string
		ratio       float64
		parent      string
		least, most int
	}{
		{"all by default", 0, "", requests, requests},
		{"all", 1, "", requests, requests},
		{"half", 0.5, "", 100, 300}, // 10 standard deviations
		{"none", -1, "", 0, 0},
		{"none but the caller's", -1, callersParent, requests, requests},
		{"not those that the caller leaves out", 1, unsampled, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			receiver := &otlpReceiver{}
			server := httptest.NewServer(receiver)
			defer server.Close()
			provider := newOTLP(t, middleware.OTLPOptions{Endpoint: server.URL + "/own/path", SampleRatio: tt.ratio})
			r := dataRequest("GET")
			if tt.parent != "" {
				r.Header.Set("Traceparent", tt.parent)
			}
			serve := chain(r, middleware.Tracing(middleware.TracingConfig{Provider: provider}))
			for range requests {
				serve()
			}
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(receiver.spans()); n < tt.least || n > tt.most {
				t.Errorf("%d spans", n)
			}
			for _, path := range receiver.paths {
				if path != "/own/path" {
					t.Error(path)
				}
			}
		})
	}
}

// A collector that refuses is told of once, and once more when it takes spans
// again.
func TestOTLPFailuresAreLogged(t *testing.T) {
	t.Parallel()
	receiver := &otlpReceiver{refuse: true}
	server := httptest.NewServer(receiver)
	defer server.Close()
	var out bytes.Buffer
	provider := newOTLP(t, middleware.OTLPOptions{Endpoint: server.URL, Log: slog.New(slog.NewTextHandler(&out, nil))})
	serve := chain(dataRequest("GET"), middleware.Tracing(middleware.TracingConfig{Provider: provider}))
	for _, refuse := range []bool{true, true, false, false} {
		receiver.mu.Lock()
		receiver.refuse = refuse
		receiver.mu.Unlock()
		serve()
		serve()
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `level=WARN msg="spans could not be sent"`) || !strings.Contains(lines[1], `level=INFO msg="spans are sent again" lost=4`) {
		t.Error(out.String())
	}
	if n := len(receiver.spans()); n != 4 {
		t.Errorf("%d spans", n)
	}
}

func TestOTLPFaults(t *testing.T) {
	t.Parallel()
	for endpoint, ratio := range map[string]float64{
		"localhost:4318": 1.5, "grpc://localhost": math.NaN(), "http://": 2, "http://a?b=c": 2, "https://user:pw@a": 2, "http://a\x00": 2,
	} {
		_, err := middleware.NewOTLP(t.Context(), middleware.OTLPOptions{Endpoint: endpoint, SampleRatio: ratio})
		if err == nil || !strings.HasPrefix(err.Error(), "tracing: Endpoint: ") || !strings.Contains(err.Error(), "\ntracing: SampleRatio: ") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// Without an endpoint nothing is wrong: OpenTelemetry's environment says it.
func TestOTLPByEnvironment(t *testing.T) {
	receiver := &otlpReceiver{}
	server := httptest.NewServer(receiver)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-environment")
	provider := newOTLP(t, middleware.OTLPOptions{})
	chain(dataRequest("GET"), middleware.Tracing(middleware.TracingConfig{Provider: provider}))()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(receiver.spans()) != 1 || receiver.paths[0] != "/v1/traces" || receiver.headers[0].Get("X-Key") != "of-the-environment" {
		t.Errorf("%v %v", receiver.paths, maps.Clone(receiver.headers[0]))
	}
}
