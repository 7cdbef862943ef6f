package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

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
