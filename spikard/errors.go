package spikard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// wall stands between what went wrong and the client: everything is logged,
// and only a problem document goes out.
type wall struct {
	log *slog.Logger
	// debug has clients told of the server's failures what the log is told, but for
	// the values of the header fields that are secrets by the configuration.
	debug   bool
	secrets []string
	files   middleware.Files
}

// problemOf is the one place where an error becomes what a client sees.
func problemOf(err error) *api.Problem {
	var problem *api.Problem
	var overload *pybridge.OverloadError
	var cleanup *di.CleanupError
	var unclean *uncleanError
	switch {
	case errors.As(err, &cleanup), errors.As(err, &unclean): // whatever else failed, this is the server's
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &overload):
		p := api.NewProblem(http.StatusServiceUnavailable, "service-unavailable", "The server is busy, try again later")
		p.Header = http.Header{"Retry-After": {retryAfter(overload.RetryAfter)}}
		return p
	case errors.Is(err, pybridge.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return api.NewProblem(http.StatusServiceUnavailable, "service-unavailable", "The request was cancelled")
	}
	return api.NewProblem(http.StatusInternalServerError, "internal-server-error", "The server could not answer the request")
}

func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

// fail logs an error and answers with its problem.
func (w *wall) fail(x *exchange, handler string, err error) {
	if w.rescued(x, handler, err) {
		return
	}
	w.logFailure(x, handler, err)
	w.tell(x, handler, problemOf(err), err)
}

// tell answers with a failure's problem, or in debug mode with what is known of one
// of the server's.
func (w *wall) tell(x *exchange, handler string, p *api.Problem, err error) {
	if w.debug && p.Status >= http.StatusInternalServerError {
		w.debugged(x, handler, p, err)
		return
	}
	w.problem(x, p)
}

// rescued tells whether a hook or handler of the user's has answered an error.
func (w *wall) rescued(x *exchange, handler string, err error) bool {
	if x.around == nil || x.answering {
		return false
	}
	answer := x.around.rescue(x, handler, err)
	if answer == nil {
		return false
	}
	w.reply(x, handler, answer)
	return true
}

// unclean answers with 500 for a clean-up that failed, whatever the answer was
// to be. err is what had failed before, or nil.
func (w *wall) unclean(x *exchange, handler string, err, cleanup error) {
	if err != nil {
		w.logFailure(x, handler, err)
	}
	w.fail(x, handler, &uncleanError{cleanup})
}

// uncleanError is what the clean-ups of a request failed with.
type uncleanError struct{ err error }

func (e *uncleanError) Error() string { return "the request's clean-up: " + e.err.Error() }

func (e *uncleanError) Unwrap() error { return e.err }

// closeOnPanic is deferred around what a request runs: the clean-ups of one that
// panics are run on the panic's way up.
func (w *wall) closeOnPanic(x *exchange, handler string, closing func(failure error) error) {
	v := recover()
	if v == nil {
		return
	}
	if err := closing(&di.PanicError{Value: v, Stack: debug.Stack()}); err != nil {
		w.logFailure(x, handler, &uncleanError{err})
	}
	panic(v)
}

func (w *wall) logFailure(x *exchange, handler string, err error) {
	var overload *pybridge.OverloadError
	level := slog.LevelError
	switch {
	case problemOf(err).Status < http.StatusInternalServerError:
		return // an answer like any other
	case errors.As(err, &overload):
		level = slog.LevelWarn
	case x.Context().Err() != nil:
		level = slog.LevelDebug // the client has left
	}
	attrs := append(x.logAttrs(handler), slog.String("error", err.Error()))
	var raised *pybridge.Exception
	if errors.As(err, &raised) {
		attrs = append(attrs, slog.String("exception", raised.Type), slog.String("traceback", raised.Traceback))
		if raised.File != "" {
			attrs = append(attrs, slog.String("source", raised.File+":"+strconv.Itoa(raised.Line)))
		}
		if raised.Path != "" {
			attrs = append(attrs, slog.String("value", raised.Path))
		}
	}
	w.log.LogAttrs(x.Context(), level, "request failed", attrs...)
}

// logArgs are the same as arguments.
func (x *exchange) logArgs() []any {
	return []any{"request_id", x.RequestID(), "method", x.Method(), "path", x.EscapedPath()}
}

func (x *exchange) logAttrs(handler string) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("request_id", x.RequestID()),
		slog.String("method", x.Method()),
		slog.String("path", x.EscapedPath()),
	}
	if handler != "" {
		attrs = append(attrs, slog.String("handler", handler))
	}
	return attrs
}

// result sends what a Python program gave.
func (w *wall) result(x *exchange, handler string) {
	r := &x.result
	switch r.Outcome {
	case pybridge.Answered:
		if !validStatus(r.Status) {
			w.fail(x, handler, fmt.Errorf("status %d is no final HTTP status", r.Status))
			return
		}
		x.addHeader(r.Header)
		if err := x.Respond(r.Status, r.ContentType, r.Body); err != nil {
			w.unsent(x, handler, err)
		}
		r.Sent() // also to a client that has left: the code has answered
	case pybridge.Problem:
		w.httpException(x, handler, r)
	case pybridge.Invalid:
		w.invalid(x, handler, r)
	case pybridge.Refused:
		x.addHeader(r.Header)
		w.refused(x, handler, x.refusal)
	case pybridge.Raised:
		x.addHeader(r.Header)
		w.fail(x, handler, r.Exception)
	case pybridge.File:
		w.file(x, handler, r)
		r.Sent()
	default:
		w.fail(x, handler, fmt.Errorf("python gave the outcome %d, which ends no request", r.Outcome))
	}
}

