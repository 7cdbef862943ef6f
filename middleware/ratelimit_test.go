package middleware_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// rateAnswer is a RateStore that decides as it was told, and notes who asked.
type rateAnswer struct {
	decision middleware.RateDecision
	err      error
	keys     []string
}

func (s *rateAnswer) Take(_ context.Context, key string) (middleware.RateDecision, error) {
	s.keys = append(s.keys, key)
	return s.decision, s.err
}

func (s *rateAnswer) Close() error { return nil }

// rateLimited is an engine with the limit in front of one route.
func rateLimited(config middleware.RateLimitConfig) *gin.Engine {
	engine := gin.New()
	engine.Use(middleware.RateLimit(config))
	engine.GET("/", func(c *gin.Context) { c.String(200, "served") })
	return engine
}

func TestRateLimitServed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(rateLimited(middleware.RateLimitConfig{
		Store: middleware.NewRateMemory(middleware.Rate{PerSecond: 0.001, Burst: 2}, 0),
	}))
	defer server.Close()
	for i, want := range []int{200, 200, 429, 429} {
		response, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var problem api.Problem
		if want == 429 {
			err = json.NewDecoder(response.Body).Decode(&problem)
		}
		response.Body.Close()
		if response.StatusCode != want || err != nil {
			t.Errorf("request %d: %d, %v", i, response.StatusCode, err)
		}
		header := response.Header
		if header.Get("RateLimit-Limit") != "2" || header.Get("RateLimit-Remaining") != strconv.Itoa(max(1-i, 0)) {
			t.Errorf("request %d: %v", i, header)
		}
		if reset, err := strconv.Atoi(header.Get("RateLimit-Reset")); err != nil || reset < 1 || reset > 2000 {
			t.Errorf("request %d: reset %d, %v", i, reset, err)
		}
		wait := header.Get("Retry-After")
		if want == 200 {
			if wait != "" {
				t.Errorf("request %d: Retry-After %s", i, wait)
			}
			continue
		}
		if seconds, err := strconv.Atoi(wait); err != nil || seconds < 1 || seconds > 1000 {
			t.Errorf("request %d: Retry-After %s", i, wait)
		}
		if problem.Type != api.ProblemBase+"too-many-requests" || problem.Status != 429 || !strings.Contains(problem.Detail, wait+" s") {
			t.Errorf("request %d: %+v", i, problem)
		}
	}
}

func TestRateLimitAnswers(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	for _, tt := range []struct {
		name     string
		decision middleware.RateDecision
		err      error
		status   int
		header   [4]string // limit, remaining, reset, retry after
	}{
		{"allowed", middleware.RateDecision{Allowed: true, Limit: 100, Remaining: 99, ResetAfter: 3 * s}, nil, 200, [4]string{"100", "99", "3", ""}},
		{"seconds are rounded up", middleware.RateDecision{Allowed: true, Limit: 9, Remaining: 8, ResetAfter: 2*s + 1}, nil, 200, [4]string{"9", "8", "3", ""}},
		{"nothing owed", middleware.RateDecision{Allowed: true, Limit: 9, Remaining: 9}, nil, 200, [4]string{"9", "9", "0", ""}},
		{"refused", middleware.RateDecision{Limit: 5, RetryAfter: 61 * s, ResetAfter: 300 * s}, nil, 429, [4]string{"5", "0", "300", "61"}},
		{"a second at least", middleware.RateDecision{Limit: 5, RetryAfter: 2 * ms, ResetAfter: 10 * ms}, nil, 429, [4]string{"5", "0", "1", "1"}},
		{"the wait is rounded up", middleware.RateDecision{Limit: 1, RetryAfter: 1001 * ms, ResetAfter: 1001 * ms}, nil, 429, [4]string{"1", "0", "2", "2"}},
		{"refused without a time", middleware.RateDecision{Limit: 1}, nil, 429, [4]string{"1", "0", "0", "1"}},
		{"not counted", middleware.RateDecision{Allowed: true}, nil, 200, [4]string{}},
		{"undecided", middleware.RateDecision{}, errors.New("no store"), 503, [4]string{"", "", "", "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			rateLimited(middleware.RateLimitConfig{Store: &rateAnswer{decision: tt.decision, err: tt.err}}).
				ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			header := [4]string{}
			for i, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"} {
				header[i] = strings.Join(w.Header().Values(name), ", ")
			}
			if w.Code != tt.status || header != tt.header || (w.Body.String() == "served") != (tt.status == 200) {
				t.Errorf("%d %q %s, want %d %q", w.Code, header, w.Body, tt.status, tt.header)
			}
			if strings.Contains(w.Body.String(), "no store") {
				t.Error("the store's error reached the client")
			}
		})
	}
}

