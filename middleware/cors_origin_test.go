package middleware_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

func TestCORSOrigins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allowed, regex string
		yes, no        []string
	}{
		{
			allowed: "https://Example.com:443",
			yes:     []string{"https://example.com"},
			no: []string{
				"https://Example.com", "https://example.com:443", "https://example.com:8443", "http://example.com", "https://example.com.", "https://example.com.evil.com",
				"https://evilexample.com", "https://www.example.com", "https://example.co", "https://example.com/", "null",
			},
		},
		{
			allowed: "https://*.example.com",
			yes:     []string{"https://a.example.com", "https://a.b.example.com", "https://a-b_1.example.com"},
			no: []string{
				"https://example.com", "https://.example.com", "https://..example.com", "https://example.com.evil.com", "https://evilexample.com", "https://a.example.com.evil.com",
				"http://a.example.com", "https://a.example.com:444", "https://evil.com/.example.com", "https://evil.com?.example.com", "https://evil.com#.example.com", "https://evil.com,.example.com",
				"https://evil.com`.example.com", "https://evil.com\\.example.com", "https://evil.com:80.example.com", "https://user@a.example.com", "https://a.example.com:", "https://A.example.com",
				"https://[a].example.com", "https://a.example.com https://b.example.com", "null",
			},
		},
		{
			allowed: "https://shop-*.example.com",
			yes:     []string{"https://shop-1.example.com"},
			no:      []string{"https://shop-.example.com", "https://shop-a.b.example.com", "https://ashop-1.example.com", "https://shop-.evil.com/.example.com"},
		},
		{
			allowed: "http://localhost:*",
			yes:     []string{"http://localhost", "http://localhost:1", "http://localhost:65535"},
			no:      []string{"https://localhost", "http://localhost:", "http://localhost:8a", "http://localhost.evil.com:80", "http://localhost:80:80", "http://localhost:80@evil.com"},
		},
		{allowed: "http://[::1]:*", yes: []string{"http://[::1]", "http://[::1]:8000"}, no: []string{"http://[::2]", "http://[::1", "http://::1:80"}},
		{allowed: "https://*.localhost:8080", yes: []string{"https://a.localhost:8080"}, no: []string{"https://a.localhost", "https://localhost:8080"}},
		{allowed: "chrome-extension://abcdef", yes: []string{"chrome-extension://abcdef"}, no: []string{"chrome-extension://abcdeg"}},
		{allowed: "null", yes: []string{"null"}, no: []string{"NULL", "null.example.com", "https://null"}},
		{allowed: "*", yes: []string{"https://anything", "null", "x"}},
		{
			regex: `https://([a-z]+\.)?example\.com|http://b`,
			yes:   []string{"https://example.com", "https://a.example.com", "http://b"},
			no:    []string{"https://example.com.evil.com", "xhttps://example.com", "https://example.com\nx", "http://bb", "https://a.b.example.com"},
		},
		{regex: `.*`, yes: []string{"https://a.example.com"}, no: []string{"null", "a", "https://a/b", "https://a,b"}},
		{regex: `(?i)HTTPS://A\.EXAMPLE`, yes: []string{"https://a.example"}, no: []string{"https://A.example"}},
	} {
		config := middleware.CORSConfig{AllowOriginRegex: tt.regex}
		if tt.allowed != "" {
			config.AllowOrigins = []string{tt.allowed}
		}
		engine := corsEngine(t, config)
		try := func(origin string, status int) {
			r := dataRequest("GET")
			r.Host, r.Header["Origin"] = "server.invalid", []string{origin}
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, r)
			if w.Code != status {
				t.Errorf("%s%s: %q is answered with %d", tt.allowed, tt.regex, origin, w.Code)
			}
		}
		for _, origin := range tt.yes {
			try(origin, 200)
		}
		for _, origin := range tt.no {
			try(origin, 403)
		}
	}
}

// Whatever stands in Origin: what a wildcard lets through is, to a parser of
// URLs, a host below the domain, and what a list lets through stands in it.
func FuzzCORSOrigin(f *testing.F) {
	for _, seed := range []string{
		"https://a.example.com", "https://example.com.evil.com", "https://evilexample.com", "https://evil.com/.example.com", "null",
		"https://a@b.example.com", "https://exact.test:8443", "https://[::1].example.com", "https://.example.com", "https://a.example.com:80:90",
	} {
		f.Add(seed)
	}
	engine := corsEngine(f, middleware.CORSConfig{AllowOrigins: []string{"https://*.example.com", "https://exact.test:8443"}, AllowCredentials: true})
	f.Fuzz(func(t *testing.T, origin string) {
		r := dataRequest("OPTIONS", "Access-Control-Request-Method", "GET")
		r.Host, r.Header["Origin"] = "server.invalid", []string{origin}
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		granted := w.Header()["Access-Control-Allow-Origin"]
		if (w.Code == 204) != (len(granted) == 1) {
			t.Fatalf("%q: %d %v", origin, w.Code, granted)
		}
		if len(granted) == 0 || granted[0] == "https://exact.test:8443" {
			return
		}
		u, err := url.Parse(granted[0])
		if err != nil || granted[0] != origin || u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
			t.Fatalf("%q: %v", origin, err)
		}
		if label, ok := strings.CutSuffix(u.Hostname(), ".example.com"); !ok || label == "" || strings.HasPrefix(label, ".") {
			t.Fatalf("%q", origin)
		}
	})
}

// No text for a configuration makes the constructor panic, and one that it
// takes for a single origin allows that origin only.
func FuzzCORSConfig(f *testing.F) {
	for _, seed := range []string{"https://example.com", "http://localhost:*", "https://*.example.com", "null", "*", "https://[::1]:80", "a://b:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "*" || text == "null" {
			return
		}
		if _, err := middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{text}}); err != nil {
			return
		}
		u, err := url.Parse(strings.ReplaceAll(strings.ReplaceAll(text, ":*", ":1"), "*", "w"))
		if err != nil || u.Host == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q: %v %+v", text, err, u)
		}
	})
}
