package spikard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

const script = `<script>alert("x")</script>`

// failingApp has a route for each kind of failure.
func failingApp() *pybridgetest.Engine {
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/raises", raises("app.raises", &pybridge.Exception{
		Type: "app.Broken", Message: script, File: "/srv/app.py", Line: 12,
		Traceback: "Traceback (most recent call last):\n  File \"/srv/app.py\", line 12, in raises\n    " + script + "\napp.Broken: " + script + "\n",
	}))
	app.Get("/refuses", raises("app.refuses", &pybridgetest.HTTPException{Status: 409, Detail: "taken"}))
	app.Get("/down", raises("app.down", &pybridgetest.HTTPException{Status: 503, Detail: "later"}))
	app.Get("/items/{id}", (&journal{}).handler(pathInt("id")))
	return engine
}

// TestDebug tells of failures what the log tells: as a page to browsers, as JSON to
// all others.
func TestDebug(t *testing.T) {
	t.Parallel()
	config := guarded()
	config.APIKeyAuth.HeaderName = "X-Shop-Key"
	config.Debug = true
	s := serve(t, failingApp(), config, spikard.PythonApp("app:app"),
		spikard.OnResponse(func(_ api.Exchange, a *spikard.Answer) { a.Header.Set("X-Seen", fmt.Sprint(a.Status)) }),
		spikard.Get("/fails", func() error { return fmt.Errorf("while %s: %w", script, errors.New("oh")) }),
		spikard.Get("/panics", func() string { panic(script) }))
	secrets := []string{
		"X-Shop-Key", "key-1", "Cookie", "session=key-1", "Proxy-Authorization", "Basic key-1", "X-Plain", script,
	}
	browser := append([]string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, secrets...)
	for path, want := range map[string]struct {
		exception, source, line string
		seen                    bool
	}{
		"/raises": {"app.Broken", "/srv/app.py:12", "in raises", true},
		"/fails":  {"error", "", "", true},
		"/panics": {"panic", "", "debugpage_test.go", false},
	} {
		t.Run(path, func(t *testing.T) {
			got := s.get(t, path+"?q=key-1", secrets...)
			var doc struct {
				Type, Title, Exception, Message, Source string
				Status                                  int
				Traceback                               []string
			}
			if err := json.Unmarshal([]byte(got.text), &doc); err != nil {
				t.Fatalf("%d %s: %v", got.StatusCode, got.text, err)
			}
			if got.StatusCode != 500 || doc.Status != 500 || doc.Type != api.ProblemBase+"internal-server-error" || doc.Title == "" ||
				doc.Exception != want.exception || !strings.Contains(doc.Message, script) || doc.Source != want.source ||
				!strings.Contains(strings.Join(doc.Traceback, "\n"), want.line) {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			page := s.get(t, path+"?q=key-1", browser...)
			if page.StatusCode != 500 || page.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
				!strings.HasPrefix(page.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%d %v", page.StatusCode, page.Header)
			}
			if seen := page.Header.Get("X-Seen") != ""; seen != want.seen {
				t.Errorf("an OnResponse hook has seen it: %t", seen)
			}
			for _, there := range []string{
				want.exception, want.source, want.line, "&lt;script&gt;alert(", "GET " + path, "X-Plain", "X-Shop-Key", "***",
				page.Header.Get("X-Request-ID"),
			} {
				if !strings.Contains(page.text, there) {
					t.Errorf("the page lacks %q:\n%s", there, page.text)
				}
			}
			for _, text := range []string{page.text, got.text} {
				if strings.Contains(text, "key-1") {
					t.Errorf("a secret is shown:\n%s", text)
				}
			}
			if strings.Contains(page.text, "<script") {
				t.Errorf("a page runs what a client sends:\n%s", page.text)
			}
			head := s.do(t, "HEAD", path, "", browser...)
			if head.StatusCode != 500 || head.text != "" {
				t.Errorf("HEAD: %d %q", head.StatusCode, head.text)
			}
		})
	}
	for path, status := range map[string]int{"/refuses": 409, "/down": 503, "/items/x": 422, "/nowhere": 404} {
		if got := s.get(t, path, browser...); got.StatusCode != status || strings.Contains(got.text, "Traceback") ||
			got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
	}
	plain := s.get(t, "/raises", "X-Shop-Key", "key-1", "Accept", "text/html;q=0")
	if strings.Contains(plain.Header.Get("Content-Type"), "html") {
		t.Errorf("a page to one who refuses it: %v", plain.Header)
	}
}

// TestDebugIsOff unless it is asked for.
func TestDebugIsOff(t *testing.T) {
	t.Parallel()
	s := serve(t, failingApp(), spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.Get("/fails", func() error { return errors.New(script) }),
		spikard.Get("/panics", func() string { panic(script) }))
	for _, path := range []string{"/raises", "/fails", "/panics"} {
		got := s.get(t, path, "Accept", "text/html")
		got.problem(t, 500, "internal-server-error")
		if strings.Contains(got.text, "alert") || strings.Contains(got.text, "app.py") {
			t.Errorf("%s: %s", path, got.text)
		}
	}
}

// TestDebugInPublic is refused, but where that is meant.
func TestDebugInPublic(t *testing.T) {
	t.Parallel()
	for addr, refused := range map[string]bool{
		"0.0.0.0:0": true, ":0": true, "[::]:0": true, "127.0.0.1:0": false, "localhost:0": false, "127.9.9.9:0": false,
	} {
		config := spikard.Config{Addr: addr, Debug: true}
		if refused {
			text := startError(t, hello(), config, spikard.PythonApp("app:app"))
			for _, want := range []string{"config: Debug: ", "others can connect", "DebugPublic"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q is not in %s", addr, want, text)
				}
			}
			config.DebugPublic = true
		}
		app, _, _ := newApp(hello(), config, spikard.PythonApp("app:app"))
		if err := errors.Join(app.Start(t.Context()), app.Stop(t.Context())); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	socket, _, _ := newApp(hello(), spikard.Config{UnixSocket: filepath.Join(t.TempDir(), "s"), Debug: true}, spikard.PythonApp("app:app"))
	if err := errors.Join(socket.Start(t.Context()), socket.Stop(t.Context())); err != nil {
		t.Errorf("at a Unix socket: %v", err)
	}
	endpoint := spikard.Config{Addr: ":0", DebugEndpoint: true}
	if text := startError(t, hello(), endpoint, spikard.PythonApp("app:app")); !strings.Contains(text, "config: DebugEndpoint: ") ||
		!strings.Contains(text, "/debug/spikard") {
		t.Error(text)
	}
	endpoint.DebugPublic = true
	public, _, _ := newApp(hello(), endpoint, spikard.PythonApp("app:app"))
	if err := errors.Join(public.Start(t.Context()), public.Stop(t.Context())); err != nil {
		t.Errorf("the endpoint in public: %v", err)
	}
	// Python's setting is one as well.
	engine := hello()
	engine.App("app:app").Config("debug", true)
	if text := startError(t, engine, spikard.Config{Addr: ":0"}, spikard.PythonApp("app:app")); !strings.Contains(text, "ServerConfig.debug") {
		t.Error(text)
	}
}

// TestDebugOfHooks tells what a hook failed with.
func TestDebugOfHooks(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, spikard.Config{Debug: true},
		spikard.PreHandler(func(x api.Exchange) error {
			switch x.RawQuery() {
			case "fails":
				return errors.New("the hook's words")
			case "panics":
				panic("the hook's words")
			}
			return nil
		}),
		spikard.Get("/", func() string { return "hello" }))
	for _, query := range []string{"fails", "panics"} {
		got := s.get(t, "/?"+query, "Accept", "text/html")
		if got.StatusCode != http.StatusInternalServerError || !strings.Contains(got.text, "the hook&#39;s words") {
			t.Errorf("%s: %d %s", query, got.StatusCode, got.text)
		}
	}
}
