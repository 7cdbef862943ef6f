package middleware_test

import (
	"context"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spikard/spikard-go/middleware"
)

const (
	callersTrace  = "0af7651916cd43dd8448eb211c80319c"
	callersSpan   = "b7ad6b7169203331"
	callersParent = "00-" + callersTrace + "-" + callersSpan + "-01"
)

// tracedSpan serves r and gives its span, and the request that the handler saw.
func tracedSpan(t *testing.T, config middleware.TracingConfig, r *http.Request) (sdktrace.ReadOnlySpan, *http.Request) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	config.Provider = provider
	var seen *http.Request
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.Next(); seen = c.Request }, middleware.Tracing(config))
	engine.GET("/items/:id", func(c *gin.Context) { c.Status(200) })
	engine.GET("/broken", func(c *gin.Context) { c.Status(503) })
	engine.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	engine.GET("/abort/late", func(c *gin.Context) { c.String(200, "half"); panic(http.ErrAbortHandler) })
	engine.GET("/panic", func(*gin.Context) { panic("boom") })
	func() {
		defer func() {
			value := recover()
			if passes := map[string]any{"/abort": http.ErrAbortHandler, "/abort/late": http.ErrAbortHandler, "/panic": "boom"}[r.URL.Path]; value != passes {
				t.Errorf("%s panics with %v", r.URL.Path, value)
			}
		}()
		engine.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if n := len(recorder.Ended()); n != 1 || len(recorder.Started()) != 1 {
		t.Fatalf("%d spans", n)
	}
	return recorder.Ended()[0], seen
}

func spanAttributes(span sdktrace.ReadOnlySpan) string {
	all := map[string]string{}
	for _, kv := range span.Attributes() {
		all[string(kv.Key)] = kv.Value.String()
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, key+"="+all[key])
	}
	return strings.Join(out, " ")
}

func TestTracingSpans(t *testing.T) {
	t.Parallel()
	behindProxy := middleware.TracingConfig{
		Route:  func(*gin.Context) string { return "/items/{id}" },
		Client: func(*http.Request) string { return "203.0.113.9" },
		Self:   func(*http.Request) (string, string) { return "https", "[2001:db8::1]:8443" },
	}
	request := func(method, target string, change ...func(*http.Request)) *http.Request {
		r := httptest.NewRequest(method, target, nil)
		for _, f := range change {
			f(r)
		}
		return r
	}
	const here = "network.protocol.version=1.1 server.address=example.com "
	for _, tt := range []struct {
		name   string
		config middleware.TracingConfig
		r      *http.Request
		span   string
		status codes.Code
		attrs  string
	}{
		{
			name: "an answer", r: request("GET", "/items/a%20b?token=secret", func(r *http.Request) { r.Header.Set("User-Agent", "agent/1") }),
			span:  "GET /items/:id",
			attrs: "client.address=192.0.2.1 http.request.method=GET http.response.status_code=200 http.route=/items/:id " + here + "url.path=/items/a%20b url.scheme=http user_agent.original=agent/1",
		},
		{
			name: "behind a proxy", config: behindProxy, r: request("GET", "/items/1", func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0 }),
			span:  "GET /items/{id}",
			attrs: "client.address=203.0.113.9 http.request.method=GET http.response.status_code=200 http.route=/items/{id} network.protocol.version=2 server.address=2001:db8::1 server.port=8443 url.path=/items/1 url.scheme=https",
		},
		{
			name: "no route", r: request("POST", "/nowhere"), span: "POST",
			attrs: "client.address=192.0.2.1 http.request.method=POST http.response.status_code=404 " + here + "url.path=/nowhere url.scheme=http",
		},
		{
			name: "a method of the client's", r: request("BREW", "/pot", func(r *http.Request) { r.RemoteAddr, r.Host = "@", "example.com:80" }), span: "HTTP",
			attrs: "http.request.method=_OTHER http.request.method_original=BREW http.response.status_code=404 " + here + "server.port=80 url.path=/pot url.scheme=http",
		},
		{
			name: "an error", r: request("GET", "/broken"), span: "GET /broken", status: codes.Error,
			attrs: "client.address=192.0.2.1 error.type=503 http.request.method=GET http.response.status_code=503 http.route=/broken " + here + "url.path=/broken url.scheme=http",
		},
		{
			name: "a panic", r: request("GET", "/panic"), span: "GET /panic", status: codes.Error,
			attrs: "client.address=192.0.2.1 error.type=500 http.request.method=GET http.response.status_code=500 http.route=/panic " + here + "url.path=/panic url.scheme=http",
		},
		{
			name: "no answer", r: request("GET", "/abort"), span: "GET /abort",
			attrs: "client.address=192.0.2.1 error.type=aborted http.request.method=GET http.route=/abort " + here + "url.path=/abort url.scheme=http",
		},
		{
			name: "half an answer", r: request("GET", "/abort/late"), span: "GET /abort/late",
			attrs: "client.address=192.0.2.1 error.type=aborted http.request.method=GET http.response.status_code=200 http.route=/abort/late " + here + "url.path=/abort/late url.scheme=http",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			span, _ := tracedSpan(t, tt.config, tt.r)
			if span.Name() != tt.span || span.SpanKind() != trace.SpanKindServer || span.Status().Code != tt.status || span.Parent().IsValid() {
				t.Errorf("%q %v %v %v", span.Name(), span.SpanKind(), span.Status(), span.Parent())
			}
			if got := spanAttributes(span); got != tt.attrs {
				t.Errorf("%s\nwant %s", got, tt.attrs)
			}
			if span.InstrumentationScope().SchemaURL == "" {
				t.Error("no schema")
			}
		})
	}
}

