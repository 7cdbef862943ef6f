package middleware

import (
	"net/http"
	"strconv"
)

// progress is how far an answer has come.
type progress uint8

const (
	unwritten progress = iota // nothing was written
	holding                   // less than the least size was, and is held
	coded                     // it goes through a coder
	passing                   // it goes as it is
	ended                     // all of it was written, or is lost
)

// maxWhole is how much of a compressed body is kept to send it with its length.
const maxWhole = 1 << 20

// decide says what becomes of a body of which a first piece is to be written.
// Of a small one, no more is looked at than it takes.
func (w *compressWriter) decide(size int) {
	w.declared = declaredLength(w.Header())
	switch {
	case w.request.Method == http.MethodHead:
		w.bodiless()
	case isCoded(w.Header()), w.declared >= 0 && w.declared < int64(w.minSize):
		w.progress = passing
	case w.declared >= 0, size >= w.minSize:
		w.begin()
	default:
		w.progress = holding
	}
}

// bodiless sees to the header of an answer that has no body. That of HEAD is
// what GET's would be, as far as it is known without making the body: the
// length is not (RFC 9110, section 8.6, wants GET's or none).
func (w *compressWriter) bodiless() {
	w.progress = passing
	header := w.Header()
	if w.Status() == http.StatusNotModified {
		stored(header, w.request.Header)
		return
	}
	length := declaredLength(header)
	if w.request.Method != http.MethodHead || length >= 0 && length < int64(w.minSize) ||
		isCoded(header) || !mayCompress(w.Status(), header) {
		return
	}
	varyByCoding(header)
	if w.coding != codingIdentity {
		delete(header, "Content-Length")
		delete(header, "Accept-Ranges")
		weaken(header)
	}
}

// begin is where a body turns out to be large enough.
func (w *compressWriter) begin() {
	w.progress = passing
	if !mayCompress(w.Status(), w.Header()) {
		return
	}
	if w.coding == codingIdentity {
		varyByCoding(w.Header())
		return
	}
	w.coder = w.coders.borrow(w.coding, (*compressSink)(w))
	w.progress = coded
}

// release begins with what is held.
func (w *compressWriter) release() error {
	w.begin()
	held := w.held
	w.held = w.held[:0]
	if len(held) == 0 {
		return nil
	}
	_, err := w.Write(held)
	return err
}

// code compresses a piece. What the first one gives is kept, for it may be the
// whole body; the others make it a stream.
func (w *compressWriter) code(p []byte) (int, error) {
	if w.declared >= 0 && w.written+int64(len(p)) > w.declared {
		return 0, http.ErrContentLength
	}
	first := w.written == 0
	_, err := w.coder.Write(p)
	w.written += int64(len(p))
	switch {
	case err != nil:
		return 0, w.fail(err)
	case w.written == w.declared:
		err = w.end()
	case !first:
		err = w.send()
	}
	return len(p), err
}

// fail ends an answer that can't be written any more: the client is gone.
func (w *compressWriter) fail(err error) error {
	if err != nil {
		w.progress, w.err = ended, err
	}
	return err
}

// send sends the header, if it wasn't, and what the coder gave so far.
func (w *compressWriter) send() error {
	if !w.sent {
		w.sent = true
		becomeCoded(w.Header(), w.coding)
	}
	if len(w.out) == 0 {
		return nil
	}
	_, err := w.ResponseWriter.Write(w.out)
	w.out = w.out[:0]
	return w.fail(err)
}

// end closes the coder and sends what is left, with the length if it is all.
func (w *compressWriter) end() error {
	w.progress = ended
	if err := w.coder.Close(); err != nil {
		return w.fail(err)
	}
	w.coders.giveBack(w.coding, w.coder)
	w.coder = nil
	if !w.sent {
		w.sent = true
		becomeCoded(w.Header(), w.coding)
		if len(w.Header()["Trailer"]) == 0 { // which only chunks can have
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(w.out))}
		}
	}
	return w.send()
}

// finish is called when the handler has returned.
func (w *compressWriter) finish() {
	switch w.progress {
	case unwritten:
		if !w.ResponseWriter.Written() {
			w.bodiless()
		}
	case holding:
		w.pass()
	case coded:
		if w.written < w.declared {
			// Less than was announced, as of a file that was cut meanwhile.
			// net/http would end the connection; closed, it would look whole.
			panic(http.ErrAbortHandler)
		}
		_ = w.end() // the client is gone
	}
	w.done = true
}

// pass sends a small body as it is.
func (w *compressWriter) pass() {
	w.progress = passing
	if len(w.held) == 0 {
		w.ResponseWriter.WriteHeaderNow()
		return
	}
	_, _ = w.ResponseWriter.Write(w.held) // the client is gone
}

// compressSink is where a coder writes.
type compressSink compressWriter

func (s *compressSink) Write(p []byte) (int, error) {
	w := (*compressWriter)(s)
	if w.sent {
		return w.ResponseWriter.Write(p)
	}
	w.out = append(w.out, p...)
	if len(w.out) > maxWhole {
		if err := w.send(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
