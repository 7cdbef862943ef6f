package spikard

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxPromised is the most memory that is taken on the word of a client's
// Content-Length; more comes as the body does.
const maxPromised = 512 << 10

// minRoom is the least memory that a body of unknown length is read into.
const minRoom = 512

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
			x.growBody()
		}
		n, err := x.c.Request.Body.Read(x.body[len(x.body):cap(x.body)])
		x.body = x.body[:len(x.body)+n]
		if err == io.EOF {
			return x.body, nil
		}
		if err != nil {
			return nil, x.bodyProblem(err)
		}
	}
}

// growBody makes room for as much as has come, but no more than was announced.
func (x *exchange) growBody() {
	room := max(len(x.body), minRoom)
	if left := x.c.Request.ContentLength - int64(len(x.body)); left >= 0 {
		room = min(room, int(left)+1)
	}
	x.body = slices.Grow(x.body, room)
}

func (x *exchange) bodyProblem(err error) *api.Problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		p := tooLarge(large.Limit)
		p.Header = http.Header{"Connection": {"close"}}
		return p
	case errors.Is(err, os.ErrDeadlineExceeded):
		return api.NewProblem(http.StatusRequestTimeout, "request-timeout", "The body did not arrive in time")
	}
	if x.c.Request.ContentLength > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		p := api.NewProblem(http.StatusBadRequest, "content-length-mismatch",
			"Content-Length header does not match actual body size")
		p.Title = "Content-Length header mismatch"
		return p
	}
	return api.NewProblem(http.StatusBadRequest, "bad-request", "The body ended before it was complete")
}

func tooLarge(limit int64) *api.Problem {
	return api.NewProblem(http.StatusRequestEntityTooLarge, "payload-too-large",
		"The body is larger than "+strconv.FormatInt(limit, 10)+" bytes")
}

func headerTooLarge(limit int) *api.Problem {
	return api.NewProblem(http.StatusRequestHeaderFieldsTooLarge, "request-header-fields-too-large",
		"The request's header is larger than "+strconv.Itoa(limit)+" bytes")
}