func TestRateLimitRefuse(t *testing.T) {
	t.Parallel()
	cause := errors.New("no store")
	for slug, store := range map[string]*rateAnswer{"too-many-requests": {}, "service-unavailable": {err: cause}} {
		var seen *api.Problem
		engine := rateLimited(middleware.RateLimitConfig{Store: store, Refuse: func(c *gin.Context, p *api.Problem) {
			seen = p
			if !c.IsAborted() || store.err != nil && !errors.Is(c.Errors.Last(), cause) {
				t.Errorf("%s: aborted %v, errors %v", slug, c.IsAborted(), c.Errors)
			}
			c.String(418, "own")
		}})
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 418 || w.Body.String() != "own" || seen.Type != api.ProblemBase+slug || seen.Header.Get("Retry-After") != "1" {
			t.Errorf("%d %s %+v", w.Code, w.Body, seen)
		}
	}
}

func TestRateLimitKeys(t *testing.T) {
	t.Parallel()
	byHeader := func(c *gin.Context) string { return c.GetHeader("X-API-Key") }
	for _, tt := range []struct {
		name string
		key  func(*gin.Context) string
		peer string
		sent string
		want string
	}{
		{"the peer", nil, "192.0.2.1:1234", "k", "[192.0.2.1]"},
		{"the peer's network", nil, "[2001:db8::1:2]:1234", "k", "[2001:db8::/64]"},
		{"a Unix socket", nil, "@", "k", "[]"},
		{"a key", byHeader, "192.0.2.1:1234", "k", "[k]"},
		{"no key", byHeader, "192.0.2.1:1234", "", "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &rateAnswer{decision: middleware.RateDecision{Allowed: true, Limit: 1}}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			r.Header.Set("X-API-Key", tt.sent)
			w := httptest.NewRecorder()
			rateLimited(middleware.RateLimitConfig{Store: store, Key: tt.key}).ServeHTTP(w, r)
			if got := fmt.Sprint(store.keys); w.Code != 200 || got != tt.want {
				t.Errorf("%d, taken from %s, want %s", w.Code, got, tt.want)
			}
			if counted := w.Header().Get("RateLimit-Limit") != ""; counted != (tt.want != "[]") {
				t.Errorf("%v", w.Header())
			}
		})
	}
}

func TestRateLimitNeedsStore(t *testing.T) {
	t.Parallel()
	for name, construct := range map[string]func(){
		"no store": func() { middleware.RateLimit(middleware.RateLimitConfig{}) },
		"no rate":  func() { middleware.NewRateMemory(middleware.Rate{}, 0) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "middleware: ") {
					t.Errorf("%s: %q", name, text)
				}
			}()
			construct()
		}()
	}
}

func TestRateValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rate middleware.Rate
		want []string // each in its own line
	}{
		{middleware.Rate{PerSecond: 1, Burst: 1}, nil},
		{middleware.Rate{PerSecond: 1e6, Burst: math.MaxInt32}, nil},
		{middleware.Rate{PerSecond: 1e-9, Burst: 1}, nil},
		{middleware.Rate{}, []string{"PerSecond is 0", "Burst is 0"}},
		{middleware.Rate{PerSecond: -1, Burst: -1}, []string{"PerSecond is -1", "Burst is -1"}},
		{middleware.Rate{PerSecond: math.NaN(), Burst: 1}, []string{"PerSecond is NaN"}},
		{middleware.Rate{PerSecond: math.Inf(1), Burst: 1}, []string{"PerSecond is +Inf"}},
		{middleware.Rate{PerSecond: 1e6 + 1, Burst: 1}, []string{"at most 1000000"}},
		{middleware.Rate{PerSecond: 1e-9, Burst: 2}, []string{"more than 30 years"}},
		{middleware.Rate{PerSecond: math.SmallestNonzeroFloat64, Burst: 1}, []string{"more than 30 years"}},
	} {
		var lines []string
		if err := tt.rate.Validate(); err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if len(lines) != len(tt.want) {
			t.Errorf("%+v: %q", tt.rate, lines)
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%+v: %q, want %q", tt.rate, lines[i], want)
			}
		}
	}
}

