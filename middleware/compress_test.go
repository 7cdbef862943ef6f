package middleware_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

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
		{"declared and flushed", true, func(c *gin.Context, body []byte) {
			c.Header("Content-Length", strconv.Itoa(len(body)))
			c.Writer.Write(body)
			c.Writer.Flush()
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

// plain reads the body as it came.
func plain(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
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
