package spikard

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Config says how the server listens and what it allows. The zero value
// works: each unset field takes what the Python app's ServerConfig sets, and
// else the default named beside it.
type Config struct {
	// Addr is the TCP address to listen on: "127.0.0.1:8000". Port 0 takes a
	// free one; [Server.Addr] tells which.
	Addr string
	// UnixSocket is the path of a Unix socket to listen on instead of Addr.
	// The file has mode 0660 and is removed at the end.
	UnixSocket string
	// TLSCertFile and TLSKeyFile hold the PEM certificate chain and its key.
	// With both, the server speaks TLS, and HTTP/2 to those who ask for it.
	TLSCertFile string
	TLSKeyFile  string

	// ReadHeaderTimeout bounds the reading of a request's header: 10 s.
	ReadHeaderTimeout time.Duration
	// ReadTimeout bounds the reading of a whole request. Unset: no bound, so
	// that a large upload over a slow line can end.
	ReadTimeout time.Duration
	// WriteTimeout bounds the time from the end of a request's header to the
	// end of its answer. Unset: no bound.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request:
	// 2 minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes bounds a request's line and header fields: 1 MiB, as in
	// net/http, which reads 4 KiB more. A value that is set is enforced exactly;
	// a larger header is answered with 431.
	MaxHeaderBytes int
	// MaxBodySize bounds a request's body: 10 MiB. A larger one is answered
	// with 413 before it is read.
	MaxBodySize int64
	// MaxFormFields and MaxFormFiles bound the fields and the files of a form:
	// 1,000 each. MaxFormFieldSize bounds one field's text: 1 MiB; a file's
	// size is bounded by MaxBodySize and by its route's rules. All are answered
	// with 413.
	MaxFormFields    int
	MaxFormFiles     int
	MaxFormFieldSize int64
	// MaxFileMemory is how much of an uploaded file is kept in memory: 1 MiB.
	// A larger one lies in a temporary file until its request ends.
	MaxFileMemory int64
	// MaxQueryParams bounds the parameters of a query, and the cookies: 1,000.
	// MaxObjectKeys bounds the members of one object of a JSON body: 100,000.
	// Both are answered with 400.
	MaxQueryParams int
	MaxObjectKeys  int

	// ShutdownTimeout is how long requests in flight may take to end when the
	// server stops: 30 s. See [Module] for what fx adds to it.
	ShutdownTimeout time.Duration
	// TrustedProxies are the addresses and CIDR ranges of the proxies whose
	// X-Forwarded-For, -Proto and -Host are believed: none.
	TrustedProxies []string
	// Logger receives everything this module logs: the fx app's *slog.Logger
	// when it has one, else [slog.Default].
	Logger *slog.Logger
	// ValidateResponses checks every answer of a Python handler against its
	// response_schema, or else against the type it says it returns. A mismatch
	// is answered with 500 and logged with its place in the answer.
	ValidateResponses bool
	// ServeWithFaults starts although dependencies are missing, circular or
	// of the wrong lifetime. The routes they affect answer 500; the faults
	// are logged. Every other fault still refuses the start.
	ServeWithFaults bool
}

// The defaults of Config.
const (
	defaultAddr              = "127.0.0.1:8000"
	defaultReadHeaderTimeout = 10 * time.Second
	defaultIdleTimeout       = 2 * time.Minute
	defaultMaxBodySize       = 10 << 20
	defaultMaxFormParts      = 1000
	defaultMaxFormFieldSize  = 1 << 20
	defaultMaxFileMemory     = 1 << 20
	defaultMaxQueryParams    = 1000
	defaultMaxObjectKeys     = 100_000
	defaultShutdownTimeout   = 30 * time.Second
)

// ConfigError says that one field of a configuration can't be used.
type ConfigError struct {
	// Field is its Go or its Python name.
	Field  string
	Reason string
}

// Error names the field and what is wrong.
func (e *ConfigError) Error() string { return "config: " + e.Field + ": " + e.Reason }

// Validate checks all that can be known before a start.
//
// # Errors
//
// One *[ConfigError] for each fault, joined.
func (c Config) Validate() error {
	var faults []error
	fault := func(field, format string, args ...any) {
		faults = append(faults, &ConfigError{Field: field, Reason: fmt.Sprintf(format, args...)})
	}
	if c.Addr != "" && c.UnixSocket != "" {
		fault("Addr", "%q and UnixSocket %q exclude each other: set one", c.Addr, c.UnixSocket)
	}
	if c.Addr != "" {
		if _, _, err := net.SplitHostPort(c.Addr); err != nil {
			fault("Addr", "%q is not host:port (%v)", c.Addr, err)
		}
	}
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		fault("TLSCertFile", "TLSCertFile and TLSKeyFile go together: set both or none")
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"ReadHeaderTimeout", c.ReadHeaderTimeout},
		{"ReadTimeout", c.ReadTimeout},
		{"WriteTimeout", c.WriteTimeout},
		{"IdleTimeout", c.IdleTimeout},
		{"ShutdownTimeout", c.ShutdownTimeout},
	} {
		if d.value < 0 {
			fault(d.field, "%s is negative", d.value)
		}
	}
	for _, n := range []struct {
		field string
		value int64
	}{
		{"MaxHeaderBytes", int64(c.MaxHeaderBytes)},
		{"MaxBodySize", c.MaxBodySize},
		{"MaxFormFields", int64(c.MaxFormFields)},
		{"MaxFormFiles", int64(c.MaxFormFiles)},
		{"MaxFormFieldSize", c.MaxFormFieldSize},
		{"MaxFileMemory", c.MaxFileMemory},
		{"MaxQueryParams", int64(c.MaxQueryParams)},
		{"MaxObjectKeys", int64(c.MaxObjectKeys)},
	} {
		if n.value < 0 {
			fault(n.field, "%d is negative", n.value)
		}
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// withDefaults fills the unset fields.
func (c Config) withDefaults() Config {
	if c.Addr == "" && c.UnixSocket == "" {
		c.Addr = defaultAddr
	}
	setDefault(&c.ReadHeaderTimeout, defaultReadHeaderTimeout)
	setDefault(&c.IdleTimeout, defaultIdleTimeout)
	setDefault(&c.MaxBodySize, defaultMaxBodySize)
	setDefault(&c.MaxFormFields, defaultMaxFormParts)
	setDefault(&c.MaxFormFiles, defaultMaxFormParts)
	setDefault(&c.MaxFormFieldSize, defaultMaxFormFieldSize)
	setDefault(&c.MaxFileMemory, defaultMaxFileMemory)
	setDefault(&c.MaxQueryParams, defaultMaxQueryParams)
	setDefault(&c.MaxObjectKeys, defaultMaxObjectKeys)
	setDefault(&c.ShutdownTimeout, defaultShutdownTimeout)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var unset T
	if *field == unset {
		*field = value
	}
}

// parseProxies reads addresses and CIDR ranges.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	var faults []error
	for i, text := range list {
		prefix, err := parseProxy(strings.TrimSpace(text))
		if err != nil {
			faults = append(faults, &ConfigError{
				Field:  fmt.Sprintf("TrustedProxies[%d]", i),
				Reason: fmt.Sprintf("%q is no IP address and no CIDR range, as 10.0.0.0/8", text),
			})
			continue
		}
		out = append(out, prefix)
	}
	return out, errors.Join(faults...)
}

func parseProxy(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return addr.Prefix(addr.BitLen())
}
