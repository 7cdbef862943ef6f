package middleware

import (
	"io"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"
)

// readerFrom gives what lets net/http have the operating system send a file
// (sendfile), or nil. It looks behind no writer but Gin's own, which does
// nothing but count: any other may change what is written to it.
func readerFrom(w http.ResponseWriter) io.ReaderFrom {
	if to, ok := w.(io.ReaderFrom); ok {
		return to
	}
	counting, ok := w.(gin.ResponseWriter)
	if !ok {
		return nil
	}
	at := reflect.ValueOf(w)
	if at.Kind() != reflect.Pointer || at.Type().Elem().PkgPath() != reflect.TypeFor[gin.Engine]().PkgPath() {
		return nil
	}
	behind := at.Elem().FieldByName("ResponseWriter")
	if !behind.CanSet() || behind.Type() != reflect.TypeFor[http.ResponseWriter]() {
		return nil
	}
	own, ok := behind.Interface().(sendingWriter)
	if !ok {
		return nil
	}
	return &ginSender{counting, behind, own}
}

type sendingWriter interface {
	http.ResponseWriter
	io.ReaderFrom
}

// ginSender sends past Gin's writer, which hides ReadFrom, but has it count
// what was sent: an access log would show no bytes otherwise. For that, it puts
// a writer behind Gin's that takes one empty Write for the sending of a file.
type ginSender struct {
	counting gin.ResponseWriter
	behind   reflect.Value // Gin's exported field
	own      sendingWriter // what is in it
}

func (s *ginSender) ReadFrom(src io.Reader) (int64, error) {
	s.counting.WriteHeaderNow()
	s.behind.Set(reflect.ValueOf(&fileAsWrite{s.own, src}))
	defer s.behind.Set(reflect.ValueOf(s.own))
	n, err := s.counting.Write(nil)
	return int64(n), err
}

type fileAsWrite struct {
	sendingWriter

	src io.Reader
}

func (w *fileAsWrite) Write([]byte) (int, error) {
	n, err := w.ReadFrom(w.src)
	return int(n), err
}
