package middleware_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestCompressLeavesAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		header map[string]string
	}{
		{"coded", 200, map[string]string{"Content-Encoding": "gzip"}},
		{"coded otherwise", 200, map[string]string{"Content-Encoding": "aes128gcm"}},
		{"switched off", 200, map[string]string{"Content-Encoding": "identity"}},
		{"no-transform", 200, map[string]string{"Cache-Control": "max-age=1, No-Transform"}},
		{"a range", 206, map[string]string{"Content-Range": "bytes 0-9/10"}},
		{"206", 206, nil},
		{"Content-Range", 200, map[string]string{"Content-Range": "bytes 0-9/10"}},
		{"a digest", 200, map[string]string{"Content-Digest": "sha-256=:AAAA:"}},
		{"another digest", 200, map[string]string{"Repr-Digest": "sha-256=:AAAA:"}},
		{"MD5", 200, map[string]string{"Content-MD5": "AAAA"}},
		{"no type", 200, map[string]string{"Content-Type": ""}},
		{"events", 200, map[string]string{"Content-Type": "text/event-stream"}},
		{"events with a charset", 200, map[string]string{"Content-Type": "Text/Event-Stream; charset=utf-8"}},
		{"PNG", 200, map[string]string{"Content-Type": "image/png"}},
		{"video", 200, map[string]string{"Content-Type": "video/mp4"}},
		{"audio", 200, map[string]string{"Content-Type": "audio/mpeg"}},
		{"ZIP", 200, map[string]string{"Content-Type": "application/zip"}},
		{"gzip", 200, map[string]string{"Content-Type": "application/gzip"}},
		{"zstd", 200, map[string]string{"Content-Type": "application/zstd"}},
		{"WOFF", 200, map[string]string{"Content-Type": "font/woff2"}},
		{"PDF", 200, map[string]string{"Content-Type": "application/pdf"}},
		{"bytes", 200, map[string]string{"Content-Type": "application/octet-stream"}},
		{"byte ranges", 200, map[string]string{"Content-Type": "multipart/byteranges; boundary=x"}},
		{"a long type", 200, map[string]string{"Content-Type": "application/" + strings.Repeat("x", 100) + "+json"}},
		{"no type at all", 200, map[string]string{"Content-Type": ";"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := rows(4096)
			resp := recorded(compressed(allCodings, func(c *gin.Context) {
				c.Header("Content-Type", "application/json")
				c.Header("ETag", `"v1"`)
				for name, value := range tt.header {
					c.Header(name, value)
				}
				c.Status(tt.status)
				c.Writer.Write(body)
			}), "GET", accept("gzip, br, zstd"))
			got := plain(t, resp)
			if resp.StatusCode != tt.status || !bytes.Equal(got, body) || resp.Header.Get("Vary") != "" || resp.Header.Get("ETag") != `"v1"` {
				t.Errorf("%d %v", resp.StatusCode, resp.Header)
			}
			want := tt.header["Content-Encoding"]
			if want == "identity" {
				want = ""
			}
			if resp.Header.Get("Content-Encoding") != want {
				t.Errorf("coded %q", resp.Header.Get("Content-Encoding"))
			}
		})
	}
}

func TestCompressTypes(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{
		"text/html", "TEXT/PLAIN; charset=latin1", "text/css;charset=utf-8", "application/json", "application/problem+json",
		"application/vnd.api+JSON", "application/javascript", "application/xml", "application/atom+xml", "application/x-ndjson",
		"application/wasm", "image/svg+xml", "image/bmp", " application/json ;x=y",
	} {
		resp := recorded(compressed(allCodings, func(c *gin.Context) {
			c.Writer.Header()["Content-Type"] = []string{contentType}
			c.Writer.Write(rows(2048))
		}), "GET", accept("gzip"))
		if resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %v", contentType, resp.Header)
		}
	}
}

func TestCompressSmall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		accept string
		write  func(c *gin.Context)
		coded  string
	}{
		{"whole", "gzip", func(c *gin.Context) { c.Writer.Write(rows(100)) }, ""},
		{"declared", "gzip", func(c *gin.Context) {
			c.Header("Content-Length", strconv.Itoa(len(rows(100))))
			c.Writer.Write(rows(100))
		}, ""},
		{"pieces", "gzip", func(c *gin.Context) {
			for _, b := range rows(100) {
				c.Writer.Write([]byte{b})
			}
		}, ""},
		{"copied", "gzip", func(c *gin.Context) { io.Copy(c.Writer, bytes.NewReader(rows(100))) }, ""},
		{"a stream", "gzip", func(c *gin.Context) {
			c.Writer.Write(rows(100))
			c.Writer.Flush()
		}, "gzip"},
		{"a declared stream", "gzip", func(c *gin.Context) {
			c.Header("Content-Length", strconv.Itoa(len(rows(100))))
			c.Writer.Flush()
			c.Writer.Write(rows(100))
		}, ""},
		{"identity is refused", "gzip, identity;q=0", func(c *gin.Context) { c.Writer.Write(rows(100)) }, "gzip"},
		{"identity is refused with all others", "gzip, *;q=0", func(c *gin.Context) { c.Writer.Write(rows(100)) }, "gzip"},
		{"after the header", "gzip", func(c *gin.Context) {
			c.Writer.WriteHeaderNow()
			c.Writer.Write(rows(100))
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp := recorded(compressed(allCodings, func(c *gin.Context) {
				c.Header("Content-Type", "application/json")
				tt.write(c)
			}), "GET", accept(tt.accept))
			if got := resp.Header.Get("Content-Encoding"); got != tt.coded || (got == "") != (resp.Header.Get("Vary") == "") {
				t.Errorf("%v", resp.Header)
			}
			if !bytes.Equal(plainBody(t, resp), rows(100)) {
				t.Error("another body")
			}
		})
	}
}

