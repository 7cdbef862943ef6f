package middleware_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

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
