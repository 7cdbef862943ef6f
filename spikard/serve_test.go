package spikard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/", answers("app.root", map[string]any{"message": "Hello"}))
	app.Get("/items/special", answers("app.special", "special"))
	app.Get("/items/{id}", pybridgetest.Func{
		Name:   "app.item",
		Params: []pybridge.Param{{Name: "id", In: pybridge.InPath, Required: true, Type: &pybridge.Type{Kind: pybridge.TypeStr}}},
		Run:    func(_ context.Context, args []any) (any, error) { return args[0], nil },
	})
	app.Get("/u/{id:int}", answers("app.by_id", "id"))
	app.Get("/u/{name}/posts", answers("app.posts", "posts"))
	app.Post("/items", answers("app.create", nil))
	app.Get("/nothing", pybridgetest.Func{Name: "app.nothing", Run: func(context.Context, []any) (any, error) {
		return &pybridgetest.Response{Status: 204, ContentType: "application/json", Body: []byte("null")}, nil
	}})
	framed := pybridgetest.Func{Name: "app.framed", Run: func(context.Context, []any) (any, error) {
		return &pybridgetest.Response{Status: 200, ContentType: "text/plain", Header: []pybridge.HeaderLine{
			{Name: "content-length", Value: "7"}, {Name: "Transfer-Encoding", Value: "gzip"}, {Name: "Set-Cookie", Value: "a=1"}, {Name: "Set-Cookie", Value: "b=2"},
		}}, nil
	}}
	app.Get("/framed", framed)
	app.Get("/long", answers("app.long", strings.Repeat("x", 5000)))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))

	for _, tt := range []struct {
		method, path string
		status       int
		body         string
		allow        string
	}{
		{"GET", "/", 200, `{"message":"Hello"}`, ""},
		{"HEAD", "/", 200, "", ""},
		{"GET", "/items/special", 200, `"special"`, ""},
		{"GET", "/items/7", 200, `"7"`, ""},
		{"GET", "/items/a%20b", 200, `"a b"`, ""},
		{"GET", "/u/7", 200, `"id"`, ""},
		{"GET", "/u/x/posts", 200, `"posts"`, ""},
		{"POST", "/items", 200, "null", ""},
		{"GET", "/nothing", 204, "", ""},
		{"GET", "/missing", 404, "", ""},
		{"GET", "/items/7/", 404, "", ""},
		{"GET", "/Items/7", 404, "", ""},
		{"GET", "//", 404, "", ""},
		{"GET", "/items/%ff", 400, "", ""},
		{"DELETE", "/", 405, "", "GET, HEAD"},
		{"GET", "/items", 405, "", "POST"},
		{"OPTIONS", "/items", 405, "", "POST"},
		{"PURGE", "/items", 405, "", "POST"},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := s.do(t, tt.method, tt.path, "")
			if got.StatusCode != tt.status {
				t.Fatalf("status %d, want %d: %s", got.StatusCode, tt.status, got.text)
			}
			if tt.status < 400 && got.text != tt.body {
				t.Errorf("body %q, want %q", got.text, tt.body)
			}
			if allow := got.Header.Get("Allow"); allow != tt.allow {
				t.Errorf("Allow %q, want %q", allow, tt.allow)
			}
			if got.Header.Get("X-Request-ID") == "" {
				t.Error("no X-Request-ID")
			}
			if ct := got.Header.Get("Content-Type"); (ct != "") != (tt.status != 204) {
				t.Errorf("Content-Type %q", ct)
			}
		})
	}
	t.Run("a handler can't break the framing", func(t *testing.T) {
		got := s.get(t, "/framed")
		if got.ContentLength != 0 || len(got.TransferEncoding) > 0 || len(got.Header["Set-Cookie"]) != 2 {
			t.Errorf("%d %v %v", got.ContentLength, got.TransferEncoding, got.Header)
		}
		if head := s.do(t, "HEAD", "/framed", ""); head.ContentLength != 7 {
			t.Errorf("HEAD tells %d", head.ContentLength)
		}
	})
	t.Run("HEAD has the header of GET", func(t *testing.T) {
		get, head := s.get(t, "/long"), s.do(t, "HEAD", "/long", "")
		if get.ContentLength != 5002 || head.ContentLength != get.ContentLength || head.text != "" {
			t.Errorf("GET %d, HEAD %d %q", get.ContentLength, head.ContentLength, head.text)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/teapot", raises("app.teapot", &pybridgetest.HTTPException{
		Status: 418, Detail: "short and stout", Header: []pybridge.HeaderLine{{Name: "X-Tea", Value: "green"}},
	}))
	app.Get("/odd", raises("app.odd", &pybridgetest.HTTPException{Status: 499, Detail: "odd"}))
	app.Get("/boom", raises("app.boom", &pybridge.Exception{
		Type: "builtins.ValueError", Message: "the secret is 42", Traceback: "Traceback secret", File: "app.py", Line: 12,
	}))
	app.Get("/busy", raises("app.busy", &pybridge.OverloadError{RetryAfter: 1500 * time.Millisecond}))
	app.Get("/bad-status", pybridgetest.Func{Name: "app.bad", Run: func(context.Context, []any) (any, error) {
		return &pybridgetest.Response{Status: 99}, nil
	}})
	app.Get("/panic", pybridgetest.Func{Name: "app.panic", Run: func(context.Context, []any) (any, error) {
		panic("the panic's text")
	}})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))

	got := s.get(t, "/teapot")
	if doc := got.problem(t, 418, "im-a-teapot"); doc["detail"] != "short and stout" || got.Header.Get("X-Tea") != "green" {
		t.Errorf("%v %v", doc, got.Header)
	}
	s.get(t, "/odd").problem(t, 499, "status-499")

	got = s.get(t, "/boom", "X-Request-ID", "req-1")
	got.problem(t, 500, "internal-server-error")
	if strings.Contains(got.text, "secret") || strings.Contains(got.text, "ValueError") {
		t.Errorf("Python text reached the client: %s", got.text)
	}
	for _, want := range []string{`"request_id":"req-1"`, `"source":"app.py:12"`, "Traceback secret", `"handler":"app.boom"`} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, s.logs)
		}
	}
	got = s.get(t, "/busy")
	got.problem(t, 503, "service-unavailable")
	if got.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
	}
	s.get(t, "/bad-status").problem(t, 500, "internal-server-error")
	got = s.get(t, "/panic")
	got.problem(t, 500, "internal-server-error")
	if strings.Contains(got.text, "panic") || !strings.Contains(s.logs.String(), "the panic's text") {
		t.Errorf("client %s", got.text)
	}
}

