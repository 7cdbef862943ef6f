package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// folder makes a folder of files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func newStatic(t testing.TB, config middleware.StaticConfig) *middleware.Static {
	t.Helper()
	static, err := middleware.NewStatic(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { static.Close() })
	return static
}

// staticEngine has the files before all routes, as an application would.
func staticEngine(static *middleware.Static, handlers ...gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	engine.Use(handlers...)
	engine.Use(static.Handler())
	return engine
}

// fetched asks a handler for a path.
func fetched(handler http.Handler, method, target string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

var site = map[string]string{
	"index.html":                  "<h1>root</h1>",
	"main.css":                    "h1 { color: red }",
	"a b+c.txt":                   "spaces",
	"t\u00e4st.txt":               "umlaut",
	"100%.txt":                    "percent",
	"%2e%2e.txt":                  "an escape that is none",
	"sub/index.html":              "<h1>sub</h1>",
	"sub/deep/file.json":          "{}",
	"bare/file.txt":               "no index here",
	"index/index.html/x":          "a folder by the index's name",
	"..two/x":                     "hidden",
	".env":                        "hidden",
	".git/config":                 "hidden",
	".well-known/acme":            "well known",
	".well-known/.hidden":         "hidden",
	"sub/.well-known/acme":        "hidden",
	"sub/.env":                    "hidden",
	"sub/deep/...":                "hidden",
	"dot.":                        "hidden",
	"space ":                      "hidden",
	"aux.js":                      "hidden",
	"sub/Com1":                    "hidden",
	"c:":                          "hidden",
	"file.txt::$DATA":             "hidden",
	"back\\slash":                 "hidden",
	"line\nfeed":                  "hidden",
	"conference.txt":              "no device",
	"com10.txt":                   "no device",
	"deep/er/est/of/all/file.svg": "<svg/>",
}

func TestStaticPaths(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	for _, tt := range []struct {
		prefix, path string
		status       int
		want         string // the body, or the Location
	}{
		{"/app", "/app/", 200, "<h1>root</h1>"},
		{"/app", "/app", 308, "/app/"},
		{"/app", "/app?a=1&b=//x", 308, "/app/?a=1&b=//x"},
		{"/app/", "/app/", 200, "<h1>root</h1>"},
		{"/app", "/app/index.html", 200, "<h1>root</h1>"},
		{"/app", "/app/main.css", 200, "h1 { color: red }"},
		{"/app", "/%61pp/main%2Ecss", 200, "h1 { color: red }"},
		{"/app", "/app/main.css/", 404, ""},
		{"/app", "/app/sub", 308, "/app/sub/"},
		{"/app", "/app/sub?x", 308, "/app/sub/?x"},
		{"/app", "/app/sub/", 200, "<h1>sub</h1>"},
		{"/app", "/app/sub/deep", 404, ""},
		{"/app", "/app/sub/deep/", 404, ""},
		{"/app", "/app/sub/deep/file.json", 200, "{}"},
		{"/app", "/app/bare/", 404, ""},
		{"/app", "/app/bare", 404, ""},
		{"/app", "/app/index/", 404, ""},
		{"/app", "/app/a%20b+c.txt", 200, "spaces"},
		{"/app", "/app/t%C3%A4st.txt", 200, "umlaut"},
		{"/app", "/app/100%25.txt", 200, "percent"},
		{"/app", "/app/%252e%252e.txt", 200, "an escape that is none"},
		{"/app", "/app/deep/er/est/of/all/file.svg", 200, "<svg/>"},
		{"/app", "/app/missing", 404, ""},
		{"/app", "/app/conference.txt", 200, "no device"},
		{"/app", "/app/com10.txt", 200, "no device"},
		{"/app", "/application", 404, ""},
		{"/app", "/main.css", 404, ""},
		{"/app", "/app//main.css", 404, ""},
		{"/app", "//app/main.css", 404, ""},
		{"/app", "/app/sub//", 404, ""},
		{"/app", "/app/.env", 404, ""},
		{"/app", "/app/.git/config", 404, ""},
		{"/app", "/app/..two/x", 404, ""},
		{"/app", "/app/sub/.env", 404, ""},
		{"/app", "/app/sub/deep/...", 404, ""},
		{"/app", "/app/.well-known/acme", 404, ""},
		{"/app", "/app/dot.", 404, ""},
		{"/app", "/app/space%20", 404, ""},
		{"/app", "/app/aux.js", 404, ""},
		{"/app", "/app/sub/Com1", 404, ""},
		{"/app", "/app/c:", 404, ""},
		{"/app", "/app/file.txt::$DATA", 404, ""},
		{"/app", "/app/back%5Cslash", 404, ""},
		{"/app", "/app/line%0Afeed", 404, ""},
		{"", "/", 200, "<h1>root</h1>"},
		{"/", "/sub", 308, "/sub/"},
		{"/", "/main.css", 200, "h1 { color: red }"},
		{"/", "/.well-known/acme", 200, "well known"},
		{"/", "/.well-known", 404, ""},
		{"/", "/.well-known/.hidden", 404, ""},
		{"/", "/sub/.well-known/acme", 404, ""},
		{"/", "/.env", 404, ""},
		{"/", "//", 404, ""},
		{"/", "//evil.example/", 404, ""},
		{"/", "//sub", 404, ""},
		{"/a/b", "/a/b/main.css", 200, "h1 { color: red }"},
		{"/a/b", "/a/main.css", 404, ""},
	} {
		t.Run(tt.prefix+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: dir, Prefix: tt.prefix, Index: true}))
			for _, method := range []string{"GET", "HEAD"} {
				r := httptest.NewRequest(method, "http://host"+tt.path, nil)
				w := httptest.NewRecorder()
				engine.ServeHTTP(w, r)
				body := w.Body.String()
				if tt.status == 308 {
					body = w.Header().Get("Location")
				}
				want := tt.want
				if method == "HEAD" && tt.status == 200 {
					body, want = "", ""
				}
				if w.Code != tt.status || tt.status != 404 && body != want {
					t.Errorf("%s: %d %q, want %d %q", method, w.Code, body, tt.status, want)
				}
			}
		})
	}
}

