package middleware_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

func TestOrderHasReasons(t *testing.T) {
	t.Parallel()
	seen := map[middleware.Name]bool{}
	for _, place := range middleware.Order() {
		if place.Reason == "" || seen[place.Name] {
			t.Errorf("%+v", place)
		}
		seen[place.Name] = true
	}
	for _, name := range []middleware.Name{middleware.NameRequestID, middleware.NameRecovery, middleware.NameHeaderLimit, middleware.NameBodyLimit} {
		if !seen[name] {
			t.Errorf("%s has no place", name)
		}
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	trusted := middleware.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct {
		name               string
		proxies            middleware.Proxies
		peer               string
		xff, proto, host   []string
		addr, scheme, seen string
	}{
		{
			name: "nobody is trusted", peer: "10.0.0.1:99", xff: []string{"1.1.1.1"}, proto: []string{"https"}, host: []string{"x"},
			addr: "10.0.0.1", scheme: "http", seen: "own",
		},
		{
			name: "an untrusted peer", proxies: trusted, peer: "9.9.9.9:99", xff: []string{"1.1.1.1"}, proto: []string{"https"}, host: []string{"x"},
			addr: "9.9.9.9", scheme: "http", seen: "own",
		},
		{
			name: "one proxy", proxies: trusted, peer: "10.0.0.1:99", xff: []string{"1.1.1.1"}, proto: []string{"https"}, host: []string{"shop.example:8443"},
			addr: "1.1.1.1", scheme: "https", seen: "shop.example:8443",
		},
		{
			name: "the client forges the left", proxies: trusted, peer: "10.0.0.1:99", xff: []string{"6.6.6.6, 1.1.1.1"}, proto: []string{"https, http"},
			host: []string{"evil, shop"}, addr: "1.1.1.1", scheme: "http", seen: "shop",
		},
		{
			name: "two proxies", proxies: trusted, peer: "10.0.0.1:99", xff: []string{"6.6.6.6", "1.1.1.1, 10.0.0.2"}, proto: []string{"https, http"},
			host: []string{"shop, inner"}, addr: "1.1.1.1", scheme: "https", seen: "shop",
		},
		{name: "all are trusted", proxies: trusted, peer: "10.0.0.1:99", xff: []string{"10.0.0.3, 10.0.0.2"}, addr: "10.0.0.3", scheme: "http", seen: "own"},
		{
			name: "rubbish", proxies: trusted, peer: "10.0.0.1:99", xff: []string{"1.1.1.1, unknown"}, proto: []string{"gopher"}, host: []string{"a b"},
			addr: "10.0.0.1", scheme: "http", seen: "own",
		},
		{name: "ports and brackets", proxies: trusted, peer: "[fd00::1%eth0]:99", xff: []string{"[2001:db8::1]:80"}, addr: "2001:db8::1", scheme: "http", seen: "own"},
		{name: "an IPv4 address in IPv6", proxies: trusted, peer: "[::ffff:10.0.0.1]:99", xff: []string{"1.1.1.1:1234"}, addr: "1.1.1.1", scheme: "http", seen: "own"},
		{name: "trusted, without headers", proxies: trusted, peer: "10.0.0.1:99", addr: "10.0.0.1", scheme: "http", seen: "own"},
		{name: "a Unix socket", proxies: trusted, peer: "@", xff: []string{"1.1.1.1"}, addr: "", scheme: "http", seen: "own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/", nil)
			r.Host, r.RemoteAddr = "own", tt.peer
			r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = tt.xff, tt.proto, tt.host
			want := middleware.Client{Addr: tt.addr, Scheme: tt.scheme, Host: tt.seen}
			if got := tt.proxies.Client(r); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:1", "1.1.1.1, 10.0.0.2", "https", "h")
	trusted := middleware.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, xff, proto, host string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = []string{xff}, []string{proto}, []string{host}
		got := trusted.Client(r)
		if got.Scheme != "http" && got.Scheme != "https" || strings.ContainsAny(got.Host, " \t/") {
			t.Errorf("%+v", got)
		}
		if got.Addr != "" {
			if _, err := netip.ParseAddr(got.Addr); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRequestIDAlone(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Use(middleware.RequestID())
	engine.GET("/", func(c *gin.Context) { c.String(200, middleware.RequestIDOf(c)) })
	for sent, kept := range map[string]bool{"ok-1": true, "": false, "a b": false, strings.Repeat("x", 129): false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["X-Request-Id"] = []string{sent}
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		got := w.Body.String()
		if got != w.Header().Get("X-Request-ID") || kept != (got == sent) || len(got) == 0 {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
}

func TestRecoveryAlone(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	var seen any
	engine.Use(middleware.Recovery(func(c *gin.Context, value any, stack []byte, answered bool) {
		seen = value
		if len(stack) == 0 {
			t.Error("no stack")
		}
		if !answered {
			c.String(500, "caught")
		}
	}))
	engine.GET("/early", func(*gin.Context) { panic("early") })
	engine.GET("/late", func(c *gin.Context) { c.String(200, "half"); panic("late") })
	engine.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, httptest.NewRequest("GET", "/early", nil))
	if w.Code != 500 || w.Body.String() != "caught" || seen != "early" {
		t.Errorf("%d %s %v", w.Code, w.Body, seen)
	}
	for _, path := range []string{"/late", "/abort"} {
		func() {
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("%s: %v", path, err)
				}
			}()
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
		}()
	}
	if seen != "late" {
		t.Errorf("%v", seen)
	}
}
