package middleware

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// Traceparent gives the span of ctx as the W3C headers traceparent and
// tracestate hand it on (https://www.w3.org/TR/trace-context/), in the version
// 00. Both are "" where there is no valid span, and tracestate where it is
// empty.
//
// # Memory
//
// One allocation, and another for a tracestate.
func Traceparent(ctx context.Context) (traceparent, tracestate string) {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return "", ""
	}
	const version = "00-"
	traceID, spanID := span.TraceID(), span.SpanID()
	flags := byte(span.TraceFlags() & (trace.FlagsSampled | trace.FlagsRandom)) // the others have no meaning yet
	var room [len(version) + 2*len(traceID) + 1 + 2*len(spanID) + 1 + 2]byte
	text := append(room[:0], version...)
	text = hex.AppendEncode(text, traceID[:])
	text = append(text, '-')
	text = hex.AppendEncode(text, spanID[:])
	text = append(text, '-')
	text = hex.AppendEncode(text, []byte{flags})
	return string(text), span.TraceState().String()
}

// traceHeader reads the fields of a trace from a request. OpenTelemetry's own
// carrier would make the canonical name of each anew.
type traceHeader http.Header

// Get gives a field's one line. Two traceparents are none, and the lines of a
// tracestate are one list (Trace Context, sections 3.2 and 3.3).
func (h traceHeader) Get(name string) string {
	lines := h.Values(name)
	switch {
	case len(lines) == 1:
		return lines[0]
	case len(lines) == 0 || name == "traceparent":
		return ""
	}
	return strings.Join(lines, ",")
}

// Values gives a field's lines.
func (h traceHeader) Values(name string) []string {
	switch name {
	case "traceparent":
		return h["Traceparent"]
	case "tracestate":
		return h["Tracestate"]
	case "baggage":
		return h["Baggage"]
	}
	return http.Header(h).Values(name)
}

// Keys gives the names of all fields.
func (h traceHeader) Keys() []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	return names
}

// Set is for senders, which this is not: a request's header stays as it came.
func (h traceHeader) Set(string, string) {}
