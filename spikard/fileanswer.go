package spikard

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// file answers with a file that the handler has named. One that isn't there is the
// client's to know: most names are of its choosing.
func (w *wall) file(x *exchange, handler string, r *pybridge.Result) {
	if !validStatus(r.Status) {
		w.fail(x, handler, errors.New("a file with a status that ends no request"))
		return
	}
	path := string(r.Body)
	x.addHeader(r.Header)
	status, contentType, err := x.headAround(r.Status, r.ContentType)
	if err != nil {
		w.fail(x, handler, err)
		return
	}
	if contentType != "" {
		x.SetHeader("Content-Type", contentType)
	}
	err = w.files.Send(x.c.Writer, x.c.Request, path, status)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.c.Writer.Header().Del("Content-Type")
		x.c.Writer.Header().Del("Content-Disposition")
		w.log.WarnContext(x.Context(), "the file of an answer is not there", "path", path,
			"handler", handler, "request_id", x.RequestID())
		w.problem(x, api.NewProblem(http.StatusNotFound, "not-found", "There is no such file"))
	case err != nil:
		w.fail(x, handler, err)
	}
	x.c.Writer.WriteHeaderNow()
}