func TestStaticWithoutIndex(t *testing.T) {
	t.Parallel()
	engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: folder(t, site), Prefix: "/app"}))
	for _, path := range []string{"/app", "/app/", "/app/sub", "/app/sub/"} {
		if resp := fetched(engine, "GET", path, nil); resp.StatusCode != 404 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if resp := fetched(engine, "GET", "/app/index.html", nil); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestStaticHandlerPlaces(t *testing.T) {
	t.Parallel()
	static := newStatic(t, middleware.StaticConfig{Dir: folder(t, site), Prefix: "/app", Index: true, Refuse: func(c *gin.Context, p *api.Problem) {
		c.Header("Allow", p.Header.Get("Allow"))
		c.String(p.Status, "refused")
	}})
	before := staticEngine(static)
	before.GET("/app/route", func(c *gin.Context) { c.String(200, "route") })
	before.GET("/app/main.css", func(c *gin.Context) { t.Error("the file is there") })
	before.POST("/app/main.css", func(c *gin.Context) { c.String(201, "posted") })
	before.GET("/app/empty", func(c *gin.Context) { c.Status(200) })
	fallback := staticEngine(static)
	fallback.NoRoute(func(c *gin.Context) { c.String(404, "none") })
	route := gin.New()
	route.Any("/app/*file", static.Handler())
	for _, tt := range []struct {
		engine       http.Handler
		method, path string
		status       int
		body, allow  string
	}{
		{before, "GET", "/app/main.css", 200, site["main.css"], ""},
		{before, "GET", "/app/route", 200, "route", ""},
		{before, "POST", "/app/main.css", 201, "posted", ""},
		{before, "GET", "/app/empty", 200, "", ""},
		{before, "GET", "/app/none", 404, "refused", ""},
		{before, "PUT", "/app/none", 405, "refused", "GET, HEAD"},
		{before, "GET", "/none", 404, "404 page not found", ""},
		{fallback, "GET", "/app/none", 404, "none", ""},
		{fallback, "GET", "/app/main.css", 200, site["main.css"], ""},
		{route, "GET", "/app/main.css", 200, site["main.css"], ""},
		{route, "GET", "/app/", 200, site["index.html"], ""},
		{route, "GET", "/app/none", 404, "refused", ""},
		{route, "DELETE", "/app/main.css", 405, "refused", "GET, HEAD"},
	} {
		resp := fetched(tt.engine, tt.method, tt.path, nil)
		if body := string(plain(t, resp)); resp.StatusCode != tt.status || body != tt.body || resp.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d %q", tt.method, tt.path, resp.StatusCode, body)
		}
	}
}

// TestStaticServe uses it without Gin.
func TestStaticServe(t *testing.T) {
	t.Parallel()
	static := newStatic(t, middleware.StaticConfig{Dir: folder(t, site)})
	for _, tt := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/main.css", true},
		{"HEAD", "/main.css", true},
		{"POST", "/main.css", false},
		{"OPTIONS", "/main.css", false},
		{"GET", "/none", false},
		{"GET", "", false},
		{"GET", "*", false},
		{"GET", "main.css", false},
		{"GET", "/%zz", false},
		{"GET", "/%ff", false},
		{"GET", "/\xff", false},
		{"GET", "/%00", false},
		{"GET", "/" + strings.Repeat("x", 5000), false},
	} {
		w := httptest.NewRecorder()
		got := static.Serve(w, httptest.NewRequest(tt.method, "/", nil), tt.path)
		if got != tt.want || !got && (len(w.Header()) > 0 || w.Body.Len() > 0) {
			t.Errorf("%s %q: %v %v", tt.method, tt.path, got, w.Header())
		}
	}
	static.Close()
	if static.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "/main.css") {
		t.Error("served after Close")
	}
}
