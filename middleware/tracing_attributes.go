package middleware

import (
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// requestAttributes are those that are known before the handlers run.
func (t *tracing) requestAttributes(r *http.Request) []attribute.KeyValue {
	scheme, host := t.self(r)
	address, port := splitHostPort(host)
	method := knownMethod(r.Method)
	attrs := make([]attribute.KeyValue, 0, 9)
	attrs = append(attrs,
		semconv.HTTPRequestMethodKey.String(method),
		semconv.URLScheme(scheme),
		semconv.URLPath(r.URL.EscapedPath()),
		semconv.ServerAddress(address),
		semconv.NetworkProtocolVersion(protocolVersion(r)),
	)
	if method == otherMethod {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(r.Method))
	}
	if port != 0 {
		attrs = append(attrs, semconv.ServerPort(port))
	}
	if client := t.client(r); client != "" {
		attrs = append(attrs, semconv.ClientAddress(client))
	}
	if agent := r.UserAgent(); agent != "" {
		attrs = append(attrs, semconv.UserAgentOriginal(agent))
	}
	return attrs
}

// answerAttributes are those of the end. An exchange that was cut is an error of
// its own kind; it has no status if none was sent.
func answerAttributes(route string, status int, aborted bool) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 3)
	if route != "" {
		attrs = append(attrs, semconv.HTTPRoute(route))
	}
	if !aborted || status != statusNoAnswer {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(status))
	}
	switch {
	case aborted:
		attrs = append(attrs, semconv.ErrorTypeKey.String("aborted"))
	case status >= http.StatusInternalServerError:
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	}
	return attrs
}

// protocolVersion is 1.0, 1.1, 2 or 3.
func protocolVersion(r *http.Request) string {
	version := strings.TrimPrefix(r.Proto, "HTTP/")
	if r.ProtoMajor > 1 {
		version = strings.TrimSuffix(version, ".0")
	}
	return version
}

// splitHostPort takes a Host header apart. Without a port it is 0.
func splitHostPort(host string) (address string, port int) {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if n, err := strconv.ParseUint(host[i+1:], 10, 16); err == nil {
			host, port = host[:i], int(n)
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return host, port
}
