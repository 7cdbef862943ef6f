package middleware

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MetricsConfig says where metrics are kept.
type MetricsConfig struct {
	// Registerer takes the metrics. Nil: a registry of its own, with the
	// metrics of the Go runtime and of the process besides.
	Registerer prometheus.Registerer
	// Gatherer is what [Metrics.Expose] shows. Nil: the Registerer, if it is
	// one as well.
	Gatherer prometheus.Gatherer
	// Route gives the template of the route that served the request
	// ("/items/{id}"), and "" if none did. It is called when the handlers have
	// run. It must never give a path: each value is a time series for good.
	// Nil: Gin's FullPath.
	Route func(c *gin.Context) string
	// Buckets are the upper bounds, in seconds and ascending, for the duration
	// of requests. Nil: those of OpenTelemetry's conventions, 5 ms to 10 s.
	Buckets []float64
}

// Metrics counts requests, and what an interpreter does with them, for
// Prometheus.
//
//	http_server_request_duration_seconds{method,route,status}  histogram
//	http_server_active_requests                                gauge
//	spikard_python_gil_wait_seconds                            histogram
//	spikard_python_handler_seconds                             histogram
//	spikard_python_queue_depth                                 gauge, see QueueDepth
//	spikard_background_running{kind,job}                       gauge
//	spikard_background_started_total{kind,job}                 counter
//	spikard_background_failed_total{kind,job}                  counter
//	spikard_job_skipped_total{job}                             counter
//	spikard_job_run_seconds{job}                               histogram
//
// # Concurrency
//
// All methods may be called from any goroutine.
type Metrics struct {
	registerer prometheus.Registerer
	gatherer   prometheus.Gatherer
	route      func(c *gin.Context) string

	active   prometheus.Gauge
	duration *prometheus.HistogramVec
	series   metricsSeries

	gilWait, handler prometheus.Histogram
	background       backgroundMetrics
}

// NewMetrics registers the metrics. Where the Registerer has them already, as
// after a restart within the process, the new Metrics goes on counting in them.
//
// # Errors
//
// Faults of the configuration, and metrics of the same names that are others.
func NewMetrics(config MetricsConfig) (*Metrics, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	m := &Metrics{registerer: config.Registerer, gatherer: config.Gatherer, route: config.Route}
	if m.registerer == nil {
		own := prometheus.NewRegistry()
		own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		m.registerer, m.gatherer = own, own
	}
	if m.gatherer == nil {
		m.gatherer = m.registerer.(prometheus.Gatherer)
	}
	if m.route == nil {
		m.route = (*gin.Context).FullPath
	}
	if err := m.register(config.Buckets); err != nil {
		return nil, err
	}
	return m, nil
}

func (c MetricsConfig) validate() error {
	var faults []error
	if _, both := c.Registerer.(prometheus.Gatherer); c.Registerer != nil && c.Gatherer == nil && !both {
		faults = append(faults, errors.New("metrics: Gatherer: the Registerer can't be read: set both"))
	}
	if c.Registerer == nil && c.Gatherer != nil {
		faults = append(faults, errors.New("metrics: Registerer: a Gatherer alone shows nothing of this server: set both"))
	}
	ascending := slices.IsSortedFunc(c.Buckets, func(a, b float64) int {
		if a > b {
			return 1
		}
		return -1 // so that equal ones are out of order
	})
	if !ascending || slices.ContainsFunc(c.Buckets, math.IsNaN) {
		faults = append(faults, fmt.Errorf("metrics: Buckets: %v do not ascend", c.Buckets))
	}
	return errors.Join(faults...)
}

func (m *Metrics) register(buckets []float64) error {
	if len(buckets) == 0 {
		buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	}
	var faults [5]error
	m.duration, faults[0] = registerIn(m.registerer, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_server_request_duration_seconds", Help: "Duration of HTTP requests.", Buckets: buckets,
	}, []string{"method", "route", "status"}))
	m.active, faults[1] = registerIn(m.registerer, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "http_server_active_requests", Help: "HTTP requests that are being served.",
	}))
	// A free GIL is taken in a microsecond; a second is an app that holds it.
	m.gilWait, faults[2] = registerIn(m.registerer, prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "spikard_python_gil_wait_seconds", Help: "Time that calls into Python waited for the GIL.",
		Buckets: prometheus.ExponentialBuckets(1e-6, 4, 11),
	}))
	m.handler, faults[3] = registerIn(m.registerer, prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "spikard_python_handler_seconds", Help: "Time that Python handlers took.",
		Buckets: prometheus.ExponentialBuckets(25e-6, 4, 10),
	}))
	faults[4] = m.background.register(m.registerer)
	return errors.Join(faults[:]...)
}

// registerIn gives the collector that is registered: c or the one before it.
func registerIn[C prometheus.Collector](to prometheus.Registerer, c C) (C, error) {
	err := to.Register(c)
	var before prometheus.AlreadyRegisteredError
	if errors.As(err, &before) {
		if same, ok := before.ExistingCollector.(C); ok {
			return same, nil
		}
	}
	if err != nil {
		err = fmt.Errorf("metrics: %w", err)
	}
	return c, err
}

// Register adds a collector, so that it is exposed as well.
//
// # Errors
//
// Those of [prometheus.Registerer].
func (m *Metrics) Register(c prometheus.Collector) error { return m.registerer.Register(c) }

// Expose serves the metrics in Prometheus' text format or as OpenMetrics, as the
// client asks for, and compressed if it may be. Whoever can reach it learns how
// the server is used: it belongs on an address or behind a check of its own. A
// collector that fails costs its own metrics only, and is counted in
// promhttp_metric_handler_errors_total.
func (m *Metrics) Expose() http.Handler {
	return promhttp.HandlerFor(m.gatherer, promhttp.HandlerOpts{
		ErrorHandling:     promhttp.ContinueOnError,
		Registry:          m.registerer,
		EnableOpenMetrics: true,
	})
}
