package middleware_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/spikard/spikard-go/middleware"
)

// exposed gives what the metrics are over a socket, as the client asks for them.
func exposed(t *testing.T, m *middleware.Metrics, accept string) (body, contentType string) {
	t.Helper()
	server := httptest.NewServer(m.Expose())
	defer server.Close()
	r, _ := http.NewRequest("GET", server.URL, nil)
	r.Header.Set("Accept", accept)
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%d %v", answer.StatusCode, err)
	}
	return string(text), answer.Header.Get("Content-Type")
}

func newMetrics(t testing.TB, config middleware.MetricsConfig) *middleware.Metrics {
	t.Helper()
	m, err := middleware.NewMetrics(config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantLines looks for whole lines.
func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("there is no %s in\n%s", line, text)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, middleware.MetricsConfig{})
	engine := gin.New()
	engine.Use(m.Handler())
	engine.GET("/items/:id", func(c *gin.Context) { c.Status(201) })
	engine.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	engine.GET("/panic", func(*gin.Context) { panic("boom") })
	engine.Handle("BREW", "/pot", func(c *gin.Context) { c.Status(418) })
	during := make(chan string, 1)
	engine.GET("/metrics", func(*gin.Context) {
		text, _ := exposed(t, m, "")
		during <- text
	})
	serve := func(method, path string) {
		defer func() {
			if value, passes := recover(), map[string]any{"/abort": http.ErrAbortHandler, "/panic": "boom"}[path]; value != passes {
				t.Errorf("%s panics with %v", path, value)
			}
		}()
		engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	for _, request := range []string{"GET /items/1", "GET /items/2", "GET /nowhere/1", "GET /nowhere/2", "XYZ /a", "BREW /pot", "GET /abort", "GET /panic", "GET /metrics"} {
		method, path, _ := strings.Cut(request, " ")
		serve(method, path)
	}
	wantLines(t, <-during, "http_server_active_requests 1")
	text, contentType := exposed(t, m, "")
	if !strings.HasPrefix(contentType, "text/plain") {
		t.Errorf("%s", contentType)
	}
	const count = "http_server_request_duration_seconds_count"
	wantLines(t, text,
		"# TYPE http_server_request_duration_seconds histogram", "# TYPE http_server_active_requests gauge",
		"http_server_active_requests 0",
		count+`{method="GET",route="/items/:id",status="201"} 2`,
		count+`{method="GET",route="unmatched",status="404"} 2`,
		count+`{method="_OTHER",route="unmatched",status="404"} 1`,
		count+`{method="_OTHER",route="/pot",status="418"} 1`,
		count+`{method="GET",route="/abort",status="499"} 1`,
		count+`{method="GET",route="/panic",status="500"} 1`,
		`http_server_request_duration_seconds_bucket{method="GET",route="/items/:id",status="201",le="+Inf"} 2`,
	)
	for _, name := range []string{"go_goroutines", "process_start_time_seconds", `le="0.075"`} {
		if !strings.Contains(text, name) {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestMetricsOfAnInterpreter(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, middleware.MetricsConfig{Registerer: prometheus.NewRegistry()})
	m.ObserveGILWait(2 * time.Microsecond)
	m.ObserveHandler(time.Millisecond)
	m.ObserveHandler(time.Second)
	if text, _ := exposed(t, m, ""); strings.Contains(text, "queue_depth") {
		t.Error("there is a depth of no queue")
	}
	for depth := range 3 { // the last one counts
		if err := m.QueueDepth(func() float64 { return float64(depth) }); err != nil {
			t.Error(err)
		}
	}
	own := prometheus.NewCounter(prometheus.CounterOpts{Name: "own_total", Help: "h"})
	if err := errors.Join(m.Register(own)); err != nil {
		t.Error(err)
	}
	if err := m.Register(own); err == nil {
		t.Error("the same collector twice")
	}
	text, contentType := exposed(t, m, "application/openmetrics-text")
	if !strings.HasPrefix(contentType, "application/openmetrics-text") || !strings.HasSuffix(text, "# EOF\n") {
		t.Errorf("%s\n%s", contentType, text)
	}
	wantLines(t, text,
		`spikard_python_gil_wait_seconds_bucket{le="1e-06"} 0`, `spikard_python_gil_wait_seconds_bucket{le="4e-06"} 1`,
		"spikard_python_gil_wait_seconds_count 1", "spikard_python_handler_seconds_count 2", "spikard_python_handler_seconds_sum 1.001",
		"spikard_python_queue_depth 2.0", "own_total 0.0",
	)
	if strings.Contains(text, "go_goroutines") {
		t.Error("a given registry gets what it was not asked for")
	}
}

// The route is the caller's, buckets too, and a restart goes on counting.
func TestMetricsConfig(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	config := middleware.MetricsConfig{Registerer: registry, Route: func(*gin.Context) string { return "/a/{b}\xff" }, Buckets: []float64{1, 2}}
	var m *middleware.Metrics
	for range 2 {
		m = newMetrics(t, config)
		chain(dataRequest("GET"), m.Handler())()
	}
	text, _ := exposed(t, m, "")
	wantLines(t, text, "http_server_request_duration_seconds_count{method=\"GET\",route=\"/a/{b}\uFFFD\",status=\"200\"} 2")
	if strings.Contains(text, `le="0.005"`) || !strings.Contains(text, `le="2"`) {
		t.Error("the buckets are others")
	}
}

func TestMetricsFaults(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "http_server_active_requests", Help: "other"}))
	for name, tt := range map[string]struct {
		config middleware.MetricsConfig
		want   string
	}{
		"two faults":     {middleware.MetricsConfig{Gatherer: registry, Buckets: []float64{1, 1}}, "metrics: Registerer: a Gatherer alone shows nothing of this server: set both\nmetrics: Buckets: [1 1] do not ascend"},
		"write only":     {middleware.MetricsConfig{Registerer: prometheus.WrapRegistererWithPrefix("a_", registry)}, "metrics: Gatherer: the Registerer can't be read: set both"},
		"a name's owner": {middleware.MetricsConfig{Registerer: registry}, "metrics: a previously registered descriptor"},
	} {
		if _, err := middleware.NewMetrics(tt.config); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrapped := middleware.MetricsConfig{Registerer: prometheus.WrapRegistererWithPrefix("a_", prometheus.NewRegistry()), Gatherer: prometheus.NewRegistry()}
	if _, err := middleware.NewMetrics(wrapped); err != nil {
		t.Error(err)
	}
}

// A collector that fails leaves the rest as it is.
func TestMetricsOfABrokenCollector(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, middleware.MetricsConfig{Registerer: prometheus.NewRegistry()})
	if err := m.Register(brokenCollector{}); err != nil {
		t.Fatal(err)
	}
	exposed(t, m, "")
	text, _ := exposed(t, m, "")
	wantLines(t, text, "http_server_active_requests 0", `promhttp_metric_handler_errors_total{cause="gathering"} 1`)
}