// httpException answers an HTTPException. Its detail is meant for the client.
func (w *wall) httpException(x *exchange, handler string, r *pybridge.Result) {
	if !validStatus(r.Status) {
		w.fail(x, handler, fmt.Errorf("HTTPException with the status %d, which is no final HTTP status", r.Status))
		return
	}
	if w.rescued(x, handler, failureOf(r)) {
		return
	}
	x.addHeader(r.Header)
	p := api.NewProblem(r.Status, slug(r.Status), r.Detail)
	if p.Title == "" {
		p.Title = "Status " + strconv.Itoa(r.Status)
	}
	if len(r.Body) > 0 {
		if err := x.Respond(r.Status, problemTypeFor(x.c.Request), r.Body); err != nil {
			w.unsent(x, handler, err)
		}
		return
	}
	w.problem(x, p)
}

// invalid answers for a value that was refused where it became a Python object.
func (w *wall) invalid(x *exchange, handler string, r *pybridge.Result) {
	problem, err := invalid(r)
	if err != nil {
		w.fail(x, handler, err)
		return
	}
	w.refuse(x, handler, problem)
}

func invalid(r *pybridge.Result) (*api.Problem, error) {
	var faults []api.FieldError
	if err := json.Unmarshal(r.Body, &faults); err != nil {
		return nil, fmt.Errorf("the list of refused values: %w", err)
	}
	return bind.Invalid(faults), nil
}

// httpError is an HTTPException as clean-ups in Go are told of it.
type httpError struct {
	status int
	detail string
}

func (p *httpError) Error() string {
	return fmt.Sprintf("HTTPException %d: %s", p.status, p.detail)
}

// slug is the end of a problem's type: the status' text with hyphens.
func slug(status int) string {
	title := http.StatusText(status)
	if title == "" {
		return "status-" + strconv.Itoa(status)
	}
	return strings.NewReplacer(" ", "-", "'", "").Replace(strings.ToLower(title))
}

// problem answers with a problem document.
func (w *wall) problem(x *exchange, p *api.Problem) {
	addLines(x.c.Writer.Header(), p.Header)
	contentType, body := renderProblem(x.c.Request, p)
	if err := x.Respond(p.Status, contentType, body); err != nil {
		w.unsent(x, "", err)
	}
}

// reply answers with what a Go handler or a hook gave.
func (w *wall) reply(x *exchange, handler string, r *rendered) {
	addLines(x.c.Writer.Header(), r.Header)
	if err := x.Respond(r.Status, r.contentType, r.body); err != nil {
		w.unsent(x, handler, err)
	}
}

// unsent notes an answer that nobody was there for.
func (w *wall) unsent(x *exchange, handler string, err error) {
	w.log.LogAttrs(x.Context(), slog.LevelDebug, "the answer could not be sent",
		append(x.logAttrs(handler), slog.String("error", err.Error()))...)
}

// panicked answers for a handler that panicked.
func (w *wall) panicked(c *gin.Context, value any, stack []byte, answered bool) {
	w.log.LogAttrs(c.Request.Context(), slog.LevelError, "panic in a handler",
		slog.String("request_id", middleware.RequestIDOf(c)),
		slog.String("method", c.Request.Method),
		slog.String("path", c.Request.URL.Path),
		slog.String("panic", fmt.Sprint(value)),
		slog.String("stack", string(stack)))
	switch {
	case answered:
	case w.debug:
		x := &exchange{c: c, path: c.Request.URL.Path}
		w.debugged(x, "", problemOf(errPanic), &di.PanicError{Value: value, Stack: stack})
	default:
		_ = writeProblem(c.Writer, c.Request, problemOf(errPanic))
	}
}

// errPanic stands for a panic, whose text a client must not see.
var errPanic = errors.New("panic in a handler")

// writeProblem sends a problem document.
func writeProblem(w http.ResponseWriter, r *http.Request, p *api.Problem) error {
	addLines(w.Header(), p.Header)
	contentType, body := renderProblem(r, p)
	return respond(w, r.Method, p.Status, contentType, body)
}

// renderProblem gives a problem's document, as application/problem+json to those
// who accept it and as application/json to all others.
func renderProblem(r *http.Request, p *api.Problem) (contentType string, body []byte) {
	if p.Body != nil {
		return jsonType, p.Body
	}
	contentType = problemTypeFor(r)
	body, err := encodeJSON(p)
	if err != nil {
		panic("spikard: a problem is not JSON: " + err.Error()) // texts, numbers and JSON alone
	}
	return contentType, body
}

// problemTypeFor is the media type of a problem document for a client.
func problemTypeFor(r *http.Request) string {
	if acceptsProblem(r.Header["Accept"]) {
		return problemType
	}
	return jsonType
}

// acceptsProblem tells whether an Accept header names problem documents. A
// wildcard does not: most clients send one and expect JSON.
func acceptsProblem(lines []string) bool {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			kind, params, _ := strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(kind), problemType) && !refused(params) {
				return true
			}
		}
	}
	return false
}

// refused tells whether the parameters of a media range hold a weight of 0.
func refused(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			weight, err := strconv.ParseFloat(value, 64)
			return err == nil && weight == 0
		}
	}
	return false
}
