package spikard

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxPromised is the most memory that is taken on the word of a client's
// Content-Length; more comes as the body does.
const maxPromised = 512 << 10

// readBody reads the whole body into the exchange's memory. It is nil for
// handlers that don't want one.
func (x *exchange) readBody(wanted bool) ([]byte, *api.Problem) {
	if !wanted || x.c.Request.ContentLength == 0 {
		return nil, nil
	}
	x.body = x.body[:0]
	if n := min(x.c.Request.ContentLength, maxPromised); n > 0 && int64(cap(x.body)) <= n {
		// One more, so that the end is seen without growing.
		x.body = make([]byte, 0, n+1)
	}
	for {
		if len(x.body) == cap(x.body) {
			x.body = append(x.body, 0)[:len(x.body)]
		}
		n, err := x.c.Request.Body.Read(x.body[len(x.body):cap(x.body)])
		x.body = x.body[:len(x.body)+n]
		if err == io.EOF {
			return x.body, nil
		}
		if err != nil {
			return nil, bodyProblem(err)
		}
	}
}

func bodyProblem(err error) *api.Problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		p := tooLarge(large.Limit)
		p.Header = http.Header{"Connection": {"close"}}
		return p
	case errors.Is(err, os.ErrDeadlineExceeded):
		return api.NewProblem(http.StatusRequestTimeout, "request-timeout", "The body did not arrive in time")
	}
	return api.NewProblem(http.StatusBadRequest, "bad-request", "The body ended before it was complete")
}

func tooLarge(limit int64) *api.Problem {
	return api.NewProblem(http.StatusRequestEntityTooLarge, "payload-too-large",
		"The body is larger than "+strconv.FormatInt(limit, 10)+" bytes")
}
