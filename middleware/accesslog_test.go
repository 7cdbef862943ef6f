package middleware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// accessLine serves one request and gives the line that it left.
func accessLine(t *testing.T, level slog.Level, method, target string, handlers ...gin.HandlerFunc) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level, AddSource: true}))
	engine := gin.New()
	engine.Use(middleware.RequestID(), middleware.AccessLog(middleware.AccessLogConfig{Log: log}))
	engine.Use(handlers...)
	engine.GET("/ok/:id", func(c *gin.Context) { c.String(201, "five!") })
	engine.GET("/broken", func(c *gin.Context) { c.Status(503) })
	engine.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	engine.GET("/abort/late", func(c *gin.Context) { c.String(200, "half"); panic(http.ErrAbortHandler) })
	engine.GET("/panic", func(*gin.Context) { panic("boom") })
	func() {
		defer func() {
			passes := map[string]any{"/abort": http.ErrAbortHandler, "/abort/late": http.ErrAbortHandler, "/panic": "boom"}[target]
			if value := recover(); value != passes && len(handlers) == 0 {
				t.Errorf("%s panics with %v", target, value)
			}
		}()
		r := httptest.NewRequest(method, target, nil)
		r.Header["X-Request-Id"], r.Header["User-Agent"] = []string{"id-1"}, []string{"agent/1"}
		engine.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if out.Len() == 0 {
		return nil
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", out.String(), err)
	}
	return line
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, target, path, level string
		status, bytes                     int
		aborted                           any
	}{
		{"an answer", "GET", "/ok/a%20b%0A?token=secret", "/ok/a%20b%0A", "INFO", 201, 5, nil},
		{"no route", "POST", "/nowhere", "/nowhere", "INFO", 404, 0, nil},
		{"an error", "GET", "/broken", "/broken", "ERROR", 503, 0, nil},
		{"no answer", "GET", "/abort", "/abort", "INFO", 499, 0, true},
		{"half an answer", "GET", "/abort/late", "/abort/late", "INFO", 200, 4, true},
		{"a panic", "GET", "/panic", "/panic", "ERROR", 500, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := accessLine(t, slog.LevelInfo, tt.method, tt.target)
			want := map[string]any{
				"msg": "request", "level": tt.level, "request_id": "id-1", "method": tt.method, "path": tt.path,
				"status": float64(tt.status), "bytes": float64(tt.bytes), "client": "192.0.2.1", "user_agent": "agent/1", "proto": "HTTP/1.1",
				"aborted": tt.aborted,
			}
			for key, value := range want {
				if line[key] != value {
					t.Errorf("%s is %v, want %v", key, line[key], value)
				}
			}
			if d, ok := line["duration"].(float64); !ok || d < 0 || line["time"] == nil {
				t.Errorf("%v", line)
			}
		})
	}
}

// A logger for errors gets the lines of errors, one for nothing gets none.
func TestAccessLogLevels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		level  slog.Level
		target string
		logged bool
	}{
		{slog.LevelError, "/ok/1", false},
		{slog.LevelError, "/broken", true},
		{slog.LevelError + 1, "/broken", false},
	} {
		if line := accessLine(t, tt.level, "GET", tt.target); (line != nil) != tt.logged {
			t.Errorf("%v %s: %v", tt.level, tt.target, line)
		}
	}
}

// In front of Recovery the line holds what Recovery answers with, and the bytes
// are those that left, not those that a wrapped writer took.
func TestAccessLogSeesWhatIsSent(t *testing.T) {
	t.Parallel()
	recovery := middleware.Recovery(func(c *gin.Context, _ any, _ []byte, _ bool) { c.String(500, "caught") })
	if line := accessLine(t, slog.LevelInfo, "GET", "/panic", recovery); line["status"] != 500.0 || line["bytes"] != 6.0 {
		t.Errorf("%v", line)
	}
	halved := func(c *gin.Context) { c.Writer = halfWriter{c.Writer} }
	if line := accessLine(t, slog.LevelInfo, "GET", "/ok/1", halved); line["status"] != 201.0 || line["bytes"] != 2.0 {
		t.Errorf("%v", line)
	}
}