func TestProblemNegotiation(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"))
	for accept, want := range map[string]string{
		"":                                    "application/json",
		"*/*":                                 "application/json",
		"application/json":                    "application/json",
		"application/problem+json":            "application/problem+json",
		"text/html, application/problem+json": "application/problem+json",
		"Application/Problem+JSON; q=0.5":     "application/problem+json",
		"application/problem+json;q=0":        "application/json",
		"application/problem+json-seq":        "application/json",
	} {
		var header []string
		if accept != "" {
			header = []string{"Accept", accept}
		}
		if got := s.get(t, "/missing", header...).Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %q, want %q", accept, got, want)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"))
	uuid7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, sent := range []string{"", "abc", strings.Repeat("x", 128), strings.Repeat("x", 129), "a b", "é"} {
		var header []string
		if sent != "" {
			header = []string{"X-Request-ID", sent}
		}
		got := s.get(t, "/", header...).Header.Get("X-Request-ID")
		kept := sent == "abc" || len(sent) == 128
		if kept && got != sent || !kept && !uuid7.MatchString(got) {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
}

func TestHeaderLimitIsExact(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{MaxHeaderBytes: 300}, spikard.PythonApp("app:app"))
	send := func(size int) reply {
		head := "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: "
		return s.raw(t, head+strings.Repeat("x", size-len(head)-4)+"\r\n\r\n", false)
	}
	if got := send(300); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	send(301).problem(t, 431, "request-header-fields-too-large")
	if got := send(5000); got.StatusCode != 431 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Post("/len", pybridgetest.Func{
		Name:   "app.length",
		Params: []pybridge.Param{{Name: "request", In: pybridge.InRequest, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			return len(args[0].(*pybridgetest.Request).Body), nil
		},
	})
	app.Post("/ignore", answers("app.ignore", "ok"))
	s := serve(t, engine, spikard.Config{MaxBodySize: 1000}, spikard.PythonApp("app:app"))
	if got := s.do(t, "POST", "/len", strings.Repeat("x", 1000)); got.text != "1000" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	s.do(t, "POST", "/len", strings.Repeat("x", 1001)).problem(t, 413, "payload-too-large")
	s.do(t, "POST", "/ignore", strings.Repeat("x", 1001)).problem(t, 413, "payload-too-large")
	for size, want := range map[int]int{1000: 200, 1001: 413} {
		// A reader that isn't known to net/http is sent in chunks.
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.base+"/len",
			struct{ *strings.Reader }{strings.NewReader(strings.Repeat("x", size))})
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = -1
		resp, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes in chunks: %d, want %d", size, resp.StatusCode, want)
		}
	}
}

