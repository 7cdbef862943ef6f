package spikard

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/bind"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

// intake is how a route takes the body of its requests.
type intake struct {
	kind bind.BodyKind
	// media is what the client has to declare for a raw body; empty: anything.
	media string
	// text has a raw body's charset made UTF-8.
	text bool
	// bytes are wanted besides, for Python's Request.
	bytes bool
	// streamed leaves the body to the handler.
	streamed bool
	limits   form.Limits
}

// intake is one for a route of which nothing is known yet.
func (r *running) intake() intake {
	c := &r.config
	return intake{limits: form.Limits{
		Fields: c.MaxFormFields, Files: c.MaxFormFiles, FieldSize: c.MaxFormFieldSize, Memory: c.MaxFileMemory,
	}}
}

// bodyBinder is what a route's binder tells of its body.
type bodyBinder interface {
	Body() (kind bind.BodyKind, mediaType string)
	BodyIsText() bool
}

// takes has the body read as a binder wants it.
func (in *intake) takes(b bodyBinder) {
	in.kind, in.media = b.Body()
	in.text = b.BodyIsText()
}

// limits are those of what is bound.
func (r *running) limits() bind.Limits {
	return bind.Limits{ObjectKeys: r.config.MaxObjectKeys, QueryParams: r.config.MaxQueryParams}
}

// read reads the body as the binder wants it, and its bytes where they are
// wanted. A type or a charset that the route doesn't take is refused before the
// body is read.
func (in *intake) read(x *exchange) (bind.Body, []byte, *api.Problem) {
	if x.streamed = in.streamed; in.streamed {
		return bind.Body{}, nil, nil
	}
	if in.kind == bind.NoBody {
		raw, problem := x.readBody(in.bytes)
		return bind.Body{}, raw, problem
	}
	media, problem := readMediaType(x.c.Request.Header["Content-Type"])
	if problem == nil && in.kind != bind.RawBody {
		problem = contentCoding(x.c.Request.Header["Content-Encoding"])
	}
	if problem == nil {
		problem = in.accepts(x, media)
	}
	if problem != nil {
		return bind.Body{}, nil, problem
	}
	if in.kind == bind.FormBody && media.name == multipartType {
		return in.multipart(x, media)
	}
	raw, problem := x.readBody(true)
	if problem != nil {
		return bind.Body{}, nil, problem
	}
	body, problem := in.parsed(x, media, raw)
	return body, raw, problem
}

// accepts tells whether the route takes the type. A body that isn't there is
// of every type: what lacks then is the binder's to report.
func (in *intake) accepts(x *exchange, media mediaType) *api.Problem {
	if x.c.Request.ContentLength == 0 {
		return nil
	}
	var ok bool
	switch in.kind {
	case bind.JSONBody:
		ok = media.name == "" || media.isJSON()
	case bind.FormBody:
		ok = media.name == formType || media.name == multipartType
	default:
		return in.acceptsRaw(media)
	}
	switch {
	case !ok:
		return unsupportedMediaType()
	case media.isUTF8():
		return nil
	case in.kind == bind.JSONBody:
		return unsupportedCharset("Unsupported charset '" + media.params["charset"] + "' for JSON. Only UTF-8 is supported.")
	}
	return unsupportedCharset("Unsupported charset '" + media.params["charset"] + "' for a form. Only UTF-8 is supported.")
}

func (in *intake) acceptsRaw(media mediaType) *api.Problem {
	if in.media != "" && media.name != "" && !media.fits(in.media) {
		return unsupportedMediaType()
	}
	return nil
}

// contentCoding refuses compressed bodies: nothing here decodes them.
func contentCoding(lines []string) *api.Problem {
	for _, line := range lines {
		if line != "" && !strings.EqualFold(line, "identity") {
			p := api.NewProblem(http.StatusUnsupportedMediaType, "unsupported-content-encoding",
				"Unsupported content encoding")
			p.Header = http.Header{"Accept-Encoding": {"identity"}} // RFC 9110, 15.5.16
			return p
		}
	}
	return nil
}

// byteOrderMark may stand before a JSON text; parsers may ignore it (RFC 8259,
// 8.1), and json.loads does.
var byteOrderMark = []byte("\xef\xbb\xbf")

func (in *intake) parsed(x *exchange, media mediaType, raw []byte) (bind.Body, *api.Problem) {
	switch in.kind {
	case bind.FormBody:
		var problem *api.Problem
		x.form, problem = form.ParseURLEncoded(raw, in.limits)
		return bind.Body{Form: x.form}, problem
	case bind.JSONBody:
		return bind.Body{Text: bytes.TrimPrefix(raw, byteOrderMark)}, nil
	}
	if !in.text {
		return bind.Body{Text: raw}, nil
	}
	text, problem := media.toUTF8(raw)
	return bind.Body{Text: text}, problem
}

// multipart reads the parts as they come, so that large files never lie in
// memory; where the bytes are wanted too, they do.
func (in *intake) multipart(x *exchange, media mediaType) (bind.Body, []byte, *api.Problem) {
	boundary, problem := form.Boundary(media.params)
	if problem != nil {
		return bind.Body{}, nil, problem
	}
	var raw []byte
	source := x.Body()
	if in.bytes {
		if raw, problem = x.readBody(true); problem != nil {
			return bind.Body{}, nil, problem
		}
		source = bytes.NewReader(raw)
	}
	var err error
	x.form, err = form.ReadMultipart(source, boundary, in.limits)
	if err != nil {
		return bind.Body{}, nil, x.multipartProblem(err)
	}
	// What follows the last boundary has to be read for the connection's next
	// request.
	if _, err := io.Copy(io.Discard, source); err != nil {
		return bind.Body{}, nil, x.bodyProblem(err)
	}
	return bind.Body{Form: x.form}, raw, nil
}

func (x *exchange) multipartProblem(err error) *api.Problem {
	var problem *api.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return x.bodyProblem(err)
}
