package middleware

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

// timeoutWriter is the handler's writer. Its header is its own until the handler
// has claimed the answer, so that the deadline's answer, on another goroutine, can
// use the outer one's.
type timeoutWriter struct {
	gin.ResponseWriter // the outer one

	deadline  *deadline
	header    http.Header
	status    int // 0: not set
	committed bool
}

var _ gin.ResponseWriter = (*timeoutWriter)(nil)

func (w *timeoutWriter) begin(d *deadline, header http.Header) {
	w.ResponseWriter, w.deadline, w.header = d.outer, d, header
	for name, lines := range d.outer.Header() {
		header[name] = slices.Clip(lines) // what is added must not be written behind the outer one's
	}
}

// commit claims the answer for the handler; false: the deadline has it.
func (w *timeoutWriter) commit() bool {
	if w.committed {
		return true
	}
	if !w.deadline.claim() {
		return false
	}
	w.committed = true
	outer := w.ResponseWriter.Header()
	maps.Copy(outer, w.header)
	if len(outer) > len(w.header) { // the handler has taken some out
		maps.DeleteFunc(outer, func(name string, _ []string) bool {
			_, kept := w.header[name]
			return !kept
		})
	}
	// Middleware behind this one has w.header; from now on it is the outer one.
	w.header = outer
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	return true
}

func (w *timeoutWriter) Header() http.Header { return w.header }

func (w *timeoutWriter) WriteHeader(status int) {
	if w.committed {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.status = status
}

func (w *timeoutWriter) WriteHeaderNow() {
	if w.commit() {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *timeoutWriter) Write(b []byte) (int, error) {
	if !w.commit() {
		return 0, http.ErrHandlerTimeout
	}
	return w.ResponseWriter.Write(b)
}

func (w *timeoutWriter) WriteString(s string) (int, error) {
	if !w.commit() {
		return 0, http.ErrHandlerTimeout
	}
	return w.ResponseWriter.WriteString(s)
}

func (w *timeoutWriter) Flush() {
	if w.commit() {
		w.ResponseWriter.Flush()
	}
}

func (w *timeoutWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.commit() {
		return nil, nil, http.ErrHandlerTimeout
	}
	return w.ResponseWriter.Hijack()
}

// Status, Size and Written are the outer one's once the handler has it: before
// that, and when the deadline has it, that one is another goroutine's.
func (w *timeoutWriter) Status() int {
	switch {
	case w.committed:
		return w.ResponseWriter.Status()
	case w.status != 0:
		return w.status
	}
	return http.StatusOK
}

func (w *timeoutWriter) Size() int {
	if w.committed {
		return w.ResponseWriter.Size()
	}
	return -1
}

func (w *timeoutWriter) Written() bool { return w.committed && w.ResponseWriter.Written() }

// Unwrap is for [http.ResponseController]. Whoever writes to the outer one has to
// call WriteHeaderNow before, which claims the answer.
func (w *timeoutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ReadFrom has a file sent by the operating system, where the outer one can.
func (w *timeoutWriter) ReadFrom(src io.Reader) (int64, error) {
	if !w.commit() {
		return 0, http.ErrHandlerTimeout
	}
	if to := readerFrom(w.ResponseWriter); to != nil {
		return to.ReadFrom(src)
	}
	return io.Copy(w.ResponseWriter, src)
}
