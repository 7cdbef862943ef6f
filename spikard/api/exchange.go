package api

import (
	"context"
	"io"
	"iter"
)

// Exchange is one request and its answer, as a transport gives it to the
// request pipeline. Gin on net/http is the first transport; nothing above it
// may assume that it is the only one.
//
// # Concurrency
//
// An Exchange belongs to the goroutine that serves the request and must not be
// kept after it: transports pool them.
type Exchange interface {
	// Context ends when the client leaves, the deadline passes or the server
	// gives up draining.
	Context() context.Context

	// Method is the request's method in upper case.
	Method() string
	// EscapedPath is the request's path, percent-encoded as the router saw it.
	EscapedPath() string
	// PathValue is the percent-encoded text of the route template's i-th
	// parameter, counted from 0 from left to right.
	PathValue(i int) string
	// RawQuery is what follows the first "?" of the target, undecoded.
	RawQuery() string
	// Header gives the first value of a request header. The name must be in
	// the canonical form of [net/http.CanonicalHeaderKey].
	Header(name string) string
	// HeaderValues gives all values of a request header, in order. The name
	// must be canonical; the slice is the transport's, not to be changed.
	HeaderValues(name string) []string
	// Headers gives every request header line.
	Headers() iter.Seq2[string, string]
	// ContentLength is the body's announced length, or -1 when it is unknown.
	ContentLength() int64
	// Body reads the request's body. It is never nil and need not be closed.
	Body() io.Reader

	// ClientAddr is the client's IP address, as seen through the trusted
	// proxies only.
	ClientAddr() string
	// Scheme is "http" or "https", as seen through the trusted proxies only.
	Scheme() string
	// Host is the host the client asked for, as seen through the trusted
	// proxies only.
	Host() string
	// RequestID identifies the request in answers and log lines.
	RequestID() string

	// Set leaves a value for those that see the request later: hooks, the
	// handler, and in Python request.state, where it is what its JSON says. Get
	// gives one, or nil. A name must be one that Python allows.
	Set(name string, value any)
	Get(name string) any

	// SetHeader sets a header of the answer, AddHeader adds a line of one.
	// Both must come before Respond.
	SetHeader(name, value string)
	AddHeader(name, value string)
	// Respond sends the status and the whole body. It is called once; the
	// body is not kept. An empty contentType sends none.
	Respond(status int, contentType string, body []byte) error
}
