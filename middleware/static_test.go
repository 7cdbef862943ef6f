package middleware_test

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

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
	"täst.txt":                    "umlaut",
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

func TestStaticConfigFaults(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	for _, tt := range []struct {
		config middleware.StaticConfig
		want   []string
	}{
		{middleware.StaticConfig{}, []string{"one of Dir and FS"}},
		{middleware.StaticConfig{Dir: dir, FS: fstest.MapFS{}}, []string{"one of Dir and FS"}},
		{middleware.StaticConfig{Dir: dir + "/none"}, []string{"none"}},
		{middleware.StaticConfig{Dir: dir + "/main.css"}, []string{"main.css"}},
		{middleware.StaticConfig{FS: cantSeek{fstest.MapFS{"a": {}}}}, []string{"can't seek"}},
		{
			middleware.StaticConfig{Prefix: "app", CacheControl: "a\nb"},
			[]string{"prefix \"app\"", "cache control", "one of Dir and FS"},
		},
		{middleware.StaticConfig{Dir: dir, Prefix: "/a/../b"}, []string{"prefix"}},
		{middleware.StaticConfig{Dir: dir, Prefix: "/."}, []string{"prefix"}},
		{middleware.StaticConfig{Dir: dir, Prefix: "//"}, []string{"prefix"}},
	} {
		_, err := middleware.NewStatic(tt.config)
		if err == nil {
			t.Errorf("%+v is fine", tt.config)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: not %q", err, want)
			}
		}
	}
}

// cantSeek is as an archive/zip.Reader.
type cantSeek struct{ fs.FS }

func (c cantSeek) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if _, folder := f.(fs.ReadDirFile); folder || err != nil {
		return f, err
	}
	return struct{ fs.File }{f}, nil
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

func TestStaticTypes(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	want := map[string]string{
		"a.html": "text/html; charset=utf-8", "a.HTML": "text/html; charset=utf-8", "a.css": "text/css; charset=utf-8",
		"a.js": "text/javascript; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8", "a.json": "application/json",
		"a.svg": "image/svg+xml", "a.wasm": "application/wasm", "a.woff2": "font/woff2", "a.ico": "image/x-icon",
		"a.map": "application/json", "a.txt": "text/plain; charset=utf-8", "a.xml": "text/xml; charset=utf-8", "a.webp": "image/webp",
		"a.avif": "image/avif", "a.mp4": "video/mp4", "noextension": "application/octet-stream", "a.unheardof": "application/octet-stream",
		"a.tar.gz": "application/gzip",
	}
	for name := range want {
		files[name] = "<script>alert(1)</script>"
	}
	engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: folder(t, files)}))
	for name, contentType := range want {
		resp := fetched(engine, "GET", "/"+name, nil)
		if resp.Header.Get("Content-Type") != contentType || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", name, resp.Header)
		}
	}
}

//go:embed static_test.go
var embedded embed.FS

