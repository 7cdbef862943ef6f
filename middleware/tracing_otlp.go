package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// OTLPOptions say where a service's spans are sent. What is unset is taken from
// OpenTelemetry's environment variables, OTEL_*, or from its defaults.
type OTLPOptions struct {
	// Endpoint is the collector's URL: "http://localhost:4318". Without a path
	// it gets /v1/traces.
	Endpoint string
	// Headers go with every export, as a vendor's key.
	Headers map[string]string
	// ServiceName and ServiceVersion say whose spans they are.
	ServiceName, ServiceVersion string
	// SampleRatio is the part of the traces beginning here that is sampled,
	// from 0 to 1: all, if it is 0. Negative: none. A trace that began
	// elsewhere is sampled if its caller samples it.
	SampleRatio float64
	// Log hears of spans that could not be sent: [slog.Default].
	Log *slog.Logger
}

// NewOTLP makes a provider that sends spans in batches, by OTLP over HTTP in
// protobuf. Its Shutdown sends what is left, waits for that as long as its
// context lasts, and ends the goroutine that sends. Nothing is sent before there
// are spans, so that a collector may be started later.
//
// # Errors
//
// All faults of the options, joined.
func NewOTLP(ctx context.Context, opts OTLPOptions) (*sdktrace.TracerProvider, error) {
	to, endpointFault := opts.exporter()
	sampler, ratioFault := opts.sampler()
	if err := errors.Join(endpointFault, ratioFault); err != nil {
		return nil, err
	}
	own, err := opts.resource()
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, to...)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(newLoggedExporter(exporter, opts.Log)),
		sdktrace.WithSampler(sdktrace.ParentBased(sampler)),
		sdktrace.WithResource(own),
	), nil
}

func (o OTLPOptions) exporter() ([]otlptracehttp.Option, error) {
	var to []otlptracehttp.Option
	if len(o.Headers) > 0 {
		to = append(to, otlptracehttp.WithHeaders(o.Headers))
	}
	if o.Endpoint == "" {
		return to, nil
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("tracing: Endpoint: %q is no http or https URL of a host and perhaps a path", o.Endpoint)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return append(to, otlptracehttp.WithEndpointURL(u.String())), nil
}

func (o OTLPOptions) sampler() (sdktrace.Sampler, error) {
	switch ratio := o.SampleRatio; {
	case ratio > 1, math.IsNaN(ratio):
		return nil, fmt.Errorf("tracing: SampleRatio: %v is not in 0 to 1", ratio)
	case ratio < 0:
		return sdktrace.NeverSample(), nil
	case ratio == 0:
		return sdktrace.AlwaysSample(), nil
	default:
		return sdktrace.TraceIDRatioBased(ratio), nil
	}
}

// resource is the default one, which the environment may add to, with what the
// options say.
func (o OTLPOptions) resource() (*resource.Resource, error) {
	var own []attribute.KeyValue
	if o.ServiceName != "" {
		own = append(own, semconv.ServiceName(o.ServiceName))
	}
	if o.ServiceVersion != "" {
		own = append(own, semconv.ServiceVersion(o.ServiceVersion))
	}
	all, err := resource.Merge(resource.Default(), resource.NewSchemaless(own...))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return all, nil
}

// loggedExporter tells a logger of failures, which OpenTelemetry would write to
// the standard error: of the first of a row, and of the row when it has ended.
// It is the batcher's, which exports one batch at a time.
type loggedExporter struct {
	sdktrace.SpanExporter
	log  *slog.Logger
	lost int
}

func newLoggedExporter(to sdktrace.SpanExporter, log *slog.Logger) *loggedExporter {
	if log == nil {
		log = slog.Default()
	}
	return &loggedExporter{SpanExporter: to, log: log}
}

// ExportSpans sends a batch. It gives no error, since it has logged it.
func (e *loggedExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil:
		if e.lost == 0 {
			e.log.WarnContext(ctx, "spans could not be sent", "error", err)
		}
		e.lost += len(spans)
	case e.lost > 0:
		e.log.InfoContext(ctx, "spans are sent again", "lost", e.lost)
		e.lost = 0
	}
	return nil
}