func TestAddrKey(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.0.2.1":                "192.0.2.1",
		"192.0.2.1:80":             "192.0.2.1",
		"::ffff:192.0.2.1":         "192.0.2.1",
		"[::ffff:192.0.2.1]:80":    "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1:2::/64",
		"2001:DB8:1:2::6":          "2001:db8:1:2::/64",
		"[2001:db8:1:2:a::1]":      "2001:db8:1:2::/64",
		"[2001:db8:1:2:b::1]:8443": "2001:db8:1:2::/64",
		"[2001:db8:1:3::1]:8443":   "2001:db8:1:3::/64",
		"[fe80::1%eth0]:80":        "fe80::/64",
		"::1":                      "::/64",
		"":                         "",
		"@":                        "",
		"/run/app.sock":            "",
		"unknown":                  "",
		"localhost:80":             "",
		"192.0.2.1.5":              "",
		"192.0.2.01":               "",
		"[192.0.2.1":               "",
		"[::1]x":                   "",
		":80":                      "",
	} {
		if got := middleware.AddrKey(addr); got != want {
			t.Errorf("%q: %q, want %q", addr, got, want)
		}
	}
}

func FuzzAddrKey(f *testing.F) {
	for _, seed := range []string{"192.0.2.1:80", "[2001:db8::1%eth0]:80", "[::ffff:1.2.3.4]", "@", "]:[", ":"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		key := middleware.AddrKey(addr)
		if key == "" {
			if _, err := netip.ParseAddrPort(addr); err == nil {
				t.Errorf("%q has no key", addr)
			}
			return
		}
		ip, err := netip.ParseAddr(strings.TrimSuffix(key, "/64"))
		if err != nil || ip.Is4() == strings.HasSuffix(key, "/64") || ip.Is4In6() {
			t.Errorf("%q: %q, %v", addr, key, err)
		}
	})
}

// Behind proxies, the limit is that of their clients.
func ExampleRateLimit() {
	proxies := middleware.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	engine := gin.New()
	engine.Use(middleware.RateLimit(middleware.RateLimitConfig{
		Store: middleware.NewRateMemory(middleware.Rate{PerSecond: 0.1, Burst: 1}, 0),
		Key: func(c *gin.Context) string {
			if c.FullPath() == "/healthz" {
				return "" // not limited
			}
			return middleware.AddrKey(proxies.Client(c.Request).Addr)
		},
	}))
	engine.GET("/", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	engine.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusNoContent) })

	get := func(path, client string) {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", client)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		fmt.Println(path, client, w.Code)
	}
	get("/", "192.0.2.1")
	get("/", "192.0.2.1")
	get("/", "192.0.2.2")
	get("/healthz", "192.0.2.1")
	// Output:
	// / 192.0.2.1 204
	// / 192.0.2.1 429
	// / 192.0.2.2 204
	// /healthz 192.0.2.1 204
}

func BenchmarkRateLimit(b *testing.B) {
	for _, peer := range []string{"192.0.2.1:1234", "[2001:db8::1]:1234"} {
		b.Run(peer, func(b *testing.B) {
			limit := middleware.RateLimit(middleware.RateLimitConfig{
				Store: middleware.NewRateMemory(middleware.Rate{PerSecond: 1e6, Burst: 1e6}, 0),
			})
			w := httptest.NewRecorder()
			c, _ := gin.CreateTestContext(w)
			c.Request = httptest.NewRequest("GET", "/", nil)
			c.Request.RemoteAddr = peer
			b.ReportAllocs()
			for b.Loop() {
				limit(c)
			}
			if c.IsAborted() {
				b.Error("refused")
			}
		})
	}
}
