package middleware_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"

	"github.com/spikard/spikard-go/middleware"
)

// allCodings compresses from the kilobyte on.
var allCodings = middleware.CompressConfig{Gzip: true, Brotli: true, Zstd: true, MinSize: 1024, Quality: 5}

// rows is JSON of about a size.
func rows(size int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"user %d","mail":"u%d@example.com","score":%d.%d},`, i, i*7919%1000, i*31%977, i%100, i*13%997)
	}
	b.WriteString("{}]")
	return b.Bytes()
}

// compressed makes an engine with one route, for GET and HEAD.
func compressed(config middleware.CompressConfig, handler gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	engine.Use(middleware.Compress(config))
	engine.GET("/", handler)
	engine.HEAD("/", handler)
	return engine
}

// recorded asks an engine without a socket.
func recorded(engine http.Handler, method string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	for name, lines := range header {
		r.Header[name] = lines
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Result()
}

// overSocket asks a server and leaves the body as it came.
func overSocket(t *testing.T, url, method string, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range header {
		r.Header[name] = lines
	}
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func accept(lines ...string) http.Header { return http.Header{"Accept-Encoding": lines} }

// decoder undoes a content coding, and fails at the end of a cut body.
func decoder(coding string, r io.Reader) (io.Reader, error) {
	switch coding {
	case "gzip":
		return gzip.NewReader(r)
	case "br":
		return brotli.NewReader(r), nil
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)) // RFC 9659
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case "":
		return r, nil
	}
	return nil, errors.New("no decoder for " + coding)
}

func plainBody(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	r, err := decoder(resp.Header.Get("Content-Encoding"), resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCompressNegotiates(t *testing.T) {
	t.Parallel()
	body := rows(4096)
	all := allCodings
	noBrotli, onlyGzip := all, all
	noBrotli.Brotli = false
	onlyGzip.Brotli, onlyGzip.Zstd = false, false
	for _, tt := range []struct {
		accept []string
		config middleware.CompressConfig
		want   string
	}{
		{nil, all, ""},
		{[]string{""}, all, ""},
		{[]string{","}, all, ""},
		{[]string{"gzip"}, all, "gzip"},
		{[]string{"br"}, all, "br"},
		{[]string{"zstd"}, all, "zstd"},
		{[]string{"GZip"}, all, "gzip"},
		{[]string{"x-gzip"}, all, "gzip"},
		{[]string{"deflate, compress"}, all, ""},
		{[]string{"gzip, deflate, br, zstd"}, all, "br"},
		{[]string{"gzip, deflate, br, zstd"}, noBrotli, "zstd"},
		{[]string{"gzip, deflate, br, zstd"}, onlyGzip, "gzip"},
		{[]string{"br"}, onlyGzip, ""},
		{[]string{"gzip", "br"}, all, "br"},
		{[]string{"gzip;q=0.9", "br;q=0.1, zstd;q=0.5"}, all, "gzip"},
		{[]string{"gzip;q=1.0, br;q=0.999"}, all, "gzip"},
		{[]string{"gzip; q=0.3 , br ;q=0.2"}, all, "gzip"},
		{[]string{"gzip\t;\tq=0.3"}, all, "gzip"},
		{[]string{"gzip;Q=0.3"}, all, "gzip"},
		{[]string{"*"}, all, "br"},
		{[]string{"*"}, onlyGzip, "gzip"},
		{[]string{"*;q=0"}, all, ""},
		{[]string{"*;q=0, gzip"}, all, "gzip"},
		{[]string{"br;q=0, *"}, all, "zstd"},
		{[]string{"br;q=0.0, zstd;q=0.000, *;q=0.1"}, all, "gzip"},
		{[]string{"gzip;q=0"}, all, ""},
		{[]string{"gzip;q=0, gzip"}, all, ""},
		{[]string{"gzip, gzip;q=0"}, all, ""},
		{[]string{"identity"}, all, ""},
		{[]string{"identity, gzip"}, all, "gzip"},
		{[]string{"identity;q=0.5, gzip;q=0.5"}, all, "gzip"},
		{[]string{"identity;q=0.8, gzip;q=0.5"}, all, ""},
		{[]string{"*;q=0.8, gzip;q=0.5"}, onlyGzip, ""},
		{[]string{"identity;q=0"}, all, ""},
		{[]string{"identity;q=0, gzip;q=0.001"}, all, "gzip"},
		{[]string{"identity;q=0, br"}, onlyGzip, ""},
		{[]string{"gzip;q=2, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=1.001, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=0.1234, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=-1"}, all, ""},
		{[]string{"gzip;q="}, all, ""},
		{[]string{"gzip;q=.5"}, all, ""},
		{[]string{"gzip;q=1."}, all, "gzip"},
		{[]string{"gzip;q=a"}, all, ""},
		{[]string{"gzip;level=5"}, all, ""},
		{[]string{"gzip;q=1;x=y, br;q=0.2"}, all, "br"},
		{[]string{";q=1, gzip"}, all, "gzip"},
		{[]string{"gzip br"}, all, ""},
		{[]string{strings.Repeat("x,", 5000) + "gzip"}, all, "gzip"},
	} {
		name := strings.Join(tt.accept, " | ")
		if len(name) > 40 {
			name = name[:40]
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := compressed(tt.config, func(c *gin.Context) { c.Data(200, "application/json", body) })
			resp := recorded(engine, "GET", http.Header{"Accept-Encoding": tt.accept})
			if got := resp.Header.Get("Content-Encoding"); got != tt.want {
				t.Errorf("coded %q, want %q", got, tt.want)
			}
			if got := resp.Header["Vary"]; len(got) != 1 || got[0] != "Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
			if !bytes.Equal(plainBody(t, resp), body) {
				t.Error("another body")
			}
		})
	}
}

func TestCompressOffersNothing(t *testing.T) {
	t.Parallel()
	engine := compressed(middleware.CompressConfig{}, func(c *gin.Context) { c.Data(200, "text/plain", rows(4096)) })
	resp := recorded(engine, "GET", accept("gzip, br, zstd"))
	if resp.Header.Get("Vary") != "" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%v", resp.Header)
	}
}

// TestCompressWays sends bodies in all the ways that handlers have.
func TestCompressWays(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name   string
		length bool // the answer has one
		write  func(c *gin.Context, body []byte)
	}{
		{"whole", true, func(c *gin.Context, body []byte) { c.Writer.Write(body) }},
		{"declared", true, func(c *gin.Context, body []byte) {
			c.Header("Content-Length", strconv.Itoa(len(body)))
			c.Writer.Write(body)
		}},
		{"string", true, func(c *gin.Context, body []byte) { c.Writer.WriteString(string(body)) }},
		{"empty writes", true, func(c *gin.Context, body []byte) {
			c.Writer.Write(nil)
			c.Writer.Write(body)
			c.Writer.Write(nil)
		}},
		{"pieces", false, func(c *gin.Context, body []byte) {
			for len(body) > 0 {
				n := min(len(body), 700)
				c.Writer.Write(body[:n])
				body = body[n:]
			}
		}},
		{"declared pieces", false, func(c *gin.Context, body []byte) {
			c.Header("Content-Length", strconv.Itoa(len(body)))
			io.Copy(struct{ io.Writer }{c.Writer}, io.LimitReader(bytes.NewReader(body), int64(len(body))))
		}},
		{"flushed", false, func(c *gin.Context, body []byte) {
			c.Writer.Write(body[:10])
			c.Writer.Flush()
			c.Writer.Write(body[10:])
			c.Writer.Flush()
		}},
		{"flushed first", false, func(c *gin.Context, body []byte) {
			c.Writer.Flush()
			c.Writer.Write(body)
		}},
		{"read from", false, func(c *gin.Context, body []byte) {
			c.Writer.(io.ReaderFrom).ReadFrom(struct{ io.Reader }{bytes.NewReader(body)})
		}},
	} {
		for _, coding := range []string{"gzip", "br", "zstd"} {
			for _, size := range []int{2000, 100_000} {
				t.Run(fmt.Sprint(way.name, " ", coding, " ", size), func(t *testing.T) {
					t.Parallel()
					body := rows(size)
					server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
						c.Header("Content-Type", "application/json; charset=utf-8")
						c.Header("ETag", `"v1"`)
						c.Header("Accept-Ranges", "bytes")
						c.Header("Vary", "Origin")
						c.Status(201)
						way.write(c, body)
					}))
					defer server.Close()
					resp := overSocket(t, server.URL, "GET", accept(coding))
					if resp.StatusCode != 201 || resp.Header.Get("Content-Encoding") != coding {
						t.Errorf("%d %v", resp.StatusCode, resp.Header)
					}
					if whole := resp.ContentLength >= 0; whole != way.length && size > 50_000 {
						t.Errorf("a length: %v, want %v", whole, way.length)
					}
					if resp.Header.Get("ETag") != `W/"v1"` || resp.Header.Get("Accept-Ranges") != "" {
						t.Errorf("%v", resp.Header)
					}
					if got := resp.Header["Vary"]; len(got) != 1 || got[0] != "Origin, Accept-Encoding" {
						t.Errorf("Vary %q", got)
					}
					if !bytes.Equal(plainBody(t, resp), body) {
						t.Error("another body")
					}
				})
			}
		}
	}
}

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

// plain reads the body as it came.
func plain(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
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

func TestCompressWithoutMinSize(t *testing.T) {
	t.Parallel()
	config := middleware.CompressConfig{Brotli: true, Quality: 5}
	resp := recorded(compressed(config, func(c *gin.Context) { c.JSON(200, gin.H{"a": 1}) }), "GET", accept("br"))
	if resp.Header.Get("Content-Encoding") != "br" || string(plainBody(t, resp)) != `{"a":1}` {
		t.Errorf("%v", resp.Header)
	}
	resp = recorded(compressed(config, func(c *gin.Context) { c.Data(200, "text/plain", nil) }), "GET", accept("br"))
	if resp.Header.Get("Content-Encoding") != "" || len(plain(t, resp)) != 0 {
		t.Errorf("an empty body: %v", resp.Header)
	}
}

func TestCompressWithoutBody(t *testing.T) {
	t.Parallel()
	type answer struct {
		status               int
		vary, etag, length   string
		contentLength, coded string
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

// TestCompressFlush reads each piece before the handler goes on to the next.
func TestCompressFlush(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			next := make(chan string)
			server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
				c.Header("Content-Type", "application/x-ndjson")
				for line := range next {
					c.Writer.WriteString(line)
					c.Writer.Flush()
				}
			}))
			defer server.Close()
			lines := []string{"{}\n", string(rows(3000)) + "\n", "[]\n"}
			sent := make(chan struct{})
			go func() { // the header comes with the first piece
				defer close(sent)
				next <- lines[0]
			}()
			resp := overSocket(t, server.URL, "GET", accept(coding))
			<-sent
			body, err := decoder(coding, resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(body)
			for i, line := range lines {
				if i > 0 {
					next <- line
				}
				if got, err := r.ReadString('\n'); err != nil || got != line {
					t.Fatalf("line %d: %v", i, err)
				}
			}
			close(next)
			if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
				t.Errorf("%q %v", rest, err)
			}
		})
	}
}

func TestCompressPanic(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		before   func(c *gin.Context)
		answered bool
	}{
		{"at once", func(*gin.Context) {}, false},
		{"with a little held", func(c *gin.Context) { c.String(200, "half") }, false},
		{"in the coder", func(c *gin.Context) {
			c.Header("Content-Type", "text/plain")
			c.Writer.Write(rows(4096))
		}, false},
		{"in a stream", func(c *gin.Context) {
			c.Header("Content-Type", "text/plain")
			c.Writer.Write(rows(4096))
			c.Writer.Flush()
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine := gin.New()
			engine.Use(middleware.Recovery(func(c *gin.Context, _ any, _ []byte, answered bool) {
				if answered != tt.answered {
					t.Errorf("answered: %v", answered)
				}
				if !answered {
					c.Data(500, "text/plain", []byte("caught"))
				}
			}), middleware.Compress(allCodings))
			engine.GET("/", func(c *gin.Context) {
				tt.before(c)
				if c.Query("fine") == "" {
					panic(tt.name)
				}
			})
			server := httptest.NewServer(engine)
			defer server.Close()
			for range 3 {
				resp := overSocket(t, server.URL, "GET", accept("gzip"))
				body, err := io.ReadAll(resp.Body)
				if tt.answered {
					if err == nil {
						t.Error("the answer of a handler that failed looks whole")
					}
				} else if resp.StatusCode != 500 || string(body) != "caught" || resp.Header.Get("Content-Encoding") != "" || err != nil {
					t.Errorf("%d %v %q %v", resp.StatusCode, resp.Header, body, err)
				}
				resp = overSocket(t, server.URL+"/?fine=1", "GET", accept("gzip"))
				plainBody(t, resp)
			}
		})
	}
}

// TestCompressShort announces more than is written: the client must see it.
func TestCompressShort(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip"} {
		for _, flush := range []bool{false, true} {
			server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
				c.Header("Content-Type", "text/plain")
				c.Header("Content-Length", "9000")
				c.Writer.Write(rows(4096))
				if flush {
					c.Writer.Flush()
				}
			}))
			r, _ := http.NewRequest("GET", server.URL, nil)
			r.Header.Set("Accept-Encoding", coding)
			resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if err == nil {
				t.Errorf("%q, flushed %v: looks whole", coding, flush)
			}
			server.Close()
		}
	}
}

func TestCompressLong(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip"} {
		resp := recorded(compressed(allCodings, func(c *gin.Context) {
			c.Header("Content-Type", "text/plain")
			c.Header("Content-Length", "4096")
			if _, err := c.Writer.Write(rows(4096)[:4096]); err != nil {
				t.Error(err)
			}
			if _, err := c.Writer.Write([]byte("more")); coding != "" && !errors.Is(err, http.ErrContentLength) {
				t.Errorf("more than announced: %v", err)
			}
		}), "GET", accept(coding))
		if got := plainBody(t, resp); coding != "" && len(got) != 4096 {
			t.Errorf("%d bytes", len(got))
		}
	}
}

// TestCompressGone writes until the client's leaving shows, for each coder.
func TestCompressGone(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"gzip", "br", "zstd"} {
		wrote := make(chan error, 1)
		server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
			c.Header("Content-Type", "text/plain")
			c.Writer.Flush()
			<-c.Request.Context().Done()
			var err error
			for i := 0; err == nil && i < 10_000; i++ {
				_, err = c.Writer.Write(rows(64 << 10))
				c.Writer.Flush()
			}
			_, again := c.Writer.Write([]byte("x"))
			wrote <- errors.Join(err, again)
		}))
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\n\r\n", coding)
		bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if err := <-wrote; err == nil {
			t.Errorf("%s: no error", coding)
		}
		server.Close()
	}
}

func TestCompressWriterIsWhole(t *testing.T) {
	t.Parallel()
	engine := compressed(allCodings, func(c *gin.Context) {
		w := c.Writer
		if w.Written() || w.Size() != -1 || w.Status() != 200 {
			t.Errorf("before: %v %d %d", w.Written(), w.Size(), w.Status())
		}
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Errorf("a deadline: %v", err)
		}
		_ = w.Pusher()
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(202)
		w.WriteString("four")
		if !w.Written() || w.Size() != 4 || w.Status() != 202 {
			t.Errorf("after: %v %d %d", w.Written(), w.Size(), w.Status())
		}
		w.WriteHeader(500) // too late
		w.WriteHeaderNow()
		if _, _, err := w.Hijack(); err == nil {
			t.Error("hijacked with a part written")
		}
	})
	engine.GET("/hijack", func(c *gin.Context) {
		conn, _, err := c.Writer.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Write([]byte("HTTP/1.1 299 Mine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
		conn.Close()
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	if resp := overSocket(t, server.URL, "GET", accept("gzip")); resp.StatusCode != 202 || string(plain(t, resp)) != "four" {
		t.Errorf("%d", resp.StatusCode)
	}
	if resp := overSocket(t, server.URL+"/hijack", "GET", accept("gzip")); resp.StatusCode != 299 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// TestCompressSize compares what stands before the middleware sees with what
// goes over the wire.
func TestCompressSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 4096, 300_000} {
		engine := gin.New()
		seen := 0
		engine.Use(func(c *gin.Context) {
			own := c.Writer
			c.Next()
			seen = c.Writer.Size()
			if c.Writer != own {
				t.Error("another writer is left")
			}
		}, middleware.Compress(allCodings), middleware.Compress(allCodings))
		engine.GET("/", func(c *gin.Context) {
			c.Header("Content-Type", "text/plain")
			for _, piece := range bytes.SplitAfter(rows(size), []byte("}")) {
				c.Writer.Write(piece)
			}
		})
		resp := recorded(engine, "GET", accept("gzip"))
		if got := len(plain(t, resp)); got != seen || got == 0 {
			t.Errorf("%d: %d bytes, seen %d", size, got, seen)
		}
	}
}

func TestCompressTrailer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(compressed(allCodings, func(c *gin.Context) {
		c.Header("Content-Type", "text/plain")
		c.Header("Trailer", "X-Sum")
		c.Writer.Write(rows(4096))
		c.Header("X-Sum", "1")
	}))
	defer server.Close()
	resp := overSocket(t, server.URL, "GET", accept("br"))
	if plainBody(t, resp); resp.Trailer.Get("X-Sum") != "" {
		return
	}
	io.Copy(io.Discard, resp.Body)
	if resp.Trailer.Get("X-Sum") != "1" {
		t.Errorf("%v", resp.Trailer)
	}
}

func TestCompressQualities(t *testing.T) {
	t.Parallel()
	body := rows(3000)
	for quality := -1; quality <= 12; quality++ {
		for _, coding := range []string{"gzip", "br", "zstd"} {
			config := allCodings
			config.Quality = quality
			resp := recorded(compressed(config, func(c *gin.Context) { c.Data(200, "text/plain", body) }), "GET", accept(coding))
			if length, _ := strconv.Atoi(resp.Header.Get("Content-Length")); length == 0 || length > len(body)/2 {
				t.Errorf("%s %d: %d bytes", coding, quality, length)
			}
			if !bytes.Equal(plainBody(t, resp), body) {
				t.Errorf("%s %d: another body", coding, quality)
			}
		}
	}
}

// TestCompressHammer has many clients share the pools.
func TestCompressHammer(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Use(middleware.Recovery(func(*gin.Context, any, []byte, bool) {}), middleware.Compress(allCodings))
	engine.GET("/:n", func(c *gin.Context) {
		n, _ := strconv.Atoi(c.Param("n"))
		body, _ := json.Marshal(bytes.Repeat([]byte(c.Param("n")), 10+n*37%5000))
		c.Header("Content-Type", "application/json")
		switch n % 4 {
		case 0:
			c.Writer.Write(body)
		case 1:
			c.Writer.Write(body[:5])
			c.Writer.Flush()
			c.Writer.Write(body[5:])
		case 2:
			io.Copy(struct{ io.Writer }{c.Writer}, io.MultiReader(bytes.NewReader(body[:9]), bytes.NewReader(body[9:])))
		case 3:
			c.Writer.Write(body)
			panic("now")
		}
	})
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for i := range 200 {
				n := i*8 + client
				r := httptest.NewRequest("GET", "/"+strconv.Itoa(n), nil)
				r.Header["Accept-Encoding"] = []string{[]string{"gzip", "br", "zstd", ""}[i%4]}
				w := httptest.NewRecorder()
				func() {
					defer func() {
						if v := recover(); v != nil && n%4 != 3 {
							t.Errorf("%d: %v", n, v)
						}
					}()
					engine.ServeHTTP(w, r)
				}()
				if n%4 == 3 {
					continue
				}
				want, _ := json.Marshal(bytes.Repeat([]byte(strconv.Itoa(n)), 10+n*37%5000))
				body, err := decoder(w.Header().Get("Content-Encoding"), w.Body)
				if err == nil {
					var got []byte
					if got, err = io.ReadAll(body); err == nil && !bytes.Equal(got, want) {
						err = errors.New("another body")
					}
				}
				if err != nil {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	clients.Wait()
}

// FuzzCompress has the answer mean the same, whatever is asked for and however
// it is cut.
func FuzzCompress(f *testing.F) {
	f.Add("gzip;q=0.5, br", "application/json", []byte("[1,2,3]"), uint16(3), uint8(1))
	f.Add("*;q=0", "text/event-stream", rows(3000), uint16(700), uint8(2))
	f.Add("identity;q=0,zstd", "", rows(2000), uint16(1), uint8(0))
	config := allCodings
	config.MinSize = 64
	f.Fuzz(func(t *testing.T, acceptEncoding, contentType string, body []byte, piece uint16, flush uint8) {
		engine := compressed(config, func(c *gin.Context) {
			c.Writer.Header()["Content-Type"] = []string{contentType}
			for i, rest := 0, body; len(rest) > 0; i++ {
				n := min(len(rest), int(piece)+1)
				c.Writer.Write(rest[:n])
				rest = rest[n:]
				if flush > 0 && i%int(flush) == 0 {
					c.Writer.Flush()
				}
			}
		})
		resp := recorded(engine, "GET", accept(acceptEncoding))
		if coding := resp.Header.Get("Content-Encoding"); coding != "" && !strings.Contains(strings.ToLower(acceptEncoding), coding) && !strings.Contains(acceptEncoding, "*") {
			t.Errorf("%q for %q", coding, acceptEncoding)
		}
		if !bytes.Equal(plainBody(t, resp), body) {
			t.Error("another body")
		}
	})
}
