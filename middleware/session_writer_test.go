package middleware_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// TestSessionBeforeHeader changes a session and sends the header in each of
// the ways that there are.
func TestSessionBeforeHeader(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(c *gin.Context){
		"nothing":             func(*gin.Context) {},
		"status":              func(c *gin.Context) { c.Status(204) },
		"string":              func(c *gin.Context) { c.String(200, "x") },
		"write":               func(c *gin.Context) { c.Writer.Write([]byte("x")) },
		"write string":        func(c *gin.Context) { c.Writer.WriteString("x") },
		"write header":        func(c *gin.Context) { c.Writer.WriteHeader(201); c.Writer.WriteHeaderNow() },
		"flush":               func(c *gin.Context) { c.Writer.Flush() },
		"response controller": func(c *gin.Context) { http.NewResponseController(c.Writer).Flush() },
		"deadline": func(c *gin.Context) {
			if err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
		},
		"redirect":   func(c *gin.Context) { c.Redirect(302, "/") },
		"abort":      func(c *gin.Context) { c.AbortWithStatus(403) },
		"http.Error": func(c *gin.Context) { http.Error(c.Writer, "x", 400) },
		"copy":       func(c *gin.Context) { io.Copy(c.Writer, strings.NewReader("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := gin.New()
			engine.Use(newSessions(t, middleware.SessionConfig{}).Handler())
			engine.GET("/", func(c *gin.Context) {
				middleware.SessionOf(c).Set("n", 1)
				answer(c)
				middleware.SessionOf(c).Set("n", 2)
			})
			server := httptest.NewServer(engine)
			t.Cleanup(server.Close)
			r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
			got, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			if cookies := got.Header["Set-Cookie"]; len(cookies) != 1 {
				t.Errorf("%d %v", got.StatusCode, got.Header)
			}
		})
	}
}

func TestSessionThatCantBeKept(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"too large": strings.Repeat("x", 4000), "no JSON": make(chan int)} {
		for _, refuse := range []middleware.Refuse{nil, func(c *gin.Context, p *api.Problem) { c.JSON(599, p) }} {
			engine := gin.New()
			engine.Use(newSessions(t, middleware.SessionConfig{Refuse: refuse}).Handler())
			engine.GET("/", func(c *gin.Context) {
				middleware.SessionOf(c).Set("v", value)
				c.Header("Etag", `"of the answer"`)
				c.String(200, "signed in")
				c.Writer.WriteString("!")
				c.Writer.Flush()
			})
			engine.GET("/status", func(c *gin.Context) { middleware.SessionOf(c).Set("v", value); c.Status(204) })
			for _, path := range []string{"/", "/status"} {
				w := through(engine, path, "")
				status := 500
				if refuse != nil {
					status = 599
				}
				var p api.Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != status || p.Status != 500 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Etag") != "" {
					t.Errorf("%s: %d %s %v", name, w.Code, w.Body, w.Header())
				}
			}
		}
	}
}

// TestSessionLargest goes byte by byte to where a cookie no longer fits.
func TestSessionLargest(t *testing.T) {
	t.Parallel()
	engine := sessionEngine(newSessions(t, middleware.SessionConfig{Domain: strings.Repeat("long.", 20) + "example"}))
	kept, refused := 0, 0
	for size := 2000; size < 2400; size++ {
		w := through(engine, "/set?a="+strings.Repeat("x", size), "")
		switch line := w.Header().Get("Set-Cookie"); {
		case w.Code == 200 && line != "" && len(line) <= 4096 && refused == 0:
			kept++
		case w.Code == 500 && line == "":
			refused++
		default:
			t.Fatalf("%d bytes: %d, a cookie of %d bytes", size, w.Code, len(line))
		}
	}
	if kept == 0 || refused == 0 {
		t.Errorf("%d kept, %d refused", kept, refused)
	}
}

func BenchmarkSession(b *testing.B) {
	s := newSessions(b, middleware.SessionConfig{})
	engine := sessionEngine(s)
	engine.GET("/read", func(c *gin.Context) { middleware.SessionOf(c).Get("a"); c.Status(204) })
	engine.GET("/change", func(c *gin.Context) { middleware.SessionOf(c).Set("a", 1); c.Status(204) })
	engine.GET("/untouched", func(c *gin.Context) { c.Status(204) })
	cookie := cookieOf(b, through(engine, "/set?a=1&sub=me", ""))
	control := gin.New()
	control.GET("/control", func(c *gin.Context) { c.Status(204) })
	for _, name := range []string{"control", "untouched", "read", "change"} {
		b.Run(name, func(b *testing.B) {
			handler := http.Handler(engine)
			if name == "control" {
				handler = control
			}
			benchServe(b, handler, "/"+name, cookie)
		})
	}
}

// discard is a response writer that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header { return d.header }

func (d discard) Write(p []byte) (int, error) { return len(p), nil }

func (d discard) WriteHeader(int) {}

func benchServe(b *testing.B, handler http.Handler, target, cookie string) {
	b.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Cookie", cookie)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
}
