package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/spikard"
)

// asProgram has the test's binary be the program.
const asProgram = "WORKSHOP_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

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
	key   Key
	token string
	stop  func()
}

// client keeps no connection, so none outlives its test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func open(t *testing.T) *site {
	t.Helper()
	l, key := &logs{}, keyFrom("")
	var server *spikard.Server
	app := fx.New(fx.NopLogger, spikard.Module, workshop("127.0.0.1:0", key), fx.Populate(&server),
		fx.Supply(slog.New(slog.NewTextHandler(l, nil))))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	})
	t.Cleanup(stop)
	return &site{t: t, url: "http://" + server.Addr(), logs: l, key: key, stop: stop}
}

// do sends a request with fields of its header by name and value.
func (s *site) do(method, path, body string, fields ...string) (int, http.Header, string) {
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
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
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
	return answer.StatusCode, answer.Header, string(text)
}

// wants sends a request and checks the answer: its status, and a part of its body.
func (s *site) wants(method, path, body string, status int, part string) (http.Header, string) {
	s.t.Helper()
	got, header, text := s.do(method, path, body)
	if got != status || !strings.Contains(text, part) {
		s.t.Errorf("%s %s: %d %s, want %d with %s", method, path, got, text, status, part)
	}
	return header, text
}

// has checks a field of a header.
func (s *site) has(header http.Header, name, part string) {
	s.t.Helper()
	if got := header.Get(name); got == "" || !strings.Contains(got, part) {
		s.t.Errorf("%s: %q, want %q in it", name, got, part)
	}
}

// login gives a token.
func (s *site) login(name, password string) string {
	s.t.Helper()
	_, text := s.wants("POST", "/login", `{"name":"`+name+`","password":"`+password+`"}`, 200, "access_token")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.t.Fatal(err)
	}
	return answer.Token
}

func TestRefusals(t *testing.T) {
	s := open(t)
	header, _ := s.wants("GET", "/me", "", 401, "Expected 'Authorization: Bearer")
	s.has(header, "Www-Authenticate", "Bearer")
	s.has(header, "X-Response-Time", "ms")
	header, _ = s.wants("POST", "/login", `{"name":"ann","password":"saw"}`, 401, "wrong")
	s.has(header, "Www-Authenticate", "Bearer")
	s.wants("POST", "/login", `{"name":"eve","password":"hammer"}`, 401, "wrong")
	s.wants("POST", "/login", `{"name":"ann"}`, 422, `{"wrong":["body.password"]}`)
	header, _ = s.wants("GET", "/nowhere", "", 404, "not-found")
	s.has(header, "X-Frame-Options", "DENY")
	s.has(header, "X-Response-Time", "ms")

	s.token = s.login("ann", "hammer") + "x"
	header, _ = s.wants("GET", "/me", "", 401, "Token signature is invalid")
	s.has(header, "Www-Authenticate", "invalid_token")
	stranger, err := NewTokens(keyFrom("")).Issue("ann", []string{"admin"})
	if err != nil {
		t.Fatal(err)
	}
	s.token = stranger
	s.wants("DELETE", "/admin/loans", "", 401, "Token signature is invalid")
	s.token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": issuer, "aud": "others", "sub": "ann", "exp": time.Now().Add(lifetime).Unix(),
	}).SignedString([]byte(s.key))
	if err != nil {
		t.Fatal(err)
	}
	s.wants("GET", "/me", "", 401, "Token audience is invalid")
}

func TestRolesAndScopes(t *testing.T) {
	s := open(t)
	ann, bob := s.login("ann", "hammer"), s.login("bob", "chisel")
	s.token = ann
	s.wants("GET", "/me", "", 200, `"name":"ann","may":["tools"],"issuer":"workshop","audience":["members"],"workshop":"Main Street 127.0.0.1`)
	s.wants("PUT", "/tools/saw/loan", "", 200, `{"tool":"saw","lent_to":"ann"}`)
	s.wants("DELETE", "/admin/loans", "", 403, "ann is no admin")
	header, _ := s.wants("GET", "/reports/loans", "", 403, "scope")
	s.has(header, "Www-Authenticate", `error="insufficient_scope", scope="reports"`)

	s.token = bob
	s.wants("PUT", "/tools/saw/loan", "", 409, `"title":"Lent already"`)
	s.wants("GET", "/admin/accident", "", 500, "internal-server-error")
	s.wants("GET", "/reports/loans", "", 200, `{"lent":{"saw":"ann"},"failures":1}`) // the 409 is none
	s.wants("DELETE", "/admin/loans", "", 204, "")
	s.wants("GET", "/reports/loans", "", 200, `{"lent":{},"failures":1}`)
}

func TestOperations(t *testing.T) {
	s := open(t)
	s.token = s.login("ann", "hammer")
	s.wants("PUT", "/tools/saw/loan", "", 200, "ann")
	s.token = ""
	s.wants("GET", "/healthz", "", 200, `{"status":"ok"}`)
	s.wants("GET", "/readyz", "", 200, `"app.shelf_is_there":"ok"`)
	_, figures := s.wants("GET", "/metrics", "", 200, "spikard_python_handler_seconds_count")
	for _, want := range []string{
		`http_server_request_duration_seconds_count{method="PUT",route="/tools/{tool}/loan",status="200"} 1`,
		`http_server_request_duration_seconds_count{method="POST",route="/login",status="200"} 1`,
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("the figures lack %s", want)
		}
	}
	if !strings.Contains(s.logs.String(), "msg=request request_id=") {
		t.Errorf("there is no access log in\n%s", s.logs)
	}
}

