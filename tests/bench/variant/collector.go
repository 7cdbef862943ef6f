package variant

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Collector takes traces by OTLP over HTTP and throws them away.
type Collector struct {
	URL string

	received atomic.Int64
	server   *http.Server
	ended    chan struct{}
}

// NewCollector listens on a free port of this machine.
func NewCollector() (*Collector, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Collector{URL: "http://" + l.Addr().String(), ended: make(chan struct{})}
	c.server = &http.Server{Handler: http.HandlerFunc(c.discard), ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(c.ended)
		// That it was closed is all there is to say.
		_ = c.server.Serve(l)
	}()
	return c, nil
}

// discard gives an empty answer, which says that all was taken.
func (c *Collector) discard(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-protobuf")
	if n, err := io.Copy(io.Discard, r.Body); err == nil {
		c.received.Add(n)
	}
}

// Received is how many bytes of traces have come.
func (c *Collector) Received() int64 { return c.received.Load() }

// Close ends it. The servers that send traces have to be stopped before: they send
// the last ones as they stop.
func (c *Collector) Close() {
	_ = c.server.Close()
	<-c.ended
}