func TestCompressWithoutBody(t *testing.T) {
	t.Parallel()
	type answer struct {
		status             int
		vary, etag, length string
		coded              string
	}
	for _, tt := range []struct {
		name    string
		method  string
		request http.Header
		handler gin.HandlerFunc
		want    answer
	}{
		{"204", "GET", accept("gzip"), func(c *gin.Context) { c.Status(204) }, answer{status: 204, etag: `"v1"`}},
		{"200", "GET", accept("gzip"), func(c *gin.Context) { c.Writer.WriteHeaderNow() }, answer{status: 200, etag: `"v1"`}},
		{"nothing", "GET", accept("gzip"), func(*gin.Context) {}, answer{status: 200, etag: `"v1"`}},
		{
			"304 of the plain", "GET",
			http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {`"v1"`}},
			func(c *gin.Context) { c.Status(304) },
			answer{status: 304, etag: `"v1"`},
		},
		{
			"304 of the compressed", "GET",
			http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {`"v0", W/"v1"`}},
			func(c *gin.Context) { c.Status(304) },
			answer{status: 304, etag: `W/"v1"`, vary: "Accept-Encoding"},
		},
		{"HEAD", "HEAD", accept("gzip"), func(c *gin.Context) {
			c.Header("Content-Length", "4096")
			c.Writer.WriteHeaderNow()
		}, answer{status: 200, etag: `W/"v1"`, vary: "Accept-Encoding"}},
		{"HEAD of the plain", "HEAD", nil, func(c *gin.Context) {
			c.Header("Content-Length", "4096")
			c.Writer.WriteHeaderNow()
		}, answer{status: 200, etag: `"v1"`, vary: "Accept-Encoding", length: "4096"}},
		{"HEAD of a small one", "HEAD", accept("gzip"), func(c *gin.Context) {
			c.Header("Content-Length", "100")
			c.Writer.WriteHeaderNow()
		}, answer{status: 200, etag: `"v1"`, length: "100"}},
		{
			"HEAD with a body", "HEAD", accept("gzip"), func(c *gin.Context) { c.Writer.Write(rows(4096)) },
			answer{status: 200, etag: `W/"v1"`, vary: "Accept-Encoding"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
				c.Header("Content-Type", "application/json")
				c.Header("ETag", `"v1"`)
				tt.handler(c)
			}))
			defer server.Close()
			resp := overSocket(t, server.URL, tt.method, tt.request)
			got := answer{
				status: resp.StatusCode, vary: resp.Header.Get("Vary"), etag: resp.Header.Get("ETag"),
				coded: resp.Header.Get("Content-Encoding"), length: resp.Header.Get("Content-Length"),
			}
			if tt.method == "GET" {
				got.length = ""
			}
			if body := plain(t, resp); got != tt.want || len(body) > 0 {
				t.Errorf("%+v, want %+v, and %d bytes", got, tt.want, len(body))
			}
		})
	}
}

func TestCompressVary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ had, want []string }{
		{nil, []string{"Accept-Encoding"}},
		{[]string{"Origin"}, []string{"Origin, Accept-Encoding"}},
		{[]string{"Origin", "Cookie"}, []string{"Origin, Cookie, Accept-Encoding"}},
		{[]string{"accept-ENCODING"}, []string{"accept-ENCODING"}},
		{[]string{"Origin , Accept-Encoding"}, []string{"Origin , Accept-Encoding"}},
		{[]string{"Accept-Encoding-Not"}, []string{"Accept-Encoding-Not, Accept-Encoding"}},
		{[]string{"*"}, []string{"*"}},
	} {
		for _, coding := range []string{"", "gzip"} {
			resp := recorded(compressed(allCodings, func(c *gin.Context) {
				if tt.had != nil {
					c.Writer.Header()["Vary"] = tt.had
				}
				c.Data(200, "text/plain", rows(2048))
			}), "GET", accept(coding))
			if got := resp.Header["Vary"]; strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("%q for %q: %q, want %q", tt.had, coding, got, tt.want)
			}
		}
	}
}
