package spikard_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// marks is an on_response hook in Python that says whose it is.
func marks(name string) pybridgetest.Func {
	return pybridgetest.Func{
		Name: name + ".mark", Params: []pybridge.Param{{Name: "response", In: pybridge.InResponse, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			r := *args[0].(*pybridgetest.Response)
			r.Header = append(r.Header, pybridge.HeaderLine{Name: "X-App", Value: name})
			return &r, nil
		},
	}
}

// TestMissing runs the hooks of the app that is the nearest to a path without a
// route, and Go's.
func TestMissing(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	for _, name := range []string{"shop", "admin", "users"} {
		app := engine.App(name + ":app")
		app.Hook(pybridge.StageOnResponse, marks(name))
		app.LocalHook(pybridge.StageOnRequest, j.pyHook("local"))
		app.Get("/items", answers(name+".items", name))
	}
	engine.App("plain:app").Get("/items", answers("plain.items", "plain"))
	s := serve(t, engine, spikard.Config{},
		spikard.PythonApp("shop:app"),
		spikard.PythonApp("users:app", spikard.Prefix("/admin/users")),
		spikard.PythonApp("admin:app", spikard.Prefix("/admin")),
		spikard.PythonApp("plain:app", spikard.Prefix("/plain")),
		spikard.OnRequest(func(x api.Exchange) { x.SetHeader("X-Path", x.EscapedPath()) }),
		spikard.OnResponse(j.goSees),
		spikard.Get("/go/items", func() string { return "go" }))
	for _, tt := range []struct {
		method, path, app string
		status            int
		allow             string
	}{
		{"GET", "/items", "shop", 200, ""},
		{"GET", "/nowhere", "shop", 404, ""},
		{"GET", "/administrators", "shop", 404, ""},
		{"POST", "/items", "shop", 405, "GET, HEAD"},
		{"GET", "/admin/items", "admin", 200, ""},
		{"GET", "/admin", "admin", 404, ""},
		{"GET", "/admin/nowhere", "admin", 404, ""},
		{"PUT", "/admin/items", "admin", 405, "GET, HEAD"},
		{"GET", "/admin/usersfoo", "admin", 404, ""},
		{"GET", "/admin/users/items", "users", 200, ""},
		{"GET", "/admin/users/nowhere", "users", 404, ""},
		{"DELETE", "/admin/users/items", "users", 405, "GET, HEAD"},
		{"GET", "/plain/nowhere", "", 404, ""},
		{"GET", "/go/items", "", 200, ""},
		{"POST", "/go/items", "shop", 405, "GET, HEAD"},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := s.do(t, tt.method, tt.path, "")
			if got.StatusCode != tt.status || got.Header.Get("X-App") != tt.app || got.Header.Get("Allow") != tt.allow ||
				got.Header.Get("X-Path") != tt.path || got.Header.Get("X-Seen") != "go" {
				t.Errorf("%d %s %v", got.StatusCode, got.text, got.Header)
			}
			want := []string{}
			if tt.app != "" && tt.status == 200 {
				want = append(want, "py local")
			}
			if lines := j.take(); len(lines) != len(want)+1 || len(want) > 0 && lines[0] != want[0] {
				t.Errorf("%q", lines)
			}
			if tt.method != "GET" {
				return
			}
			head := s.do(t, "HEAD", tt.path, "")
			if head.StatusCode != tt.status || head.text != "" || head.ContentLength != int64(len(got.text)) || head.Header.Get("X-App") != tt.app {
				t.Errorf("HEAD: %d %q %d %v", head.StatusCode, head.text, head.ContentLength, head.Header)
			}
			j.take()
		})
	}
}

// TestMissingIsAnswered has hooks answer where no route is found.
func TestMissingIsAnswered(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Hook(pybridge.StageOnRequest, pybridgetest.Func{
		Name: "app.spa", Params: []pybridge.Param{asRequest()},
		Run: func(_ context.Context, args []any) (any, error) {
			r := args[0].(*pybridgetest.Request)
			j.say("py %s %s %s", r.Method, r.Path, r.Body)
			if strings.HasPrefix(r.Path, "/pages/") {
				return &pybridgetest.Response{Status: 200, ContentType: "text/html", Body: []byte("<p>page")}, nil
			}
			return nil, nil
		},
	})
	app.ErrorHandler("404", pybridgetest.Func{Name: "app.lost", Run: func(context.Context, []any) (any, error) {
		return &pybridgetest.Response{Status: 404, ContentType: "text/plain", Body: []byte("lost")}, nil
	}})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.PreHandler(j.goHook("never")),
		spikard.PreValidation(func(x api.Exchange) *spikard.Reply {
			if x.EscapedPath() != "/redirected" {
				return nil
			}
			return &spikard.Reply{Status: 308, Header: http.Header{"Location": {"/elsewhere"}}}
		}))
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/pages/one":  {200, "<p>page"},
		"/nowhere":    {404, "lost"},
		"/redirected": {308, ""},
	} {
		if got := s.do(t, "POST", path, "sent"); got.StatusCode != want.status || got.text != want.text {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
		body := "sent"
		if path == "/redirected" {
			body = "" // it wasn't read
		}
		j.check(t, "py POST "+path+" "+body)
	}
	if got := s.raw(t, "GET /%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false); got.StatusCode != 400 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if lines := j.take(); len(lines) != 1 {
		t.Errorf("a path that is none: %q", lines)
	}
}

