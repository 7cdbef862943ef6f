package middleware

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// TracingConfig says where spans go and what they are called.
type TracingConfig struct {
	// Provider makes the spans, see [NewOTLP]. Nil: OpenTelemetry's global one,
	// as it is when the middleware is made.
	Provider trace.TracerProvider
	// Propagator reads the trace that a request belongs to. Nil: W3C trace
	// context and baggage.
	Propagator propagation.TextMapPropagator
	// Route gives the template of the route that served the request
	// ("/items/{id}"), and "" if none did. It is called when the handlers have
	// run. Nil: Gin's FullPath.
	Route func(c *gin.Context) string
	// Client tells the client's address, Self the scheme and host that it
	// asked for, for servers behind trusted proxies. Nil: the peer's address
	// without its port; by TLS and the Host header.
	Client func(r *http.Request) string
	Self   func(r *http.Request) (scheme, host string)
}

// Tracing makes a span of each request by OpenTelemetry's conventions for HTTP
// servers, as a child of the one that the request names. The span is in the
// request's context, where [Traceparent] finds what to hand on. It fails from
// status 500 on. The query, in which there may be secrets, is not recorded. It
// belongs in front of [Recovery] and behind what refuses early, such as limits,
// if those are not worth a span.
//
// A trace that the caller samples is usually sampled here too: whoever doesn't
// trust callers with that has to take traceparent off the request in front.
//
// # Memory
//
// A trace that isn't sampled costs the span's identity, the context and the copy
// of the request that holds it. No attribute is made for it.
func Tracing(config TracingConfig) gin.HandlerFunc {
	t := &tracing{config.Propagator, nil, config.Route, config.Client, config.Self, []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}}
	provider := config.Provider
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	t.tracer = provider.Tracer("github.com/spikard/spikard-go/middleware", trace.WithSchemaURL(semconv.SchemaURL))
	if t.propagator == nil {
		t.propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	if t.route == nil {
		t.route = (*gin.Context).FullPath
	}
	if t.client == nil {
		t.client = peerHost
	}
	if t.self == nil {
		t.self = connectionSelf
	}
	return t.serve
}

type tracing struct {
	propagator propagation.TextMapPropagator
	tracer     trace.Tracer
	route      func(c *gin.Context) string
	client     func(r *http.Request) string
	self       func(r *http.Request) (scheme, host string)
	start      []trace.SpanStartOption
}

func (t *tracing) serve(c *gin.Context) {
	r, w := c.Request, c.Writer
	ctx, span := t.tracer.Start(t.parent(r), spanMethod(r.Method), t.start...)
	c.Request = r.WithContext(ctx)
	if span.IsRecording() {
		span.SetAttributes(t.requestAttributes(r)...)
	}
	defer func() {
		value := recover()
		// net/http removes the files of the form of the request that it made.
		if r.MultipartForm == nil {
			r.MultipartForm = c.Request.MultipartForm
		}
		t.end(c, span, w, value)
		if value != nil {
			panic(value)
		}
	}()
	c.Next()
}

// parent is the request's context, with the caller's trace if it names one.
func (t *tracing) parent(r *http.Request) context.Context {
	return t.propagator.Extract(r.Context(), traceHeader(r.Header))
}

// end names the span by its route, which is known by now.
func (t *tracing) end(c *gin.Context, span trace.Span, w gin.ResponseWriter, value any) {
	if !span.IsRecording() {
		span.End()
		return
	}
	route := t.route(c)
	if route != "" {
		span.SetName(spanMethod(c.Request.Method) + " " + route)
	}
	status, aborted := outcome(w, value)
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "") // the status code says it all
	}
	span.SetAttributes(answerAttributes(route, status, aborted)...)
	span.End()
}

// spanMethod is the method as spans are named by it.
func spanMethod(method string) string {
	if known := knownMethod(method); known != otherMethod {
		return known
	}
	return "HTTP"
}
