package bind

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// The first steps of a client's path to a value.
const (
	locBody   = "body"
	locPath   = "path"
	locQuery  = "query"
	locHeader = "headers"
	locCookie = "cookie"
	locFiles  = "files"
)

// param is one parameter of a handler, compiled.
type param struct {
	in       pybridge.ParamIn
	loc      []step
	required bool
	// index is the number of the path's parameter, or the slot of the query's
	// or cookie's name.
	index  int
	header string // canonical
	// One of these is set.
	one  textBinder
	many *textList
	body jsonBinder
	// form is set besides body for a form and its fields, raw for a body that
	// isn't parsed.
	form *formParam
	raw  textBinder
	// media is what a raw body has to be declared as.
	media string
	// emptyIsFalse takes "flag=" for a flag that is off.
	emptyIsFalse bool
}

// takesBody tells whether the parameter is the body or a part of it, takesField
// whether it is a field of a form.
func (p *param) takesBody() bool  { return p.body != nil || p.raw != nil }
func (p *param) takesField() bool { return p.form != nil && !p.form.whole }

// kind is what the parameter wants the body to be.
func (p *param) kind() BodyKind {
	switch {
	case p.form != nil:
		return FormBody
	case p.raw != nil:
		return RawBody
	}
	return JSONBody
}

// bind writes the parameter's value. False: the request is malformed.
func (p *param) bind(s *state, x api.Exchange, body []byte) bool {
	s.path = append(s.path[:0], p.loc...)
	switch {
	case p.form != nil:
		return p.bindForm(s)
	case p.raw != nil:
		return p.bindRaw(s, body)
	case p.body != nil:
		return p.bindBody(s, body)
	case p.many != nil:
		p.bindMany(s, x)
		return s.refusal == nil
	case p.in == pybridge.InPath:
		v, err := url.PathUnescape(x.PathValue(p.index))
		if err != nil || !utf8.ValidString(v) {
			return false
		}
		p.one.text(s, v)
		return true
	}
	p.bindOne(s, x)
	return s.refusal == nil
}

func (p *param) bindBody(s *state, body []byte) bool {
	if len(body) == 0 {
		p.absent(s)
		return true
	}
	s.open(jsonwire.View(body))
	p.body.json(s)
	return s.scan.End()
}

// bindRaw binds a body as it is. An empty one is a value too, where there is no
// default.
func (p *param) bindRaw(s *state, body []byte) bool {
	if len(body) == 0 && !p.required {
		p.absent(s)
		return true
	}
	if _, binary := p.raw.(*bytesNode); !binary && !utf8.Valid(body) {
		s.refusal = api.NewProblem(http.StatusBadRequest, "bad-request", "The body is not UTF-8")
		return false
	}
	p.raw.text(s, jsonwire.View(body))
	return true
}

func (p *param) bindOne(s *state, x api.Exchange) {
	v, ok := p.value(s, x)
	switch {
	case !ok:
		p.absent(s)
	case !utf8.ValidString(v):
		s.refusal = malformed()
	case v == "" && p.emptyIsFalse:
		s.w.Bool(false)
	default:
		p.one.text(s, v)
	}
}

func (p *param) absent(s *state) {
	if p.required {
		s.reportMissing()
		return
	}
	s.w.Absent()
}

// value gives the text that counts where a name comes several times: the last
// in a query, as Starlette has it; the first among cookies, which browsers send
// with the most specific one first; the first line of a header.
func (p *param) value(s *state, x api.Exchange) (string, bool) {
	if p.in == pybridge.InHeader {
		return headerValue(x, p.header)
	}
	c := s.pairs.chains[p.index]
	switch {
	case c.count == 0:
		return "", false
	case p.in == pybridge.InQuery:
		return unescapeQuery(s.pairs.list[c.last-1].raw), true
	default:
		return unquoteCookie(s.pairs.list[c.first-1].raw), true
	}
}

func (p *param) bindMany(s *state, x api.Exchange) {
	l := listing{s: s, list: p.many, at: -1}
	s.push(step{kind: byIndex})
	if p.in == pybridge.InHeader {
		for _, v := range x.HeaderValues(p.header) {
			l.add(headerText(v))
		}
	} else {
		for i := s.pairs.chains[p.index].first; i > 0; i = s.pairs.list[i-1].next {
			v := p.decode(s.pairs.list[i-1].raw)
			if !utf8.ValidString(v) {
				s.refusal = malformed()
				break
			}
			l.add(v)
		}
	}
	s.pop()
	if l.at < 0 {
		p.absent(s)
		return
	}
	l.finish()
}

func (p *param) decode(raw string) string {
	if p.in == pybridge.InQuery {
		return unescapeQuery(raw)
	}
	return unquoteCookie(raw)
}
