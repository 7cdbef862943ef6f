package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// SecureHeadersConfig holds the values of the headers that tell a browser what
// it may do with an answer. In each field "" is the default and "-" leaves the
// header out.
type SecureHeadersConfig struct {
	// ContentTypeOptions is X-Content-Type-Options: nosniff.
	ContentTypeOptions string
	// FrameOptions is X-Frame-Options: DENY.
	FrameOptions string
	// ReferrerPolicy is Referrer-Policy: strict-origin-when-cross-origin.
	ReferrerPolicy string
	// OpenerPolicy is Cross-Origin-Opener-Policy: same-origin.
	OpenerPolicy string
	// ContentSecurityPolicy is Content-Security-Policy: frame-ancestors 'none'.
	// More would break pages; an API without any may say "default-src 'none';
	// frame-ancestors 'none'".
	ContentSecurityPolicy string
	// PermissionsPolicy is Permissions-Policy, which is left out by default.
	PermissionsPolicy string
	// HSTS is Strict-Transport-Security: max-age=31536000, a year. It is sent
	// over HTTPS only (RFC 6797, section 7.2). includeSubDomains binds hosts
	// that this server knows nothing of, so that somebody has to ask for it.
	HSTS string

	// HTTPS tells whether the client came over HTTPS, for servers behind
	// trusted proxies. Nil: by TLS.
	HTTPS func(r *http.Request) bool
}

// presetHeader is a field of every answer.
type presetHeader struct {
	name  string
	lines []string
}

// SecureHeaders sets security headers on every answer, refusals included.
// A handler that sets one of them itself replaces it.
//
// # Memory
//
// The values are shared by all answers: they may be replaced and added to, but
// not written into.
func SecureHeaders(config SecureHeadersConfig) gin.HandlerFunc {
	always := presetHeaders(
		"X-Content-Type-Options", config.ContentTypeOptions, "nosniff",
		"X-Frame-Options", config.FrameOptions, "DENY",
		"Referrer-Policy", config.ReferrerPolicy, "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy", config.OpenerPolicy, "same-origin",
		"Content-Security-Policy", config.ContentSecurityPolicy, "frame-ancestors 'none'",
		"Permissions-Policy", config.PermissionsPolicy, "-",
	)
	overHTTPS := presetHeaders("Strict-Transport-Security", config.HSTS, "max-age=31536000")
	https := config.HTTPS
	if https == nil {
		https = func(r *http.Request) bool { return r.TLS != nil }
	}
	return func(c *gin.Context) {
		header := c.Writer.Header()
		for i := range always {
			header[always[i].name] = always[i].lines
		}
		if len(overHTTPS) > 0 && https(c.Request) {
			header[overHTTPS[0].name] = overHTTPS[0].lines
		}
	}
}

// presetHeaders takes a name, what is configured and the default in turn.
func presetHeaders(triples ...string) []presetHeader {
	var out []presetHeader
	for ; len(triples) > 0; triples = triples[3:] {
		value := triples[1]
		if value == "" {
			value = triples[2]
		}
		if value != "-" {
			out = append(out, presetHeader{triples[0], []string{value}})
		}
	}
	return out
}
