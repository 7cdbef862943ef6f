package middleware

import (
	"io"
	"net/http"
	"strconv"
)

// pieceSize is what files are copied in, and the size up to which it takes
// fewer system calls than having them sent.
const pieceSize = 32 << 10

// fileWriter is what [http.ServeContent] writes to.
type fileWriter struct {
	http.ResponseWriter

	static *Static
	coding contentCoding
	size   int64 // of the file, for a coded one
}

// WriteHeader finishes the header when it is known what the answer is.
func (w *fileWriter) WriteHeader(status int) {
	header := w.Header()
	switch status {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified:
		if w.static.cacheControl != nil {
			header["Cache-Control"] = w.static.cacheControl
		}
		if status == http.StatusOK && w.coding != codingIdentity {
			header["Content-Length"] = []string{strconv.FormatInt(w.size, 10)}
		}
	case http.StatusPreconditionFailed: // without a body
		delete(header, "Content-Type")
		delete(header, "Content-Encoding")
	}
	w.ResponseWriter.WriteHeader(status)
}

// ReadFrom copies what is small and has the rest sent, if it can be.
func (w *fileWriter) ReadFrom(src io.Reader) (int64, error) {
	if part, ok := src.(*io.LimitedReader); !ok || part.N > pieceSize {
		if to := readerFrom(w.ResponseWriter); to != nil {
			return to.ReadFrom(src)
		}
	}
	piece, ok := w.static.buffers.Get().(*[pieceSize]byte)
	if !ok {
		piece = new([pieceSize]byte)
	}
	defer w.static.buffers.Put(piece)
	return io.CopyBuffer(struct{ io.Writer }{w.ResponseWriter}, src, piece[:])
}