// staticFolder is a folder with an index and a script.
func staticFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"index.html": "<p>index", "app.js": "let x", "items": "a file"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStaticFiles are served where no route is found; what isn't there either is a
// 404 with hooks.
func TestStaticFiles(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Hook(pybridge.StageOnResponse, marks("app"))
	app.Get("/items", answers("app.items", "route"))
	app.Get("/assets/items", answers("app.items", "route"))
	app.Post("/assets/app.js", answers("app.upload", "route"))
	dir := staticFolder(t)
	s := serve(t, engine, spikard.Config{StaticFiles: []spikard.StaticFiles{
		{Directory: dir, RoutePrefix: "/assets", CacheControl: "max-age=60"}, {Directory: dir, RoutePrefix: "/"},
	}}, spikard.PythonApp("app:app"))
	for _, tt := range []struct {
		method, path string
		status       int
		text, app    string
	}{
		{"GET", "/assets/app.js", 200, "let x", ""},
		{"HEAD", "/assets/app.js", 200, "", ""},
		{"GET", "/", 200, "<p>index", ""},
		{"GET", "/index.html", 200, "<p>index", ""},
		{"GET", "/items", 200, `"route"`, "app"},
		{"GET", "/assets/items", 200, `"route"`, "app"},
		{"POST", "/assets/app.js", 200, `"route"`, "app"},
		{"GET", "/assets/nowhere.js", 404, "", "app"},
		{"GET", "/assets/..%2fapp.js", 404, "", "app"},
		{"POST", "/index.html", 404, "", "app"},
		{"PUT", "/items", 405, "", "app"},
		{"GET", "/healthz", 200, `{"status":"ok"}`, ""},
	} {
		got := s.do(t, tt.method, tt.path, "")
		if got.StatusCode != tt.status || tt.text != "" && got.text != tt.text || got.Header.Get("X-App") != tt.app {
			t.Errorf("%s %s: %d %s %v", tt.method, tt.path, got.StatusCode, got.text, got.Header)
		}
		if tt.path == "/assets/app.js" && tt.method != "POST" && got.Header.Get("Cache-Control") != "max-age=60" {
			t.Errorf("%s %s: %v", tt.method, tt.path, got.Header)
		}
	}
	part := s.get(t, "/assets/app.js", "Range", "bytes=0-2")
	again := s.get(t, "/assets/app.js", "If-None-Match", part.Header.Get("Etag"))
	if part.StatusCode != 206 || part.text != "let" || again.StatusCode != 304 {
		t.Errorf("%d %q, then %d", part.StatusCode, part.text, again.StatusCode)
	}
	if got := s.get(t, "/app.js"); got.Header.Get("X-Request-ID") == "" {
		t.Errorf("a file is answered without the middleware: %v", got.Header)
	}
}

// TestStaticFilesOnOwnGin serves them beside the routes of a user's engine.
func TestStaticFilesOnOwnGin(t *testing.T) {
	t.Parallel()
	own := gin.New()
	own.GET("/theirs", func(c *gin.Context) { c.String(200, "theirs") })
	own.NoRoute(func(c *gin.Context) { c.String(404, "their 404") })
	engine := pybridgetest.New()
	engine.App("app:app").Get("/items", answers("app.items", "ours"))
	dir := staticFolder(t)
	s := serve(t, engine, spikard.Config{StaticFiles: []spikard.StaticFiles{{Directory: dir, RoutePrefix: "/assets"}}},
		fx.Supply(own), spikard.PythonApp("app:app"), spikard.Get("/assets/route", func() string { return "route" }))
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/theirs":        {200, "theirs"},
		"/items":         {200, `"ours"`},
		"/assets/app.js": {200, "let x"},
		"/assets/":       {200, "<p>index"},
		"/assets/route":  {200, `"route"`},
		"/nowhere":       {404, "their 404"},
	} {
		if got := s.get(t, path); got.StatusCode != want.status || got.text != want.text {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
	}
	s.get(t, "/assets/nowhere").problem(t, 404, "not-found")
}

// What Gin has no route for is the user's, so a folder at the root can't be served.
func TestStaticRootOnOwnGin(t *testing.T) {
	t.Parallel()
	config := spikard.Config{StaticFiles: []spikard.StaticFiles{{Directory: staticFolder(t), RoutePrefix: "/"}}}
	text := startError(t, hello(), config, fx.Supply(gin.New()), spikard.PythonApp("app:app"))
	if want := "serve them below a prefix"; !strings.Contains(text, want) {
		t.Errorf("%q is not in %s", want, text)
	}
}
