package spikard

import "time"

// Compression compresses answers in the way the client likes best.
type Compression struct {
	// Off turns compression off, which nil can't: it is on where nothing is said.
	Off bool `setting:"-"`
	// Gzip allows gzip: true.
	Gzip *bool `setting:"gzip" default:"true"`
	// Brotli allows br: true.
	Brotli *bool `setting:"brotli" default:"true"`
	// Zstd allows zstd: true.
	Zstd *bool `setting:"zstd" default:"true"`
	// MinSize is the size of the smallest answer that is compressed: 1024 bytes.
	MinSize *int `setting:"min_size" default:"1024" check:"min=0"`
	// Quality is how hard to try, from 0 to 11: 6.
	Quality *int `setting:"quality" default:"6" check:"min=0 max=11"`
}

// RateLimit limits how many requests are served. Those above it are answered
// with 429.
type RateLimit struct {
	// PerSecond is how many requests a second are served in the long run.
	PerSecond float64 `setting:"per_second" check:"required above=0 max=1000000"`
	// Burst is how many may come at once.
	Burst int `setting:"burst" check:"required min=1"`
	// IPBased limits each client by its address, as TrustedProxies tell it:
	// true. Otherwise there is one limit for all.
	IPBased *bool `setting:"ip_based" default:"true"`
	// By says what has a limit of its own: client, principal (who is
	// authenticated, else the client) or header:NAME. Unset: as IPBased says.
	By string `setting:"by" check:"limit"`
	// RedisURL is a Redis that several processes share their limits through, as
	// redis://:password@host:6379/0. Unset: each process counts for itself.
	RedisURL SecretURL `setting:"redis_url" check:"url=redis|rediss|unix"`
	// FailOpen serves requests while Redis doesn't answer: true. Otherwise they
	// are refused.
	FailOpen *bool `setting:"fail_open" default:"true"`
	// MaxKeys bounds how many limits are kept in memory: 65,536.
	MaxKeys int `setting:"max_keys" default:"65536" check:"min=1"`
}

// CORS says which other origins a browser lets use the answers (Fetch
// Standard, "HTTP extensions").
type CORS struct {
	// AllowOrigins are the origins, as https://example.com. https://*.example.com
	// stands for the domains below it, http://localhost:* for every port, and "*"
	// alone for any.
	AllowOrigins []string `setting:"allow_origins" check:"origins"`
	// AllowOriginRegex allows the origins that it matches as a whole, too. Its
	// syntax is that of Go's package regexp.
	AllowOriginRegex string `setting:"allow_origin_regex" check:"regexp"`
	// AllowMethods are the methods that may be used: GET, HEAD and POST.
	AllowMethods []string `setting:"allow_methods" default:"GET,HEAD,POST" check:"token"`
	// AllowHeaders are the header fields that may be sent beside those that
	// always may. "*" is any.
	AllowHeaders []string `setting:"allow_headers" check:"token"`
	// ExposeHeaders are the header fields of answers that scripts may read beside
	// those that they always may.
	ExposeHeaders []string `setting:"expose_headers" check:"token"`
	// AllowCredentials allows cookies and authentication. It excludes "*" as an
	// origin.
	AllowCredentials bool `setting:"allow_credentials"`
	// AllowPrivateNetwork lets public pages reach this server where it is in a
	// private network.
	AllowPrivateNetwork bool `setting:"allow_private_network"`
	// MaxAge is how long a browser may keep the answer to a preflight: 10
	// minutes. 0: not at all.
	MaxAge *time.Duration `setting:"max_age" default:"10m" check:"min=0"`
}

// SecurityHeaders adds the header fields that tell browsers to be careful. For
// each field, unset is its default and "-" leaves it out.
type SecurityHeaders struct {
	// ContentTypeOptions is the value of X-Content-Type-Options: nosniff.
	ContentTypeOptions string `setting:"content_type_options" check:"header"`
	// FrameOptions is the value of X-Frame-Options: DENY.
	FrameOptions string `setting:"frame_options" check:"header"`
	// ReferrerPolicy is the value of Referrer-Policy:
	// strict-origin-when-cross-origin.
	ReferrerPolicy string `setting:"referrer_policy" check:"header"`
	// OpenerPolicy is the value of Cross-Origin-Opener-Policy: same-origin.
	OpenerPolicy string `setting:"opener_policy" check:"header"`
	// ContentSecurityPolicy is the value of Content-Security-Policy:
	// frame-ancestors 'none'.
	ContentSecurityPolicy string `setting:"content_security_policy" check:"header"`
	// PermissionsPolicy is the value of Permissions-Policy: it is left out.
	PermissionsPolicy string `setting:"permissions_policy" check:"header"`
	// StrictTransportSecurity is the value of Strict-Transport-Security, which is
	// sent over TLS only: max-age=31536000, a year.
	StrictTransportSecurity string `setting:"strict_transport_security" check:"header"`
}

// StaticFiles is a folder whose files are served. Those of a Python app that
// has a [Prefix] are served below it.
type StaticFiles struct {
	// Directory is the folder.
	Directory string `setting:"directory" check:"required"`
	// RoutePrefix is the path that the folder is served at.
	RoutePrefix string `setting:"route_prefix" check:"required path"`
	// IndexFile serves a folder's index.html for the folder: true.
	IndexFile *bool `setting:"index_file" default:"true"`
	// CacheControl is the value of Cache-Control. Unset: there is none.
	CacheControl string `setting:"cache_control" check:"header"`
	// Precompressed serves name.br, name.zst or name.gz for name, where they are
	// there and the client takes them: true.
	Precompressed *bool `setting:"precompressed" default:"true"`
}

// Metrics serves figures for Prometheus.
type Metrics struct {
	// Path is where they are: /metrics.
	Path string `setting:"path" default:"/metrics" check:"path"`
}

// Tracing records OpenTelemetry traces and continues those of the clients (W3C
// Trace Context).
type Tracing struct {
	// ServiceName is the name of this service in traces. Unset: what
	// OTEL_SERVICE_NAME says.
	ServiceName string `setting:"service_name"`
	// Endpoint is the collector's URL for OTLP over HTTP. Unset: what the
	// OTEL_EXPORTER_OTLP_* variables say.
	Endpoint SecretURL `setting:"endpoint" check:"url=http|https"`
	// SampleRatio is the part of the traces begun here that is recorded, from 0
	// to 1: all, 1. What a client has decided is kept to.
	SampleRatio *float64 `setting:"sample_ratio" default:"1" check:"min=0 max=1"`
}

// Health serves checks for whoever runs the server.
type Health struct {
	// Off turns the checks off, which nil can't: they are on where nothing is said.
	Off bool `setting:"-"`
	// LivenessPath answers as long as the process does: /healthz.
	LivenessPath string `setting:"liveness_path" default:"/healthz" check:"path"`
	// ReadinessPath answers 200 while requests can be served, else 503: /readyz.
	ReadinessPath string `setting:"readiness_path" default:"/readyz" check:"path"`
	// Timeout bounds the checks of one request: 5 s.
	Timeout time.Duration `setting:"timeout" default:"5s" check:"above=0"`
}