// Pages of one other origin may ask. A preflight needs no token, and a 401 can be
// read where an answer could be.
func TestCORS(t *testing.T) {
	s := open(t)
	for _, tt := range []struct {
		method, origin string
		status         int
		allowed        string
	}{
		{"OPTIONS", "https://workshop.example", 204, "https://workshop.example"},
		{"OPTIONS", "https://elsewhere.test", 403, ""},
		{"GET", "https://workshop.example", 401, "https://workshop.example"},
		{"GET", "https://elsewhere.test", 403, ""},
		{"GET", s.url, 401, ""}, // its own
	} {
		status, header, _ := s.do(tt.method, "/me", "", "Origin", tt.origin,
			"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		if got := header.Get("Access-Control-Allow-Origin"); status != tt.status || got != tt.allowed {
			t.Errorf("%s from %s: %d, allowed %q; want %d, %q", tt.method, tt.origin, status, got, tt.status, tt.allowed)
		}
	}
}

// The environment goes before app.py.
func TestRateLimit(t *testing.T) {
	t.Setenv("SPIKARD_RATE_LIMIT_PER_SECOND", "0.001")
	t.Setenv("SPIKARD_RATE_LIMIT_BURST", "3")
	s := open(t)
	for range 3 {
		s.wants("GET", "/nowhere", "", 404, "")
	}
	header, _ := s.wants("GET", "/nowhere", "", 429, "too-many-requests")
	s.has(header, "Retry-After", "")
	s.has(header, "Ratelimit-Limit", "3")
	s.wants("GET", "/healthz", "", 200, "ok")
}

func TestStartAndStop(t *testing.T) {
	s := open(t)
	s.token = s.login("ann", "hammer")
	s.wants("PUT", "/tools/saw/loan", "", 200, "ann")
	s.stop()
	s.tellsInOrder("the workshop opens", "the shelf is swept", "msg=serving", "1 tools are still lent", "the workshop is closed")
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

var command = regexp.MustCompile(`^\$ curl (?:-X (\w+) )?127\.0\.0\.1:8000(\S+)(.*)$`)

// README.md shows what the program answers.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(readme), "```console\n")
	shown, _, _ = strings.Cut(shown, "\n```")
	lines := strings.Split(shown, "\n")
	if len(lines) < 2 || len(lines)%2 != 0 {
		t.Fatalf("README.md shows\n%s\nwant a command and a line of answer, some times", shown)
	}
	s := open(t)
	ann, bob := s.login("ann", "hammer"), s.login("bob", "chisel")
	tokens := regexp.MustCompile(`(eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9)\.[\w.-]+`)
	for i := 0; i < len(lines); i += 2 {
		parts := command.FindStringSubmatch(lines[i])
		if parts == nil {
			t.Fatalf("no command: %s", lines[i])
		}
		method, path, rest := parts[1], parts[2], parts[3]
		_, body, posts := strings.Cut(rest, "-d '")
		body = strings.TrimSuffix(body, "'")
		switch {
		case posts:
			method = http.MethodPost
		case method == "":
			method = http.MethodGet
		}
		s.token = ""
		if strings.Contains(rest, "$ANN") {
			s.token = ann
		} else if strings.Contains(rest, "$BOB") {
			s.token = bob
		}
		_, _, got := s.do(method, path, body)
		got = tokens.ReplaceAllString(got, "$1...")
		got = strings.ReplaceAll(got, strings.TrimPrefix(s.url, "http://"), "127.0.0.1:8000")
		// In a test's binary, package main has its path as its name.
		if got = strings.ReplaceAll(got, reflect.TypeFor[Tokens]().PkgPath()+".", "main."); got != lines[i+1] {
			t.Errorf("%s\nanswers %s\nshown   %s", lines[i], got, lines[i+1])
		}
	}
}

func TestValidateApp(t *testing.T) {
	if err := fx.ValidateApp(fx.NopLogger, spikard.Module, workshop("127.0.0.1:0", keyFrom(""))); err != nil {
		t.Error(err)
	}
}

// The program needs no Python on the PATH and no file beside it, its key may come
// from the environment, and an interrupt ends it in order.
func TestProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	key := keyFrom("")
	cmd := exec.CommandContext(t.Context(), exe, "-addr", "127.0.0.1:0")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asProgram+"=1", "WORKSHOP_KEY="+string(key), "PATH=", "VIRTUAL_ENV=", "SPIKARD_PYTHON=")
	l := &logs{}
	cmd.Stderr = l
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said string
	for lines := bufio.NewScanner(stdout); strings.Count(said, "curl ") < 3 && lines.Scan(); {
		said += lines.Text() + "\n"
	}
	url := regexp.MustCompile(`http://127\.0\.0\.1:[1-9]\d*`).FindString(said)
	if url == "" {
		_ = cmd.Process.Kill()
		t.Fatalf("the program said:\n%s%v\n%s", said, cmd.Wait(), l)
	}
	s := &site{t: t, url: url, logs: l}
	if s.token, err = NewTokens(key).Issue("ann", []string{"tools"}); err != nil {
		t.Fatal(err)
	}
	s.wants("GET", "/me", "", 200, `"name":"ann"`)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v\n%s", err, l)
	}
	s.tellsInOrder("the workshop opens", "serving", "0 tools are still lent", "the workshop is closed")
	if strings.Contains(l.String(), "WARN") {
		t.Errorf("the program warns:\n%s", l)
	}
}
