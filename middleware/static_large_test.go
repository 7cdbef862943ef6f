package middleware_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// TestStaticLarge sends a file of 1 GiB, and counts what all of the process
// allocates meanwhile: so it isn't parallel.
func TestStaticLarge(t *testing.T) {
	const size = 1 << 30
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	middle := []byte("the middle")
	f.Truncate(size) // sparse: it takes no room
	f.WriteAt(middle, size/2)
	f.Close()
	static := newStatic(t, middleware.StaticConfig{Dir: dir, Prefix: "/files"})
	for name, handlers := range map[string][]gin.HandlerFunc{
		"alone":           nil,
		"behind Compress": {middleware.Compress(allCodings)},
		"behind another":  {func(c *gin.Context) { c.Writer = &hiding{c.Writer} }},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan int, 1)
			engine := gin.New()
			engine.Use(func(c *gin.Context) {
				w := c.Writer
				c.Next()
				seen <- w.Size()
			})
			engine.Use(handlers...)
			engine.GET("/files/*file", static.Handler())
			server := httptest.NewServer(engine)
			defer server.Close()
			for _, rang := range []string{"", fmt.Sprintf("bytes=%d-%d", size/2, size/2+9), fmt.Sprintf("bytes=%d-", size/4)} {
				header := accept("gzip, br, zstd")
				want := int64(size)
				if rang != "" {
					header.Set("Range", rang)
					want = 10
					if rang[len(rang)-1] == '-' {
						want = size - size/4
					}
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				resp := overSocket(t, server.URL+"/files/large.bin", "GET", header)
				var n int64
				if want == 10 {
					body := plain(t, resp)
					if n = int64(len(body)); !bytes.Equal(body, middle) {
						t.Errorf("%q", body)
					}
				} else if n, err = io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatal(err)
				}
				counted := <-seen
				runtime.ReadMemStats(&after)
				if n != want || resp.ContentLength != want || int64(counted) != want {
					t.Errorf("%q: %d bytes, Content-Length %d, counted %d, want %d", rang, n, resp.ContentLength, counted, want)
				}
				if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
					t.Errorf("%q: %d bytes allocated", rang, grown)
				}
			}
		})
	}
}

// hiding is as another middleware's writer, which may do something with what
// is written.
type hiding struct{ gin.ResponseWriter }

func (h *hiding) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// sending is net/http's writer as far as files go.
type sending struct {
	*httptest.ResponseRecorder
	sent int64
}

func (s *sending) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(s.ResponseRecorder, src)
	s.sent += n
	return n, err
}

// TestStaticSends proves that net/http gets the file itself, past Gin's writer
// and past no other. It fails for a Gin whose writer is made otherwise.
func TestStaticSends(t *testing.T) {
	t.Parallel()
	content := make([]byte, 100_000)
	rand.Read(content)
	static := newStatic(t, middleware.StaticConfig{Dir: folder(t, map[string]string{"a.png": string(content), "small.png": "x", "a.txt": string(content)})})
	upper := func(c *gin.Context) { c.Writer = &hiding{c.Writer} }
	for _, tt := range []struct {
		name, path string
		handlers   []gin.HandlerFunc
		sent       bool
	}{
		{"alone", "/a.png", nil, true},
		{"small", "/small.png", nil, false},
		{"behind Compress", "/a.png", []gin.HandlerFunc{middleware.Compress(allCodings)}, true},
		{"compressed", "/a.txt", []gin.HandlerFunc{middleware.Compress(allCodings)}, false},
		{"behind another", "/a.png", []gin.HandlerFunc{upper}, false},
		{"behind Compress and another", "/a.png", []gin.HandlerFunc{upper, middleware.Compress(allCodings)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			size := 0
			count := func(c *gin.Context) {
				own := c.Writer
				c.Next()
				c.Writer.WriteString("!") // the writer is as it was
				size = own.Size()
			}
			engine := staticEngine(static, append([]gin.HandlerFunc{count}, tt.handlers...)...)
			r := httptest.NewRequest("GET", tt.path, nil)
			r.Header["Accept-Encoding"] = []string{"gzip"}
			w := &sending{ResponseRecorder: httptest.NewRecorder()}
			engine.ServeHTTP(w, r)
			if sent := w.sent > 0; sent != tt.sent || w.Code != 200 || size != w.Body.Len() {
				t.Errorf("%d, sent %d, counted %d of %d", w.Code, w.sent, size, w.Body.Len())
			}
			if tt.sent && !bytes.Equal(w.Body.Bytes(), append(bytes.Clone(content), '!')) {
				t.Error("another body")
			}
		})
	}
}

func BenchmarkStatic(b *testing.B) {
	small, large := string(rows(2000)), string(rows(256<<10))
	static := newStatic(b, middleware.StaticConfig{Dir: folder(b, map[string]string{"small.json": small, "large.json": large, "small.json.br": "x"}), CacheControl: "public"})
	coded := newStatic(b, middleware.StaticConfig{Dir: folder(b, map[string]string{"small.json": small, "small.json.br": "x"}), Precompressed: true})
	for _, bb := range []struct {
		name, path string
		static     *middleware.Static
		header     http.Header
	}{
		{"small", "/small.json", static, nil},
		{"large", "/large.json", static, nil},
		{"notmodified", "/small.json", static, http.Header{"If-None-Match": {"*"}}},
		{"precompressed", "/small.json", coded, accept("gzip, br")},
		{"missing", "/none.json", static, nil},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", bb.path, nil)
			r.Header = bb.header
			w := &discardAnswer{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				bb.static.Serve(w, r, bb.path)
			}
		})
	}
}
