package middleware

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// backgroundMetrics are those of work beside requests. The label kind is "run" for
// background.run, "response" for what follows an answer, and "job" for what runs at
// intervals; job is the job's name.
type backgroundMetrics struct {
	running                  *prometheus.GaugeVec
	started, failed, skipped *prometheus.CounterVec
	duration                 *prometheus.HistogramVec
}

// jobKind is the kind of what runs at intervals.
const jobKind = "job"

func (b *backgroundMetrics) register(to prometheus.Registerer) error {
	labels := []string{"kind", "job"}
	var faults [5]error
	b.running, faults[0] = registerIn(to, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "spikard_background_running", Help: "Background work that is running.",
	}, labels))
	b.started, faults[1] = registerIn(to, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "spikard_background_started_total", Help: "Background work that was started.",
	}, labels))
	b.failed, faults[2] = registerIn(to, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "spikard_background_failed_total", Help: "Background work that has failed.",
	}, labels))
	b.skipped, faults[3] = registerIn(to, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "spikard_job_skipped_total", Help: "Runs of jobs left out because the one before took too long.",
	}, []string{"job"}))
	// From a quick refresh to a nightly report: 1 ms to 4.7 hours.
	b.duration, faults[4] = registerIn(to, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "spikard_job_run_seconds", Help: "Time that runs of jobs took.",
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 13),
	}, []string{"job"}))
	return errors.Join(faults[:]...)
}

func (b *backgroundMetrics) begin(kind, job string) {
	b.running.WithLabelValues(kind, job).Inc()
	b.started.WithLabelValues(kind, job).Inc()
}

func (b *backgroundMetrics) end(kind, job string, failed bool) {
	b.running.WithLabelValues(kind, job).Dec()
	if failed {
		b.failed.WithLabelValues(kind, job).Inc()
	}
}

// BackgroundBegan counts background work of Python's that begins.
func (m *Metrics) BackgroundBegan(kind string) { m.background.begin(kind, "") }

// BackgroundEnded counts background work of Python's that has ended.
func (m *Metrics) BackgroundEnded(kind string, failed bool) { m.background.end(kind, "", failed) }

// JobBegan counts a run of a job that begins.
func (m *Metrics) JobBegan(job string) { m.background.begin(jobKind, job) }

// JobEnded counts a run of a job that has ended, and how long it took.
func (m *Metrics) JobEnded(job string, failed bool, d time.Duration) {
	m.background.end(jobKind, job, failed)
	m.background.duration.WithLabelValues(job).Observe(d.Seconds())
}

// JobSkipped counts n runs of a job that were left out.
func (m *Metrics) JobSkipped(job string, n int) {
	m.background.skipped.WithLabelValues(job).Add(float64(n))
}
