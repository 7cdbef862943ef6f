package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

func late(w http.ResponseWriter, _ *http.Request) {
	body := "too late"
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusRequestTimeout)
	_, _ = io.WriteString(w, body)
}

// timed is a server whose requests may take limit.
func timed(t *testing.T, limit time.Duration, http2 bool, routes func(engine *gin.Engine)) (*httptest.Server, *http.Client) {
	t.Helper()
	engine := gin.New()
	engine.Use(middleware.RequestID(), middleware.Timeout(limit, late))
	routes(engine)
	server := httptest.NewUnstartedServer(middleware.Detach(engine))
	server.EnableHTTP2 = http2
	if http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, server.Client()
}

func fetch(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestTimeoutAnswersForAHandlerThatIsStuck(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leave, left := make(chan struct{}), make(chan error, 1)
			server, client := timed(t, 20*time.Millisecond, http2, func(engine *gin.Engine) {
				engine.GET("/", func(c *gin.Context) {
					<-leave
					c.Header("X-Late", "1")
					_, err := c.Writer.WriteString("a result that nobody wants")
					left <- err
				})
			})
			answer, body := fetch(t, client, server.URL)
			if answer.StatusCode != http.StatusRequestTimeout || body != "too late" {
				t.Errorf("%d %q", answer.StatusCode, body)
			}
			if answer.Header.Get("X-Request-ID") == "" || answer.Header.Get("X-Late") != "" {
				t.Errorf("header %v", answer.Header)
			}
			if !http2 && !answer.Close {
				t.Error("the connection was offered for another request")
			}
			close(leave)
			if err := <-left; !errors.Is(err, http.ErrHandlerTimeout) {
				t.Errorf("the handler's write gave %v", err)
			}
		})
	}
}

func TestTimeoutEndsTheContext(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	server, client := timed(t, 20*time.Millisecond, false, func(engine *gin.Engine) {
		engine.GET("/", func(c *gin.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			<-ctx.Done()
			ended <- c.Request.Context().Err()
		})
	})
	if answer, _ := fetch(t, client, server.URL); answer.StatusCode != http.StatusRequestTimeout {
		t.Errorf("%d", answer.StatusCode)
	}
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestTimeoutLeavesRequestsInTimeAlone(t *testing.T) {
	t.Parallel()
	var kept context.Context
	server, client := timed(t, time.Hour, false, func(engine *gin.Engine) {
		engine.GET("/", func(c *gin.Context) {
			kept = c.Request.Context()
			if at, ok := kept.Deadline(); !ok || time.Until(at) < 30*time.Minute {
				t.Error(at, ok)
			}
			if c.Writer.Written() || c.Writer.Size() != -1 || c.Writer.Status() != 200 || kept.Err() != nil {
				t.Error("something was written")
			}
			c.Header("X-Own", middleware.RequestIDOf(c))
			c.Writer.Header().Del("X-Request-Id")
			c.String(http.StatusTeapot, "in time")
			if !c.Writer.Written() || c.Writer.Size() != len("in time") || c.Writer.Status() != http.StatusTeapot {
				t.Error("nothing was written")
			}
		})
		engine.GET("/empty", func(c *gin.Context) { c.Status(http.StatusNoContent) })
		engine.GET("/two", func(c *gin.Context) {
			for _, part := range []string{"a", "b"} {
				_, _ = c.Writer.WriteString(part)
				c.Writer.Flush()
			}
		})
	})
	answer, body := fetch(t, client, server.URL)
	if answer.StatusCode != http.StatusTeapot || body != "in time" || answer.Header.Get("X-Own") == "" || answer.Header.Get("X-Request-ID") != "" {
		t.Errorf("%d %q %v", answer.StatusCode, body, answer.Header)
	}
	if !errors.Is(kept.Err(), context.Canceled) || !errors.Is(context.Cause(kept), context.Canceled) {
		t.Errorf("the context goes on: %v", kept.Err())
	}
	<-kept.Done()
	if answer, _ = fetch(t, client, server.URL+"/empty"); answer.StatusCode != http.StatusNoContent {
		t.Errorf("%d", answer.StatusCode)
	}
	if _, body = fetch(t, client, server.URL+"/two"); body != "ab" {
		t.Errorf("%q", body)
	}
}

func TestTimeoutWithAnAnswerThatHasBegun(t *testing.T) {
	t.Parallel()
	server, client := timed(t, 20*time.Millisecond, false, func(engine *gin.Engine) {
		engine.GET("/", func(c *gin.Context) {
			_, _ = c.Writer.WriteString("begun, ")
			c.Writer.Flush()
			<-c.Request.Context().Done()
			_, _ = c.Writer.WriteString("ended")
		})
	})
	if answer, body := fetch(t, client, server.URL); answer.StatusCode != 200 || body != "begun, ended" {
		t.Errorf("%d %q", answer.StatusCode, body)
	}
}

// Handlers end as their deadlines pass: each client gets one whole answer, and the
// right one.
func TestTimeoutHammer(t *testing.T) {
	t.Parallel()
	const limit = time.Millisecond
	var n atomic.Int64
	server, client := timed(t, limit, false, func(engine *gin.Engine) {
		engine.GET("/:id", func(c *gin.Context) {
			wait := time.Duration(n.Add(1)%5) * limit / 2
			select {
			case <-time.After(wait):
			case <-c.Request.Context().Done():
			}
			c.Header("X-Id", c.Param("id"))
			c.String(200, c.Param("id"))
		})
	})
	var clients sync.WaitGroup
	for worker := range 8 {
		clients.Go(func() {
			for i := range 100 {
				id := strconv.Itoa(worker*1000 + i)
				answer, body := fetch(t, client, server.URL+"/"+id)
				own := answer.StatusCode == 200 && body == id && answer.Header.Get("X-Id") == id
				late := answer.StatusCode == 408 && body == "too late" && answer.Header.Get("X-Id") == ""
				if !own && !late {
					t.Errorf("%s: %d %q %v", id, answer.StatusCode, body, answer.Header)
				}
			}
		})
	}
	clients.Wait()
}

func TestDetachPassesPanicsOn(t *testing.T) {
	t.Parallel()
	handler := middleware.Detach(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.ProtoMajor = 2
	defer func() {
		if v := recover(); v != "x" {
			t.Error(v)
		}
	}()
	handler.ServeHTTP(httptest.NewRecorder(), r)
}

func BenchmarkTimeout(b *testing.B) {
	for name, handlers := range map[string][]gin.HandlerFunc{
		"without": nil, "with": {middleware.Timeout(time.Minute, late)},
	} {
		b.Run(name, func(b *testing.B) {
			engine := gin.New()
			engine.Use(handlers...)
			engine.GET("/", func(c *gin.Context) { c.Status(http.StatusNoContent) })
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				engine.ServeHTTP(w, r)
			}
		})
	}
}
