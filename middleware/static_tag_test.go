package middleware_test

import (
	"bytes"
	"embed"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/middleware"
)

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