func TestRequestObject(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	var seen *pybridgetest.Request
	app.Post("/files/{rest:path}", pybridgetest.Func{
		Name:   "app.see",
		Params: []pybridge.Param{{Name: "request", In: pybridge.InRequest, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			seen = args[0].(*pybridgetest.Request)
			return nil, nil
		},
	})
	s := serve(t, engine, spikard.Config{TrustedProxies: []string{"127.0.0.1"}}, spikard.PythonApp("app:app"))
	s.do(t, "POST", "/files/a%2Fb/c?q=1&q=2", "body", "X-Forwarded-For", "6.6.6.6, 9.9.9.9",
		"X-Forwarded-Proto", "https", "X-Forwarded-Host", "shop.example", "X-Odd", "caf\xe9")
	if seen.Method != "POST" || seen.Path != "/files/a/b/c" || seen.Query != "q=1&q=2" || string(seen.Body) != "body" ||
		seen.PathParams["rest"] != "a/b/c" || seen.Client != "9.9.9.9" || seen.Scheme != "https" || seen.Host != "shop.example" {
		t.Errorf("%+v", seen)
	}
	if i := slices.Index(seen.Headers, "x-odd"); i < 0 || seen.Headers[i+1] != "café" {
		t.Errorf("headers %q", seen.Headers)
	}
}

func TestHooksAndProviders(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	var trace []string
	say := func(s string) { trace = append(trace, s) }
	app.Provide("__type__app.Settings", "singleton", pybridgetest.Func{Name: "app.settings", Run: func(context.Context, []any) (any, error) {
		say("settings")
		return pybridgetest.Yield{Value: "settings", Close: func(error) error { say("settings closed"); return nil }}, nil
	}})
	app.Provide("__type__app.Session", "request", pybridgetest.Func{
		Name: "app.session", Params: []pybridge.Param{inject("settings", "__type__app.Settings")},
		Run: func(_ context.Context, args []any) (any, error) {
			say("open with " + args[0].(string))
			return pybridgetest.Yield{Value: "session", Close: func(err error) error { say(fmt.Sprint("close ", err)); return err }}, nil
		},
	})
	app.Hook(pybridge.StagePreHandler, pybridgetest.Func{
		Name: "app.guard", Params: []pybridge.Param{{Name: "request", In: pybridge.InRequest, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			say("guard")
			if args[0].(*pybridgetest.Request).Query == "deny" {
				return &pybridgetest.Response{Status: 401, Body: []byte("no")}, nil
			}
			return nil, nil
		},
	})
	app.Hook(pybridge.StageOnResponse, pybridgetest.Func{
		Name: "app.stamp", Params: []pybridge.Param{{Name: "response", In: pybridge.InResponse, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			r := *args[0].(*pybridgetest.Response)
			r.Header = append(r.Header, pybridge.HeaderLine{Name: "X-Stamp", Value: "yes"})
			return &r, nil
		},
	})
	app.Hook(pybridge.StageStartup, pybridgetest.Func{Name: "app.up", Run: func(context.Context, []any) (any, error) { say("up"); return nil, nil }})
	app.Hook(pybridge.StageShutdown, pybridgetest.Func{Name: "app.down", Run: func(context.Context, []any) (any, error) { say("down"); return nil, nil }})
	app.Get("/", pybridgetest.Func{
		Name: "app.handler", Params: []pybridge.Param{
			// "auto" with a provider is a dependency, though it could be a body.
			{Name: "session", In: pybridge.InAuto, Required: true, Key: "__type__app.Session", Type: &pybridge.Type{Kind: pybridge.TypeAny}},
			{Name: "extra", In: pybridge.InInject, Key: "extra"},
		},
		Defaults: map[string]any{"extra": "default"},
		Run:      func(_ context.Context, args []any) (any, error) { return args, nil },
	})
	fxApp, server, _ := newApp(engine, spikard.Config{}, spikard.PythonApp("app:app"))
	if err := fxApp.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{base: "http://" + server.Addr(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	got := s.get(t, "/")
	if got.text != `["session","default"]` || got.Header.Get("X-Stamp") != "yes" {
		t.Errorf("%s %v", got.text, got.Header)
	}
	denied := s.get(t, "/?deny")
	if denied.StatusCode != 401 || denied.Header.Get("X-Stamp") != "yes" {
		t.Errorf("%d %v", denied.StatusCode, denied.Header)
	}
	if err := fxApp.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"settings", "up", "guard", "open with settings", "close <nil>", "guard", "down", "settings closed"}
	if !slices.Equal(trace, want) {
		t.Errorf("trace\n%q, want\n%q", trace, want)
	}
}

func TestSeveralApps(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("shop:app").Get("/", answers("shop.root", "shop"))
	engine.App("admin:app").Get("/users", answers("admin.users", "users"))
	s := serve(t, engine, spikard.Config{},
		spikard.PythonApp("shop:app"), spikard.PythonApp("admin:app", spikard.Prefix("/admin")))
	if got := s.get(t, "/"); got.text != `"shop"` {
		t.Error(got.text)
	}
	if got := s.get(t, "/admin/users"); got.text != `"users"` {
		t.Error(got.text)
	}
	s.get(t, "/users").problem(t, 404, "not-found")
}

func TestUsersOwnGin(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app").Get("/items/{id}/posts", answers("app.item", "ours"))
	engine.App("admin:app").Get("/café/{name}", pybridgetest.Func{
		Name:   "admin.cafe",
		Params: []pybridge.Param{{Name: "name", In: pybridge.InPath, Required: true, Type: &pybridge.Type{Kind: pybridge.TypeStr}}},
		Run:    func(_ context.Context, args []any) (any, error) { return args[0], nil },
	})
	own := gin.New()
	own.Use(func(c *gin.Context) { c.Header("X-Theirs", "yes") })
	own.GET("/theirs/:name", func(c *gin.Context) { c.String(200, c.Param("name")) })
	own.NoRoute(func(c *gin.Context) { c.String(404, "their 404") })
	flags := func() [4]bool {
		return [4]bool{own.RedirectTrailingSlash, own.RedirectFixedPath, own.UseRawPath, own.HandleMethodNotAllowed}
	}
	before := flags()
	s := serve(t, engine, spikard.Config{}, fx.Supply(own),
		spikard.PythonApp("app:app"), spikard.PythonApp("admin:app", spikard.Prefix("/admin")))
	if flags() != before {
		t.Error("a flag of the user's engine was changed")
	}
	for path, want := range map[string]string{
		"/theirs/a%20b":           "a b",
		"/items/7/posts":          `"ours"`,
		"/nowhere":                "their 404",
		"/admin/caf%C3%A9/x":      `"x"`,
		"/admin/caf%C3%A9/a%2Fb+": `"a/b+"`,
	} {
		got := s.get(t, path)
		if got.text != want || got.Header.Get("X-Theirs") != "yes" {
			t.Errorf("%s: %s %v, want %s", path, got.text, got.Header, want)
		}
	}
	s.get(t, "/admin/nowhere").problem(t, 404, "not-found")
	s.get(t, "/admin").problem(t, 404, "not-found")
	if got := s.do(t, "POST", "/admin/caf%C3%A9/x", ""); got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		shutdown time.Duration
		deadline time.Duration
		finishes bool
		log      string
	}{
		{name: "a request in flight ends", finishes: true},
		{name: "ShutdownTimeout ends it", shutdown: 50 * time.Millisecond, log: "Config.ShutdownTimeout"},
		{name: "fx's deadline ends it", deadline: 3050 * time.Millisecond, log: "fx.StopTimeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			entered, proceed := make(chan struct{}), make(chan struct{})
			engine := pybridgetest.New()
			engine.App("app:app").Get("/slow", pybridgetest.Func{Name: "app.slow", Run: func(ctx context.Context, _ []any) (any, error) {
				close(entered)
				select {
				case <-proceed:
					return "done", nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}})
			app, server, logs := newApp(engine, spikard.Config{ShutdownTimeout: tt.shutdown}, spikard.PythonApp("app:app"))
			if err := app.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answered := make(chan error, 1)
			url := "http://" + server.Addr()
			go func() {
				resp, err := client.Get(url + "/slow")
				if err == nil {
					resp.Body.Close()
					if resp.StatusCode != http.StatusOK {
						err = errors.New(resp.Status) // told before the connection was closed
					}
				}
				answered <- err
			}()
			<-entered
			ctx := context.Background()
			if tt.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.deadline)
				defer cancel()
			}
			stopped := make(chan error, 1)
			go func() { stopped <- app.Stop(ctx) }()
			if tt.finishes {
				select {
				case err := <-stopped:
					t.Fatalf("stopped (%v) with a request in flight", err)
				case <-time.After(50 * time.Millisecond):
				}
				close(proceed)
			}
			if err := <-answered; (err == nil) != tt.finishes {
				t.Errorf("the request ended with %v", err)
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			if !strings.Contains(logs.String(), tt.log) {
				t.Errorf("the log lacks %q:\n%s", tt.log, logs)
			}
			if engines, apps := engine.Running(); engines != 0 || apps != 0 {
				t.Errorf("%d engines and %d apps are left over", engines, apps)
			}
			if resp, err := client.Get(url); err == nil {
				resp.Body.Close()
				t.Error("the listener is still open")
			}
		})
	}
}
