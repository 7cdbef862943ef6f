package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/spikard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logs collects what the program logs.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// site is an open workshop.
type site struct {
	t     *testing.T
	url   string
	logs  *logs
	token string
}

// client keeps no connection, so none outlives its test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func open(t *testing.T) (s *site, stop func()) {
	t.Helper()
	l := &logs{}
	var server *spikard.Server
	app := fx.New(fx.NopLogger, spikard.Module, workshop("127.0.0.1:0", keyFrom("")), fx.Populate(&server),
		fx.Supply(slog.New(slog.NewTextHandler(l, nil))))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &site{t: t, url: "http://" + server.Addr(), logs: l}, func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	}
}

// wants sends a request and checks the answer: its status, and a part of its body.
func (s *site) wants(method, path, body string, status int, part string) (http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode != status || !strings.Contains(string(text), part) {
		s.t.Errorf("%s %s: %d %s, want %d with %s", method, path, answer.StatusCode, text, status, part)
	}
	return answer.Header, string(text)
}

// has checks a field of a header.
func (s *site) has(header http.Header, name, part string) {
	s.t.Helper()
	if !strings.Contains(header.Get(name), part) {
		s.t.Errorf("%s: %q, want %q in it", name, header.Get(name), part)
	}
}

func (s *site) login(name, password string) {
	s.t.Helper()
	s.token = ""
	_, text := s.wants("POST", "/login", `{"name":"`+name+`","password":"`+password+`"}`, 200, "access_token")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.t.Fatal(err)
	}
	s.token = answer.Token
}

func TestWorkshop(t *testing.T) {
	s, stop := open(t)
	header, _ := s.wants("GET", "/me", "", 401, "Expected 'Authorization: Bearer")
	s.has(header, "Www-Authenticate", "Bearer")
	s.has(header, "X-Response-Time", "ms")
	s.wants("POST", "/login", `{"name":"ann","password":"saw"}`, 401, "wrong")
	s.wants("POST", "/login", `{"name":"ann"}`, 422, `{"wrong":["body.password"]}`)

	s.login("ann", "hammer")
	_, text := s.wants("GET", "/me", "", 200, `"name":"ann","may":["tools"],"issuer":"workshop"`)
	if !strings.Contains(text, "Main Street 127.0.0.1") {
		t.Errorf("what the hook in Go left isn't there: %s", text)
	}
	s.wants("PUT", "/tools/saw/loan", "", 200, `{"tool":"saw","lent_to":"ann"}`)
	s.wants("DELETE", "/admin/loans", "", 403, "ann is no admin")
	header, _ = s.wants("GET", "/reports/loans", "", 403, "scope")
	s.has(header, "Www-Authenticate", `insufficient_scope`)

	s.login("bob", "chisel")
	s.wants("PUT", "/tools/saw/loan", "", 409, `"title":"Lent already"`)
	s.wants("GET", "/reports/loans", "", 200, `{"saw":"ann"}`)
	s.wants("GET", "/admin/accident", "", 500, "internal-server-error")
	s.wants("DELETE", "/admin/loans", "", 204, "")

	header, _ = s.wants("GET", "/nowhere", "", 404, "not-found")
	s.has(header, "X-Frame-Options", "DENY")
	s.has(header, "X-Response-Time", "ms")
	s.wants("GET", "/healthz", "", 200, "ok")
	s.wants("GET", "/readyz", "", 200, `"app.shelf_is_there":"ok"`)
	s.wants("GET", "/metrics", "", 200, `http_server_request_duration_seconds_count{method="PUT",route="/tools/{tool}/loan",status="409"} 1`)
	s.wants("GET", "/metrics", "", 200, "spikard_python_handler_seconds_count")
	stop()
	s.tellsInOrder("the workshop opens", "the shelf is swept", "serving", "the saw is broken", "0 tools are still lent", "the workshop is closed")
}

// tellsInOrder checks that the log has these, one after the other.
func (s *site) tellsInOrder(parts ...string) {
	s.t.Helper()
	rest := s.logs.String()
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			s.t.Fatalf("%q isn't in its place in\n%s", part, s.logs)
		}
		rest = after
	}
}

func TestRateLimit(t *testing.T) {
	s, stop := open(t)
	defer stop()
	for range 200 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/nowhere", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests {
			s.has(answer.Header, "Retry-After", "1")
			s.wants("GET", "/healthz", "", 200, "ok")
			return
		}
	}
	t.Error("200 requests at once, and none was too much")
}
