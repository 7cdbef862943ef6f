package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// discardAnswer is an http.ResponseWriter that costs nothing.
type discardAnswer struct {
	header http.Header
	bytes  int
}

func (d *discardAnswer) Header() http.Header { return d.header }

func (d *discardAnswer) WriteHeader(int) {}

func (d *discardAnswer) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

var jsonLine = []string{"application/json"}

// answerer is an engine that answers with a body.
func answerer(body []byte, handlers ...gin.HandlerFunc) (engine *gin.Engine, serve func(acceptEncoding ...string) func()) {
	engine = gin.New()
	engine.Use(handlers...)
	engine.GET("/", func(c *gin.Context) {
		c.Writer.Header()["Content-Type"] = jsonLine
		c.Writer.Write(body)
	})
	return engine, func(acceptEncoding ...string) func() {
		r := httptest.NewRequest("GET", "/", nil)
		if acceptEncoding != nil {
			r.Header["Accept-Encoding"] = acceptEncoding
		}
		w := &discardAnswer{header: http.Header{}}
		return func() {
			clear(w.header)
			engine.ServeHTTP(w, r)
		}
	}
}

// TestCompressAllocations holds those who don't gain by it free of its cost.
func TestCompressAllocations(t *testing.T) {
	if poolsForget {
		t.Skip("under the race detector, sync.Pool drops what it gets at random")
	}
	for _, tt := range []struct {
		name   string
		body   []byte
		accept []string
		want   float64
	}{
		{"no Accept-Encoding", rows(16 << 10), nil, 0},
		{"no Accept-Encoding, small", rows(100), nil, 0},
		{"small", rows(100), []string{"gzip, deflate, br, zstd"}, 0},
		{"gzip", rows(16 << 10), []string{"gzip"}, 2}, // Content-Length and its slice
		{"zstd", rows(16 << 10), []string{"zstd"}, 2},
	} {
		_, serve := answerer(tt.body, middleware.Compress(allCodings))
		request := serve(tt.accept...)
		request()
		if got := testing.AllocsPerRun(200, request); got > tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	config := allCodings
	config.Quality = 6
	for _, bb := range []struct {
		name   string
		size   int
		accept []string
	}{
		{"none", 16 << 10, nil},
		{"small", 100, []string{"gzip, deflate, br, zstd"}},
		{"16KiB/gzip", 16 << 10, []string{"gzip"}},
		{"16KiB/zstd", 16 << 10, []string{"zstd"}},
		{"16KiB/br", 16 << 10, []string{"br"}},
	} {
		body := rows(bb.size)
		for name, handlers := range map[string][]gin.HandlerFunc{"control": nil, "compress": {middleware.Compress(config)}} {
			if name == "control" && bb.accept != nil {
				continue
			}
			b.Run(bb.name+"/"+name, func(b *testing.B) {
				_, serve := answerer(body, handlers...)
				request := serve(bb.accept...)
				b.ReportAllocs()
				for b.Loop() {
					request()
				}
			})
		}
	}
}