// The caller's trace goes on, and what is handed on names the new span.
func TestTracingContinuesATrace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		parents       []string
		states        []string
		goes          bool
		state, suffix string
	}{
		{name: "sampled", parents: []string{callersParent}, states: []string{"a=1,b=2"}, goes: true, state: "a=1,b=2", suffix: "-01"},
		{name: "two lines of state", parents: []string{callersParent}, states: []string{"a=1", "b=2"}, goes: true, state: "a=1,b=2", suffix: "-01"},
		{name: "random flag", parents: []string{callersParent[:len(callersParent)-2] + "03"}, goes: true, suffix: "-03"},
		{name: "a later version", parents: []string{"cc" + callersParent[2:] + "-what"}, goes: true, suffix: "-01"},
		{name: "two parents", parents: []string{callersParent, callersParent}, suffix: "-01"},
		{name: "two of a later version", parents: []string{"cc" + callersParent[2:] + "-what", callersParent}, suffix: "-01"},
		{name: "rubbish", parents: []string{"00-xyz"}, states: []string{"a=1"}, suffix: "-01"},
		{name: "none", suffix: "-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/items/1", nil)
			r.Header["Traceparent"], r.Header["Tracestate"] = tt.parents, tt.states
			r.Header.Set("Baggage", "user=42")
			span, seen := tracedSpan(t, middleware.TracingConfig{}, r)
			if goes := span.Parent().SpanID().String() == callersSpan && span.SpanContext().TraceID().String() == callersTrace; goes != tt.goes {
				t.Errorf("%v", span.Parent())
			}
			parent, state := middleware.Traceparent(seen.Context())
			want := fmt.Sprintf("00-%s-%s%s", span.SpanContext().TraceID(), span.SpanContext().SpanID(), tt.suffix)
			if parent != want || state != tt.state {
				t.Errorf("%s %q, want %s %q", parent, state, want, tt.state)
			}
			if got := baggage.FromContext(seen.Context()).Member("user").Value(); got != "42" {
				t.Errorf("baggage %q", got)
			}
		})
	}
}

// A propagator of another kind finds its fields, and can't change the request.
func TestTracingPropagator(t *testing.T) {
	t.Parallel()
	r := dataRequest("GET", "X-Trace", callersTrace, "X-Span", callersSpan)
	r.URL.Path = "/items/1"
	span, _ := tracedSpan(t, middleware.TracingConfig{Propagator: ownPropagator{}}, r)
	if span.Parent().SpanID().String() != callersSpan || len(r.Header) != 2 {
		t.Errorf("%v %v", span.Parent(), r.Header)
	}
}

type ownPropagator struct{}

