package spikard

import (
	"errors"
	"log/slog"
	"time"
)

// Config says how the server listens and what it allows. The zero value
// works. A field that is set wins over the environment variable of the same
// setting (SPIKARD_MAX_BODY_SIZE), that over what the Python app's
// ServerConfig sets, and that over the default named beside the field; what is
// unset never overrides anything. CONFIGURATION.md has one row for each
// setting with its three names.
//
// A pointer to a plain value is there because its zero means something: nil is
// unset. A pointer to a struct is a section. One that is set here is Go's
// alone; otherwise the environment's variables are laid, field by field, over
// the section of Python's ServerConfig, or over its defaults.
//
// Printing a Config or logging it shows every effective setting, where each
// came from, and no secret.
//
// # Concurrency
//
// A Config and its sections must not change once a [Module] has them.
type Config struct {
	// Addr is the TCP address to listen on, host:port: 127.0.0.1:8000. Port 0
	// takes a free one; [Server.Addr] tells which.
	Addr string `setting:"host,port" default:"127.0.0.1:8000"`
	// UnixSocket is the path of a Unix socket to listen on instead of an address.
	// The file has mode 0660 and is removed at the end.
	UnixSocket string `setting:"unix_socket"`
	// TLSCertFile is a file with the PEM certificate chain. With it and
	// TLSKeyFile the server speaks TLS, and HTTP/2 to those who ask for it.
	TLSCertFile string `setting:"tls_cert_file"`
	// TLSKeyFile is a file with the PEM key of TLSCertFile.
	TLSKeyFile string `setting:"tls_key_file"`

	// ReadHeaderTimeout bounds the reading of a request's header: 10 s.
	ReadHeaderTimeout time.Duration `setting:"header_timeout" default:"10s" check:"above=0"`
	// ReadTimeout bounds the reading of a whole request. Unset: no bound, so
	// that a large upload over a slow line can end.
	ReadTimeout time.Duration `setting:"read_timeout" check:"above=0"`
	// WriteTimeout bounds the time from the end of a request's header to the
	// end of its answer. Unset: no bound.
	WriteTimeout time.Duration `setting:"write_timeout" check:"above=0"`
	// IdleTimeout is how long a connection may wait for its next request:
	// 2 minutes.
	IdleTimeout time.Duration `setting:"idle_timeout" default:"2m" check:"above=0"`
	// RequestTimeout is how long a request may take until it is answered with
	// 408: 30 s. Negative, or None in Python: no bound.
	RequestTimeout time.Duration `setting:"request_timeout" default:"30s" null:"none" check:"nonzero"`
	// ShutdownTimeout is how long requests in flight, and then background work, may
	// take to end when the server stops: 30 s in all. See [Module] for what fx adds to
	// it.
	ShutdownTimeout time.Duration `setting:"shutdown_timeout" default:"30s" check:"above=0"`

	// MaxHeaderBytes bounds a request's line and header fields: 1 MiB, as in
	// net/http, which reads 4 KiB more. A value that is set is enforced exactly;
	// a larger header is answered with 431.
	MaxHeaderBytes int `setting:"max_header_size" check:"min=1"`
	// MaxBodySize bounds a request's body: 10 MiB. A larger one is answered
	// with 413 before it is read.
	MaxBodySize int64 `setting:"max_body_size" default:"10485760" check:"min=1"`
	// MaxFormFields bounds the fields of a form: 1,000. More are answered with
	// 413.
	MaxFormFields int `setting:"max_form_fields" default:"1000" check:"min=1"`
	// MaxFormFiles bounds the files of a form: 1,000. More are answered with 413.
	MaxFormFiles int `setting:"max_form_files" default:"1000" check:"min=1"`
	// MaxFormFieldSize bounds the text of one field of a form: 1 MiB. A longer one
	// is answered with 413. A file's size is bounded by MaxBodySize and by its
	// route's rules.
	MaxFormFieldSize int64 `setting:"max_form_field_size" default:"1048576" check:"min=1"`
	// MaxFileMemory is how much of an uploaded file is kept in memory: 1 MiB.
	// A larger one lies in a temporary file until its request ends.
	MaxFileMemory int64 `setting:"max_file_memory" default:"1048576" check:"min=1"`
	// MaxQueryParams bounds the parameters of a query, and the cookies: 1,000.
	// More are answered with 400.
	MaxQueryParams int `setting:"max_query_params" default:"1000" check:"min=1"`
	// MaxObjectKeys bounds the members of one object of a JSON body: 100,000.
	// More are answered with 400.
	MaxObjectKeys int `setting:"max_object_keys" default:"100000" check:"min=1"`

	// EventKeepAlive is how long a stream of server-sent events may be silent
	// before a comment is sent: 15 s. Negative, or None in Python: for ever.
	EventKeepAlive time.Duration `setting:"event_keep_alive" default:"15s" null:"none" check:"nonzero"`
	// WebSocketMaxMessage bounds a message from a WebSocket: 1 MiB. A larger one
	// closes it with 1009.
	WebSocketMaxMessage int64 `setting:"websocket_max_message" default:"1048576" check:"min=1"`
	// WebSocketPing is how long a WebSocket's client may be silent before it is
	// asked whether it is there, and how long it may take to answer: 20 s.
	// Negative, or None in Python: it isn't asked.
	WebSocketPing time.Duration `setting:"websocket_ping" default:"20s" null:"none" check:"nonzero"`
	// WebSocketIdle closes a WebSocket whose client has sent no message for so
	// long. Unset: it may be silent.
	WebSocketIdle time.Duration `setting:"websocket_idle" check:"above=0"`
	// WebSocketCompression compresses messages for clients that take them so
	// (RFC 7692): true.
	WebSocketCompression *bool `setting:"websocket_compression" default:"true"`
	// WebSocketOrigins are the origins of pages that may open WebSockets besides
	// those of this host, as https://*.example.com; "*" is any.
	WebSocketOrigins []string `setting:"websocket_origins" check:"origins"`

	// TrustedProxies are the addresses and CIDR ranges of the proxies whose
	// X-Forwarded-For, -Proto and -Host are believed: none.
	TrustedProxies []string `setting:"trusted_proxies"`
	// RequestID gives each request an id, on its answer as X-Request-ID and on
	// the lines logged of it: true.
	RequestID *bool `setting:"enable_request_id" default:"true"`
	// AccessLog logs one line for each request.
	AccessLog bool `setting:"access_log"`
	// Debug answers a failure with its traceback, for people who write the app.
	// It is refused where others can connect: with an address that isn't of the
	// loopback interface, unless DebugPublic is set.
	Debug bool `setting:"debug"`
	// DebugPublic allows Debug and DebugEndpoint on any address. Whoever can connect then reads
	// tracebacks, with the values and paths in them.
	DebugPublic bool `setting:"debug_public"`
	// DebugEndpoint serves /debug/spikard: the threads and tasks of Python with their
	// stacks, the requests in flight, and who waits for the GIL. Like Debug, it is
	// refused where others can connect unless DebugPublic is set.
	DebugEndpoint bool `setting:"debug_endpoint"`
	// ValidateResponses checks every answer of a Python handler against its
	// response_schema, or else against the type it says it returns. A mismatch
	// is answered with 500 and logged with its place in the answer.
	ValidateResponses bool `setting:"validate_responses"`

	// RouteThreads is how many calls of one route may be inside Python at once,
	// where the route doesn't say. Unset: it shares 256 places for slow calls with
	// the others, of which it gets as many as it leaves free. Each that is used is
	// an OS thread.
	RouteThreads int `setting:"route_threads" check:"min=1 max=4096"`
	// RouteQueue is how many calls of one route may wait for a place, where the
	// route doesn't say: 1,000. Those above are answered with 503.
	RouteQueue *int `setting:"route_queue" default:"1000" check:"min=0 max=1000000"`

	// Compression compresses answers. It is on unless its Off is set.
	Compression *Compression `setting:"compression" default:"on"`
	// RateLimit limits how many requests are served.
	RateLimit *RateLimit `setting:"rate_limit"`
	// JWTAuth authenticates by JSON Web Token.
	JWTAuth *JWTAuth `setting:"jwt_auth"`
	// APIKeyAuth authenticates by key.
	APIKeyAuth *APIKeyAuth `setting:"api_key_auth"`
	// Session keeps a session in a signed cookie.
	Session *Session `setting:"session"`
	// CSRF protects forms from other sites.
	CSRF *CSRF `setting:"csrf"`
	// CORS says which other origins a browser lets use the answers.
	CORS *CORS `setting:"cors"`
	// SecurityHeaders adds the header fields that tell browsers to be careful.
	SecurityHeaders *SecurityHeaders `setting:"security_headers"`
	// StaticFiles are folders whose files are served.
	StaticFiles []StaticFiles `setting:"static_files" env:"-"`
	// Metrics serves figures for Prometheus.
	Metrics *Metrics `setting:"metrics"`
	// Tracing records OpenTelemetry traces.
	Tracing *Tracing `setting:"tracing"`
	// Health serves checks for whoever runs the server. It is on unless its Off
	// is set.
	Health *Health `setting:"health" default:"on"`

	// Logger receives everything this module logs: the fx app's *slog.Logger
	// when it has one, else [slog.Default].
	Logger *slog.Logger `setting:"-"`
	// ServeWithFaults starts although dependencies are missing, circular or
	// of the wrong lifetime. The routes they affect answer 500; the faults
	// are logged. Every other fault still refuses the start.
	ServeWithFaults bool `setting:"-"`

	// origins says where each setting of a merged configuration is from.
	origins origins
}

// defaultShutdownTimeout is that of ShutdownTimeout, for a server that isn't
// running.
const defaultShutdownTimeout = 30 * time.Second

// ConfigError says that one setting can't be used.
type ConfigError struct {
	// Field names the setting as whoever set it did: by its Go field, its
	// environment variable, or its Python name after the app's.
	Field  string
	Reason string
}

// Error names the field and what is wrong.
func (e *ConfigError) Error() string { return "config: " + e.Field + ": " + e.Reason }

// Validate checks all that can be known of this value before a start. What
// the environment and Python add is checked at the start, and so are Debug and
// DebugEndpoint, which depend on them.
//
// # Errors
//
// One *[ConfigError] for each fault, joined.
func (c Config) Validate() error { return errors.Join(c.faults()...) }