type brokenCollector struct{}

func (brokenCollector) Describe(chan<- *prometheus.Desc) {}
func (brokenCollector) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "h", nil, nil), errors.New("broken"))
}

// New series come up while others are looked up: none is lost.
func TestMetricsHammer(t *testing.T) {
	t.Parallel()
	const workers, rounds = 8, 50
	m := newMetrics(t, middleware.MetricsConfig{Registerer: prometheus.NewRegistry(), Route: func(c *gin.Context) string { return c.Param("name") }})
	engine := gin.New()
	engine.Use(m.Handler())
	engine.GET("/api/:name", func(c *gin.Context) { c.Status(200) })
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range rounds {
				engine.ServeHTTP(blankWriter{}, httptest.NewRequest("GET", "/api/"+string(rune('a'+i%26)), nil))
			}
		})
	}
	all.Wait()
	text, _ := exposed(t, m, "")
	const count = `http_server_request_duration_seconds_count{method="GET",route=`
	wantLines(t, text, count+`"a",status="200"} 16`, count+`"x",status="200"} 16`, count+`"y",status="200"} 8`, count+`"z",status="200"} 8`)
}

// A series that is there is found, whatever others there are.
func TestMetricsAllocateNothing(t *testing.T) {
	count, put := newMetrics(t, middleware.MetricsConfig{}).Handler(), dataRequest("PUT")
	n := allocations(dataRequest("GET"), func(c *gin.Context) {
		count(c)
		c.Request = put
		count(c)
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMetrics(b *testing.B) {
	driveChain(b, dataRequest("GET"), newMetrics(b, middleware.MetricsConfig{}).Handler())
}