func (ownPropagator) Inject(context.Context, propagation.TextMapCarrier) {}
func (ownPropagator) Fields() []string                                   { return []string{"x-trace"} }

func (ownPropagator) Extract(ctx context.Context, from propagation.TextMapCarrier) context.Context {
	from.Set("x-trace", "changed")
	if !slices.Contains(from.Keys(), "X-Trace") || from.Get("x-nothing") != "" {
		return ctx
	}
	traceID, _ := trace.TraceIDFromHex(from.Get("x-trace"))
	spanID, _ := trace.SpanIDFromHex(from.Get("x-span"))
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled}))
}

// A trace that its caller doesn't sample leaves no span, and is handed on so.
func TestTracingUnsampled(t *testing.T) {
	t.Parallel()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	unsampled := callersParent[:len(callersParent)-1] + "0"
	r := dataRequest("GET", "Traceparent", unsampled)
	var parent string
	serve := chain(r, middleware.Tracing(middleware.TracingConfig{Provider: provider}), func(c *gin.Context) {
		parent, _ = middleware.Traceparent(c.Request.Context())
	})
	serve()
	if len(recorder.Started()) != 0 || !strings.HasPrefix(parent, "00-"+callersTrace) || !strings.HasSuffix(parent, "-00") || parent == unsampled {
		t.Errorf("%d spans, %q", len(recorder.Started()), parent)
	}
}

func TestTraceparentOfNoSpan(t *testing.T) {
	t.Parallel()
	ctx, _ := noop.NewTracerProvider().Tracer("").Start(context.Background(), "")
	for _, ctx := range []context.Context{context.Background(), ctx} {
		if parent, state := middleware.Traceparent(ctx); parent != "" || state != "" {
			t.Errorf("%q %q", parent, state)
		}
	}
}

// net/http removes the files of a form when the request has ended, if it finds
// the form at the request that it made.
func TestTracingLeavesNoFiles(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/api/data", nil)
	form := &multipart.Form{}
	chain(r, middleware.Tracing(middleware.TracingConfig{}), func(c *gin.Context) {
		if c.Request == r {
			t.Error("the request is not a copy")
		}
		c.Request.MultipartForm = form
	})()
	if r.MultipartForm != form {
		t.Error("the form is lost")
	}
}

func TestTracingAllocations(t *testing.T) {
	_, span := tracedProvider(sdktrace.AlwaysSample()).Tracer("").Start(context.Background(), "")
	ctx := trace.ContextWithSpan(context.Background(), span)
	if n := testing.AllocsPerRun(100, func() { middleware.Traceparent(ctx) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
	unsampled := middleware.Tracing(middleware.TracingConfig{Provider: tracedProvider(sdktrace.NeverSample())})
	if n := allocations(dataRequest("GET"), unsampled); n > 3 {
		t.Errorf("%v allocations without a sample", n)
	}
}

// tracedProvider exports to nowhere.
func tracedProvider(sampler sdktrace.Sampler) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSyncer(nowhere{}))
}

type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }

func BenchmarkTracing(b *testing.B) {
	for _, bb := range []struct {
		name   string
		config middleware.TracingConfig
		fields []string
	}{
		{"sampled", middleware.TracingConfig{Provider: tracedProvider(sdktrace.AlwaysSample())}, nil},
		{"sampled by the caller", middleware.TracingConfig{Provider: tracedProvider(sdktrace.ParentBased(sdktrace.NeverSample()))}, []string{"Traceparent", callersParent}},
		{"not sampled", middleware.TracingConfig{Provider: tracedProvider(sdktrace.NeverSample())}, nil},
		{"no provider", middleware.TracingConfig{Provider: noop.NewTracerProvider()}, nil},
	} {
		b.Run(bb.name, func(b *testing.B) {
			driveChain(b, dataRequest("GET", append(bb.fields, "User-Agent", "agent/1")...), middleware.Tracing(bb.config))
		})
	}
}

func BenchmarkTraceparent(b *testing.B) {
	ctx, _ := tracedProvider(sdktrace.AlwaysSample()).Tracer("").Start(context.Background(), "")
	b.ReportAllocs()
	for b.Loop() {
		middleware.Traceparent(ctx)
	}
}
