package middleware

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

var errHijackAfterWrite = errors.New("hijack: a part of the answer was written already")

// compressWriter is the writer that handlers see behind [Compress]. It is
// pooled.
type compressWriter struct {
	gin.ResponseWriter // the inner one

	coders   *coders
	request  *http.Request
	coding   contentCoding // codingIdentity: only Vary is added
	minSize  int
	progress progress
	held     []byte // the plain body's begin
	coder    coder
	declared int64 // Content-Length, or -1
	written  int64 // of the plain body
	out      []byte
	sent     bool // the header was, and what the coder gives follows at once
	err      error
	done     bool
}

var _ gin.ResponseWriter = (*compressWriter)(nil)

// open puts a writer in front of the context's.
func (cs *coders) open(c *gin.Context) *compressWriter {
	w, ok := cs.writers.Get().(*compressWriter)
	if !ok {
		w = &compressWriter{coders: cs}
	}
	w.ResponseWriter, w.request, w.minSize, w.coding = c.Writer, c.Request, cs.minSize, codingIdentity
	if lines := c.Request.Header["Accept-Encoding"]; len(lines) > 0 {
		a := accepted(lines)
		w.coding = a.best(cs.offered)
		if a.refusesIdentity() {
			w.minSize = 1
		}
	}
	c.Writer = w
	return w
}

// leave gives the context its own writer back.
func (w *compressWriter) leave(c *gin.Context) {
	c.Writer = w.ResponseWriter
	if !w.done {
		return // a panic: nobody knows who still holds what
	}
	cs, held, out := w.coders, w.held[:0], w.out[:0]
	if cap(out) > maxWhole {
		out = nil
	}
	*w = compressWriter{coders: cs, held: held, out: out}
	cs.writers.Put(w)
}

// Unwrap is for [http.ResponseController].
func (w *compressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compressWriter) Written() bool {
	return w.progress != unwritten || w.ResponseWriter.Written()
}

// Size is what went on to the client or waits here to do so.
func (w *compressWriter) Size() int {
	if w.progress == unwritten {
		return w.ResponseWriter.Size()
	}
	return max(w.ResponseWriter.Size(), 0) + len(w.held) + len(w.out)
}

func (w *compressWriter) WriteHeader(code int) {
	if w.progress == unwritten {
		w.ResponseWriter.WriteHeader(code)
	}
}

// WriteHeaderNow is how answers without a body are sent. Whatever follows it
// all the same goes as it is.
func (w *compressWriter) WriteHeaderNow() {
	if w.progress == unwritten {
		w.bodiless()
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *compressWriter) WriteString(s string) (int, error) {
	if w.progress == passing {
		return w.ResponseWriter.WriteString(s)
	}
	return w.Write([]byte(s)) //nolint:gocritic // this is the WriteString that it prefers
}

func (w *compressWriter) Write(p []byte) (int, error) {
	if w.progress == unwritten {
		w.decide(len(p))
	} else if len(p) == 0 {
		return 0, nil
	}
	switch w.progress {
	case passing:
		return w.ResponseWriter.Write(p)
	case holding:
		if len(w.held)+len(p) < w.minSize {
			w.held = append(w.held, p...)
			return len(p), nil
		}
		if err := w.release(); err != nil {
			return 0, err
		}
		return w.Write(p)
	case coded:
		return w.code(p)
	}
	if w.err != nil {
		return 0, w.err
	}
	return 0, http.ErrContentLength
}

// Flush sends what was written so far. Before that, the answer is a stream,
// however little of it there is.
func (w *compressWriter) Flush() {
	if w.progress == unwritten {
		w.decide(w.minSize)
	}
	if w.progress == holding {
		_ = w.release() // the next write tells
	}
	if w.progress == coded && w.coder.Flush() == nil {
		_ = w.send()
	}
	w.ResponseWriter.Flush()
}

func (w *compressWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.progress != unwritten && w.progress != passing {
		return nil, nil, errHijackAfterWrite
	}
	w.progress = passing
	return w.ResponseWriter.Hijack()
}

// ReadFrom lets a file that isn't compressed go to the connection by itself.
func (w *compressWriter) ReadFrom(src io.Reader) (int64, error) {
	if w.progress == unwritten {
		w.decide(0)
	}
	if w.progress == passing {
		if to := readerFrom(w.ResponseWriter); to != nil {
			return to.ReadFrom(src)
		}
		return io.Copy(w.ResponseWriter, src)
	}
	return io.Copy(struct{ io.Writer }{w}, src)
}