func TestStaticTags(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	css := filepath.Join(dir, "main.css")
	tag := func(static *middleware.Static, name string) (etag, modified string) {
		resp := fetched(staticEngine(static), "GET", name, nil)
		if resp.StatusCode != 200 {
			t.Fatalf("%s: %d", name, resp.StatusCode)
		}
		return resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	}
	change := func(name, content string, at time.Time) {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	static := newStatic(t, middleware.StaticConfig{Dir: dir})
	at := time.Date(2024, 2, 3, 4, 5, 6, 7, time.UTC)
	change(css, "one", at)
	first, modified := tag(static, "/main.css")
	if first == "" || strings.HasPrefix(first, "W/") || modified != "Sat, 03 Feb 2024 04:05:06 GMT" {
		t.Errorf("%s %s", first, modified)
	}
	if again, _ := tag(newStatic(t, middleware.StaticConfig{Dir: dir}), "/main.css"); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	change(css, "two", at.Add(time.Nanosecond))
	if second, _ := tag(static, "/main.css"); second == first {
		t.Error("the same tag a nanosecond later")
	}
	change(css, "three", at)
	if third, _ := tag(static, "/main.css"); third == first {
		t.Error("the same tag for another size")
	}
	change(css, "later", time.Now().Add(time.Hour))
	if _, modified := tag(static, "/main.css"); modified == "" {
		t.Error("no time")
	} else if when, err := http.ParseTime(modified); err != nil || when.After(time.Now()) {
		t.Errorf("a time to come: %s", modified)
	}
	// Without a time that says something, by the content.
	for _, at := range []time.Time{time.Unix(0, 0), time.Unix(1, 0)} {
		change(css, "epoch", at)
		one, modified := tag(newStatic(t, middleware.StaticConfig{Dir: dir}), "/main.css")
		change(css, "EPOCH", at)
		two, _ := tag(newStatic(t, middleware.StaticConfig{Dir: dir}), "/main.css")
		if one == "" || one == two || modified != "" {
			t.Errorf("%s %s %s", one, two, modified)
		}
	}
	files := newStatic(t, middleware.StaticConfig{FS: embedded})
	one, modified := tag(files, "/static_test.go")
	two, _ := tag(files, "/static_test.go")
	if one == "" || one != two || modified != "" || strings.HasPrefix(one, "W/") {
		t.Errorf("%s %s %s", one, two, modified)
	}
	own, _ := embedded.ReadFile("static_test.go")
	if resp := fetched(staticEngine(files), "GET", "/static_test.go", nil); !bytes.Equal(plain(t, resp), own) {
		t.Error("another body")
	}
}

func TestStaticConditions(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a.txt": "0123456789"})
	at := time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
	os.Chtimes(filepath.Join(dir, "a.txt"), at, at)
	engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: dir, CacheControl: "public, max-age=60"}))
	tag := fetched(engine, "GET", "/a.txt", nil).Header.Get("ETag")
	before, same, after := at.Add(-time.Hour).Format(http.TimeFormat), at.Format(http.TimeFormat), at.Add(time.Hour).Format(http.TimeFormat)
	for _, tt := range []struct {
		name, value string
		status      int
		cache       bool
	}{
		{"If-None-Match", tag, 304, true},
		{"If-None-Match", "W/" + tag, 304, true},
		{"If-None-Match", `"x", ` + tag, 304, true},
		{"If-None-Match", "*", 304, true},
		{"If-None-Match", `"x"`, 200, true},
		{"If-Modified-Since", same, 304, true},
		{"If-Modified-Since", after, 304, true},
		{"If-Modified-Since", before, 200, true},
		{"If-Modified-Since", "yesterday", 200, true},
		{"If-Match", tag, 200, true},
		{"If-Match", "*", 200, true},
		{"If-Match", `"x"`, 412, false},
		{"If-Match", "W/" + tag, 412, false},
		{"If-Unmodified-Since", before, 412, false},
		{"If-Unmodified-Since", same, 200, true},
		{"Range", "bytes=0-1", 206, true},
		{"Range", "bytes=20-", 416, false},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			if method == "HEAD" && tt.name == "Range" {
				continue
			}
			resp := fetched(engine, method, "/a.txt", map[string]string{tt.name: tt.value})
			if resp.StatusCode != tt.status || tt.cache != (resp.Header.Get("Cache-Control") == "public, max-age=60") {
				t.Errorf("%s %s: %s: %d %v", method, tt.name, tt.value, resp.StatusCode, resp.Header)
			}
			if body := plain(t, resp); (tt.status == 304 || tt.status == 412) && (len(body) > 0 || resp.Header.Get("Content-Type") != "") {
				t.Errorf("%s: %q %v", tt.value, body, resp.Header)
			}
			if tt.status == 304 && resp.Header.Get("ETag") != tag {
				t.Errorf("304: %v", resp.Header)
			}
		}
	}
}

func TestStaticPrecompressed(t *testing.T) {
	t.Parallel()
	engine := staticEngine(newStatic(t, middleware.StaticConfig{
		Dir: folder(t, map[string]string{
			"app.js": "plain plain plain", "app.js.br": "brotli", "app.js.gz": "gzipped",
			"only.js": "plain", "only.js.zst/x": "a folder", "only.js.gz": "gzipped",
			"a.png": "plain", "a.png.gz": "gzipped", "lone.js.br": "brotli",
			"index.html": "plain", "index.html.zst": "zstandard",
		}),
		Precompressed: true, Index: true, CacheControl: "public",
	}), middleware.Compress(middleware.CompressConfig{}))
	plainTag := fetched(engine, "GET", "/app.js", nil).Header.Get("ETag")
	for _, tt := range []struct {
		path, accept, rang string
		status             int
		coding, body, vary string
	}{
		{"/app.js", "", "", 200, "", "plain plain plain", "Accept-Encoding"},
		{"/app.js", "gzip, br, zstd", "", 200, "br", "brotli", "Accept-Encoding"},
		{"/app.js", "gzip, br;q=0.5", "", 200, "gzip", "gzipped", "Accept-Encoding"},
		{"/app.js", "zstd", "", 200, "", "plain plain plain", "Accept-Encoding"},
		{"/app.js", "zstd, gzip;q=0.1", "", 200, "gzip", "gzipped", "Accept-Encoding"},
		{"/app.js", "gzip;q=0", "", 200, "", "plain plain plain", "Accept-Encoding"},
		{"/app.js", "gzip, br", "bytes=0-4", 206, "", "plain", "Accept-Encoding"},
		{"/app.js", "gzip, br", "lines=0-4", 200, "br", "brotli", "Accept-Encoding"},
		{"/only.js", "zstd, gzip", "", 200, "gzip", "gzipped", "Accept-Encoding"},
		{"/a.png", "gzip", "", 200, "", "plain", ""},
		{"/lone.js", "br", "", 404, "", "", ""},
		{"/", "zstd", "", 200, "zstd", "zstandard", "Accept-Encoding"},
	} {
		header := map[string]string{"Accept-Encoding": tt.accept}
		if tt.rang != "" {
			header["Range"] = tt.rang
		}
		resp := fetched(engine, "GET", tt.path, header)
		body := string(plain(t, resp))
		if resp.StatusCode != tt.status || resp.Header.Get("Vary") != tt.vary || resp.Header.Get("Content-Encoding") != tt.coding || tt.status != 404 && body != tt.body {
			t.Errorf("%s %q %q: %d %q %v", tt.path, tt.accept, tt.rang, resp.StatusCode, body, resp.Header)
		}
		if tt.status != 200 {
			continue
		}
		if resp.ContentLength != int64(len(body)) {
			t.Errorf("%s %q: length %d", tt.path, tt.accept, resp.ContentLength)
		}
		if contentType := resp.Header.Get("Content-Type"); tt.path == "/app.js" && contentType != "text/javascript; charset=utf-8" {
			t.Errorf("%s", contentType)
		}
		tag := resp.Header.Get("ETag")
		if tt.path == "/app.js" && (tt.coding == "") != (tag == plainTag) {
			t.Errorf("%q: %s, the plain one %s", tt.coding, tag, plainTag)
		}
		header["If-None-Match"] = tag
		resp = fetched(engine, "GET", tt.path, header)
		if tt.rang == "" && (resp.StatusCode != 304 || resp.Header.Get("Vary") != tt.vary || resp.Header.Get("ETag") != tag || resp.Header.Get("Content-Encoding") != "") {
			t.Errorf("%s %q: %d %v", tt.path, tt.accept, resp.StatusCode, resp.Header)
		}
		if resp = fetched(engine, "HEAD", tt.path, map[string]string{"Accept-Encoding": tt.accept}); resp.Header.Get("Content-Encoding") != tt.coding || resp.ContentLength != int64(len(body)) {
			t.Errorf("HEAD %s %q: %v", tt.path, tt.accept, resp.Header)
		}
	}
}