// halfWriter stands for compression.
type halfWriter struct{ gin.ResponseWriter }

func (w halfWriter) Write(p []byte) (int, error) {
	_, err := w.ResponseWriter.Write(p[:len(p)/2])
	return len(p), err
}

func (w halfWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }
func (w halfWriter) Size() int                         { return -1 }

// Over a socket: the client of a configuration, and a cut connection.
func TestAccessLogOverASocket(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 2)
	log := slog.New(slog.NewTextHandler(lineWriter(lines), nil))
	engine := gin.New()
	engine.Use(middleware.AccessLog(middleware.AccessLogConfig{Log: log, Client: func(r *http.Request) string { return r.Header.Get("X-Client") }}))
	engine.GET("/", func(*gin.Context) { panic(http.ErrAbortHandler) })
	server := httptest.NewServer(engine)
	defer server.Close()
	r, _ := http.NewRequest("GET", server.URL, nil)
	r.Header.Set("X-Client", "a client")
	answer, err := server.Client().Do(r)
	if !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	if err == nil {
		answer.Body.Close()
	}
	if line := <-lines; !strings.Contains(line, `request_id="" method=GET path=/ status=499 bytes=0`) || !strings.Contains(line, `client="a client"`) {
		t.Error(line)
	}
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func TestAccessLogAllocations(t *testing.T) {
	for _, tt := range []struct {
		name string
		log  slog.Handler
		most float64
	}{
		{"disabled", slog.DiscardHandler, 0},
		// One, and under the race detector, which makes slices.Grow allocate
		// twice, two.
		{"enabled", blankHandler{slog.DiscardHandler}, 2},
	} {
		log := middleware.AccessLog(middleware.AccessLogConfig{Log: slog.New(tt.log)})
		if n := allocations(dataRequest("GET", "User-Agent", "agent/1", "X-Request-Id", "id-1"), log); n > tt.most {
			t.Errorf("%s: %v allocations", tt.name, n)
		}
	}
}

// blankHandler takes records and drops them.
type blankHandler struct{ slog.Handler }

func (blankHandler) Enabled(context.Context, slog.Level) bool { return true }

// allocations counts those of a middleware with nothing behind it. Gin itself
// would add some under the race detector, which empties pools at random.
func allocations(r *http.Request, handler gin.HandlerFunc) float64 {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	return testing.AllocsPerRun(100, func() {
		clear(c.Writer.Header())
		c.Abort() // sets the place in the chain, which would run over
		c.Request = r
		handler(c)
	})
}

// chain makes a function that serves r by the handlers and by one that answers
// with 200, on a writer that keeps nothing.
func chain(r *http.Request, handlers ...gin.HandlerFunc) func() {
	engine := gin.New()
	engine.Use(handlers...)
	engine.Handle(r.Method, "/api/:name", func(c *gin.Context) { c.Status(200) })
	w := blankWriter{}
	return func() {
		clear(w)
		engine.ServeHTTP(w, r)
	}
}

type blankWriter http.Header

func (w blankWriter) Header() http.Header         { return http.Header(w) }
func (w blankWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w blankWriter) WriteHeader(int)             {}

// driveChain measures the handlers beside a chain without any.
func driveChain(b *testing.B, r *http.Request, handlers ...gin.HandlerFunc) {
	for _, bb := range []struct {
		name     string
		handlers []gin.HandlerFunc
	}{{"with", handlers}, {"without", nil}} {
		b.Run(bb.name, func(b *testing.B) {
			serve := chain(r, bb.handlers...)
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
		})
	}
}

func BenchmarkAccessLog(b *testing.B) {
	for name, handler := range map[string]slog.Handler{
		"json":     slog.NewJSONHandler(io.Discard, nil),
		"disabled": slog.DiscardHandler,
	} {
		b.Run(name, func(b *testing.B) {
			driveChain(b, dataRequest("GET", "User-Agent", "agent/1"), middleware.AccessLog(middleware.AccessLogConfig{Log: slog.New(handler)}))
		})
	}
}
