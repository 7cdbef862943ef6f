package middleware_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// secureFields gives the fields that are not net/http's or the handler's.
func secureFields(h http.Header) map[string]string {
	out := map[string]string{}
	for name, lines := range h {
		if name != "Date" && name != "Content-Length" && name != "Content-Type" {
			out[name] = lines[0]
		}
	}
	return out
}

func TestSecureHeaders(t *testing.T) {
	t.Parallel()
	defaults := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": "frame-ancestors 'none'",
	}
	overTLS := maps.Clone(defaults)
	overTLS["Strict-Transport-Security"] = "max-age=31536000"
	none := middleware.SecureHeadersConfig{
		ContentTypeOptions: "-", FrameOptions: "-", ReferrerPolicy: "-", OpenerPolicy: "-", ContentSecurityPolicy: "-", PermissionsPolicy: "-", HSTS: "-",
	}
	own := middleware.SecureHeadersConfig{
		ContentTypeOptions: "a", FrameOptions: "b", ReferrerPolicy: "c", OpenerPolicy: "d", ContentSecurityPolicy: "e", PermissionsPolicy: "f", HSTS: "g",
		HTTPS: func(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" },
	}
	set := map[string]string{
		"X-Content-Type-Options": "a", "X-Frame-Options": "b", "Referrer-Policy": "c",
		"Cross-Origin-Opener-Policy": "d", "Content-Security-Policy": "e", "Permissions-Policy": "f",
	}
	proxied := maps.Clone(set)
	proxied["Strict-Transport-Security"] = "g"
	for _, tt := range []struct {
		name   string
		config middleware.SecureHeadersConfig
		serve  func(http.Handler) *httptest.Server
		proto  string
		want   map[string]string
	}{
		{name: "by default", serve: httptest.NewServer, want: defaults},
		{name: "by default over TLS", serve: httptest.NewTLSServer, want: overTLS},
		{name: "none", config: none, serve: httptest.NewTLSServer, want: map[string]string{}},
		{name: "all set", config: own, serve: httptest.NewServer, want: set},
		{name: "behind a proxy", config: own, serve: httptest.NewServer, proto: "https", want: proxied},
		{name: "the function decides", config: own, serve: httptest.NewTLSServer, want: set},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine := gin.New()
			engine.Use(middleware.SecureHeaders(tt.config))
			server := tt.serve(engine)
			defer server.Close()
			r, _ := http.NewRequest("GET", server.URL, nil) // there is no route: a 404 has them too
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			answer, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if got := secureFields(answer.Header); !maps.Equal(got, tt.want) {
				t.Errorf("%v\nwant %v", got, tt.want)
			}
		})
	}
}

// What a handler sets replaces the default, and changes no other answer.
func TestSecureHeadersOfAHandler(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Use(middleware.SecureHeaders(middleware.SecureHeadersConfig{}))
	engine.GET("/own", func(c *gin.Context) {
		c.Header("X-Frame-Options", "SAMEORIGIN")
		c.Header("Referrer-Policy", "")
		c.Writer.Header().Add("Content-Security-Policy", "default-src 'self'")
	})
	get := func(path string) http.Header {
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Header()
	}
	own := get("/own")
	if own.Get("X-Frame-Options") != "SAMEORIGIN" || own["Referrer-Policy"] != nil || len(own["Content-Security-Policy"]) != 2 {
		t.Errorf("%v", own)
	}
	other := get("/other")
	if other.Get("X-Frame-Options") != "DENY" || other.Get("Referrer-Policy") == "" || len(other["Content-Security-Policy"]) != 1 {
		t.Errorf("%v", other)
	}
}

func TestSecureHeadersAllocateNothing(t *testing.T) {
	secure := middleware.SecureHeaders(middleware.SecureHeadersConfig{})
	if n := allocations(dataRequest("GET"), secure); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSecureHeaders(b *testing.B) {
	driveChain(b, httptest.NewRequest("GET", "/api/data", nil), middleware.SecureHeaders(middleware.SecureHeadersConfig{}))
}
