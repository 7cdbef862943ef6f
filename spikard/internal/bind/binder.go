package bind

import (
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

// Binder makes the arguments of a Python function from a request. It is made
// by [Compile].
//
// # Concurrency
//
// A Binder is never changed: any number of goroutines may use it.
type Binder struct {
	params  []param
	query   names
	cookies names
	body    BodyKind
	media   string
	limits  Limits
	files   []fileRule
	upload  convert
	// formCheck is set where the route has a schema for a form that is bound by
	// its fields, or not at all.
	formCheck *formCheck
	// bodyCheck is set where the route has a schema for a body of JSON that no
	// parameter takes.
	bodyCheck *schemaBinder
}

// BodyKind is how a handler takes the request's body.
type BodyKind uint8

// The kinds of bodies.
const (
	NoBody   BodyKind = iota
	JSONBody          // Body.Text is JSON
	FormBody          // Body.Form is the form, url-encoded or multipart
	RawBody           // Body.Text is handed over as bytes, or as a str if it is UTF-8
)

// Body is a request's body, as its kind wants it. The zero value is an empty
// one.
type Body struct {
	Text []byte
	Form *form.Form
}

// Body tells what the parameters want the body to be; only what is wanted is
// to be read. For a RawBody, mediaType is what the client has to declare, as
// "image/*"; empty: anything.
func (b *Binder) Body() (kind BodyKind, mediaType string) { return b.body, b.media }

// BodyIsText tells whether a RawBody is handed over as a text, which has to be
// UTF-8.
func (b *Binder) BodyIsText() bool {
	for i := range b.params {
		if p := &b.params[i]; p.raw != nil {
			_, binary := p.raw.(*bytesNode)
			return !binary
		}
	}
	return false
}

// Bind writes one value for each parameter, in the order that was compiled. An
// optional parameter that the request has nothing for is Absent.
//
// # Errors
//
// The problem is a 422 with every fault of the request, its parameters' before
// its body's, or a 400 for a body that isn't JSON and for a request beyond the
// [Limits]. w is then left as it was.
//
// # Memory
//
// Neither body nor anything of x is kept, by the problem neither.
func (b *Binder) Bind(x api.Exchange, body Body, w *wire.Writer) *api.Problem {
	s := acquire(w)
	defer s.release()
	start := w.Len()
	p := b.bind(s, x, body)
	if p != nil {
		w.Truncate(start)
	}
	return p
}

func (b *Binder) bind(s *state, x api.Exchange, body Body) *api.Problem {
	s.scan.SetLimits(b.limits.json())
	if p := b.collect(s, x); p != nil {
		return p
	}
	if p := b.openForm(s, body.Form); p != nil {
		return p
	}
	for i := range b.params {
		if !b.params[i].bind(s, x, body.Text) {
			if s.refusal != nil {
				return s.refusal
			}
			return unreadable(s.scan.Err())
		}
	}
	if !b.checkBody(s, body.Text) {
		return unreadable(s.scan.Err())
	}
	if p := b.checkForm(s); p != nil {
		return p
	}
	if s.fails > 0 {
		return s.problem()
	}
	return nil
}

// collect finds the texts of the query and of the cookies. Handlers that want
// no parameter of the query may still read it.
func (b *Binder) collect(s *state, x api.Exchange) *api.Problem {
	query := x.RawQuery()
	if p := b.limits.queryProblem(query); p != nil {
		return p
	}
	s.pairs.open(len(b.query.list) + len(b.cookies.list))
	if len(b.query.list) > 0 {
		s.pairs.scanQuery(query, &b.query)
	}
	if len(b.cookies.list) == 0 {
		return nil
	}
	lines := x.HeaderValues("Cookie")
	for _, line := range lines {
		s.pairs.scanCookies(line, &b.cookies)
	}
	return b.limits.cookieProblem(lines)
}

// add takes a compiled parameter in.
func (b *Binder) add(p param, alias string) {
	switch p.in {
	case pybridge.InQuery:
		p.index = b.query.slot(alias)
	case pybridge.InCookie:
		p.index = b.cookies.slot(alias)
	case pybridge.InBody, pybridge.InForm, pybridge.InFile:
		b.body, b.media = p.kind(), p.media
	}
	b.params = append(b.params, p)
}

// seal gives the cookies the slots behind the query's.
func (b *Binder) seal() {
	b.cookies.first = len(b.query.list)
	for i := range b.params {
		if b.params[i].in == pybridge.InCookie {
			b.params[i].index += b.cookies.first
		}
	}
}
