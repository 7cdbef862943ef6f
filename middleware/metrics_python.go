package middleware

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ObserveGILWait counts how long a call into Python waited for the GIL.
func (m *Metrics) ObserveGILWait(d time.Duration) { m.gilWait.Observe(d.Seconds()) }

// ObserveHandler counts how long a Python handler took, the wait included.
func (m *Metrics) ObserveHandler(d time.Duration) { m.handler.Observe(d.Seconds()) }

// QueueDepth shows the number of requests that wait for the interpreter, as f
// gives it whenever metrics are read. There is one interpreter in a process, so
// that a second f takes the place of the first.
//
// # Errors
//
// A metric of the same name that is another.
func (m *Metrics) QueueDepth(f func() float64) error {
	gauge := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "spikard_python_queue_depth", Help: "Requests that wait for the interpreter.",
	}, f)
	m.registerer.Unregister(gauge) // whichever has its name
	return m.registerer.Register(gauge)
}
