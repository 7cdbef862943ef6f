package middleware

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// Handler counts requests: while they are served and, when they have ended, how
// long they took, by method, route and status. It belongs in front of
// [Recovery]. A panic that passes counts as in [AccessLog]; a method that isn't
// of RFC 9110 or PATCH as "_OTHER", a request without a route as "unmatched".
//
// # Memory
//
// The series of a method, route and status is looked up without an allocation
// once it is there.
func (m *Metrics) Handler() gin.HandlerFunc { return m.serve }

func (m *Metrics) serve(c *gin.Context) {
	w, begin := c.Writer, time.Now()
	m.active.Inc()
	defer func() {
		value := recover()
		m.active.Dec()
		status, _ := outcome(w, value)
		key := metricsKey{method: knownMethod(c.Request.Method), route: m.route(c), status: status}
		m.series.get(key, m.duration).Observe(time.Since(begin).Seconds())
		if value != nil {
			panic(value)
		}
	}()
	c.Next()
}

// otherMethod is OpenTelemetry's word for the methods that clients make up.
const otherMethod = "_OTHER"

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	}
	return otherMethod
}

// metricsKey names a series of the duration.
type metricsKey struct {
	method, route string
	status        int
}

func (k metricsKey) labels() []string {
	route := strings.ToValidUTF8(k.route, "\uFFFD") // Prometheus panics over less
	if route == "" {
		route = "unmatched"
	}
	return []string{k.method, route, strconv.Itoa(k.status)}
}

// metricsSeries finds the series that are there already. The vector's own
// look-up hashes the labels as texts, the status made one each time. There are
// few series and they come early, so that the map is copied for each new one.
type metricsSeries struct {
	known atomic.Pointer[map[metricsKey]prometheus.Observer]
	grow  sync.Mutex
}

func (s *metricsSeries) get(key metricsKey, vec *prometheus.HistogramVec) prometheus.Observer {
	if known := s.known.Load(); known != nil {
		if observer, ok := (*known)[key]; ok {
			return observer
		}
	}
	return s.add(key, vec)
}

func (s *metricsSeries) add(key metricsKey, vec *prometheus.HistogramVec) prometheus.Observer {
	s.grow.Lock()
	defer s.grow.Unlock()
	observer := vec.WithLabelValues(key.labels()...)
	grown := map[metricsKey]prometheus.Observer{}
	if known := s.known.Load(); known != nil {
		grown = maps.Clone(*known)
	}
	grown[key] = observer
	s.known.Store(&grown)
	return observer
}
