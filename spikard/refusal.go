package spikard

import (
	"net/http"

	"github.com/spikard/spikard-go/spikard/api"
)

// refusal is an answer of Go's that takes the handler's place: a problem, or what
// a hook in Go has answered. Python's hooks hear of it if they are to.
type refusal struct {
	// gate is the first gate that it closes: no step behind it runs.
	gate    refusalGate
	problem *api.Problem // or
	reply   *rendered
	// failure is what a hook failed with, for which the problem stands; nil: none
	// has.
	failure error
}

// write writes it as the last input of a program. A nil one is None.
func (r *refusal) write(x *exchange) {
	w := &x.wire
	if r == nil {
		w.Null()
		return
	}
	w.Tuple(6)
	w.Int(int64(r.gate))
	if r.problem == nil {
		w.Int(int64(r.reply.Status))
		w.Str(text(r.reply.contentType))
		writeHeader(x, r.reply.Header)
		w.Raw(r.reply.body)
		w.Bool(false)
		return
	}
	contentType, body := renderProblem(x.c.Request, r.problem)
	w.Int(int64(r.problem.Status))
	w.Str(contentType)
	writeHeader(x, r.problem.Header)
	w.Raw(body)
	w.Bool(r.problem.Body == nil)
}

func writeHeader(x *exchange, header http.Header) {
	at, n := x.wire.Len(), 0
	x.wire.List(0)
	for name, lines := range header {
		for _, line := range lines {
			x.wire.Str(text(name))
			x.wire.Str(text(line))
			n += 2
		}
	}
	x.wire.SetCount(at, n)
}

// err is what clean-ups are told of it.
func (r *refusal) err() error {
	if r.problem != nil {
		return r.problem
	}
	return nil
}

// refused answers with a refusal.
func (w *wall) refused(x *exchange, handler string, r *refusal) {
	switch {
	case r.reply != nil:
		w.reply(x, handler, r.reply)
	case r.failure != nil: // the handlers of errors were asked
		w.tell(x, handler, r.problem, r.failure)
	default:
		w.refuse(x, handler, r.problem)
	}
}

// refuse answers with a problem that the client has caused, or as a handler in Go
// has it.
func (w *wall) refuse(x *exchange, handler string, p *api.Problem) {
	if x.around != nil && !x.answering {
		if answer := x.around.rescueProblem(x, p); answer != nil {
			w.reply(x, handler, answer)
			return
		}
	}
	w.problem(x, p)
}