// TestStaticBehindCompress has what lies there compressed already pass.
func TestStaticBehindCompress(t *testing.T) {
	t.Parallel()
	text := string(rows(50_000))
	engine := staticEngine(newStatic(t, middleware.StaticConfig{
		Dir:           folder(t, map[string]string{"a.json": text, "b.json": text, "b.json.gz": "packed", "c.png": text, "small.json": "{}"}),
		Precompressed: true,
	}), middleware.Compress(allCodings))
	server := httptest.NewServer(engine)
	defer server.Close()
	for _, tt := range []struct {
		path, rang, coding string
		status             int
	}{
		{"/a.json", "", "gzip", 200},
		{"/b.json", "", "gzip", 200},
		{"/c.png", "", "", 200},
		{"/small.json", "", "", 200},
		{"/a.json", "bytes=0-9999", "", 206},
		{"/a.json", "bytes=99999-", "", 416},
	} {
		header := accept("gzip")
		if tt.rang != "" {
			header.Set("Range", tt.rang)
		}
		resp := overSocket(t, server.URL+tt.path, "GET", header)
		if resp.StatusCode != tt.status || resp.Header.Get("Content-Encoding") != tt.coding {
			t.Errorf("%s %s: %d %v", tt.path, tt.rang, resp.StatusCode, resp.Header)
		}
		if tt.path == "/b.json" {
			if body := plain(t, resp); string(body) != "packed" {
				t.Errorf("%q", body)
			}
		} else if body := plainBody(t, resp); tt.status == 200 && tt.path != "/small.json" && string(body) != text {
			t.Errorf("%s: another body", tt.path)
		}
		// Each knows its own validator again.
		tag := resp.Header.Get("ETag")
		header = http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {tag}}
		if tt.status == 200 {
			if resp := overSocket(t, server.URL+tt.path, "GET", header); resp.StatusCode != 304 || resp.Header.Get("ETag") != tag {
				t.Errorf("%s: %d %v, had %s", tt.path, resp.StatusCode, resp.Header, tag)
			}
		}
	}
}

// tired has no descriptors left.
type tired struct{ fstest.MapFS }

func (f tired) Open(name string) (fs.File, error) {
	if name == "a.txt" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
	}
	if name == "b.txt" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("broken")}
	}
	return f.MapFS.Open(name)
}

func TestStaticCannotOpen(t *testing.T) {
	t.Parallel()
	static := newStatic(t, middleware.StaticConfig{FS: tired{}})
	for path, want := range map[string]int{"/a.txt": 503, "/b.txt": 404} {
		if resp := fetched(staticEngine(static), "GET", path, nil); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// TestStaticCut has a file get shorter while it is sent.
func TestStaticCut(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip"} {
		dir := folder(t, map[string]string{"a.txt": ""})
		name := filepath.Join(dir, "a.txt")
		os.Truncate(name, 64<<20)
		engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: dir}), middleware.Compress(allCodings))
		server := httptest.NewServer(engine)
		r, _ := http.NewRequest("GET", server.URL+"/a.txt", nil)
		r.Header.Set("Accept-Encoding", coding)
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		r2, err := decoder(resp.Header.Get("Content-Encoding"), resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var piece [1]byte
		io.ReadFull(r2, piece[:])
		os.Truncate(name, 1<<10)
		if n, err := io.Copy(io.Discard, r2); err == nil && n < 64<<20-1 {
			t.Errorf("%q: %d bytes look whole", coding, n)
		}
		resp.Body.Close()
		server.Close()
	}
}
