package spikard

import (
	"context"
	"io"
	"iter"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

// exchange is an api.Exchange over Gin, with what a request needs of memory.
// It is pooled.
type exchange struct {
	c         *gin.Context
	path      string
	values    []string // the escaped path values
	pathNames []string
	proxies   middleware.Proxies
	client    middleware.Client
	resolved  bool

	wire   wire.Writer
	body   []byte
	form   *form.Form // to be closed
	result pybridge.Result

	// argument is the exchange as hooks are given it: for one that is no api.Exchange
	// by its type, reflect would compare all methods at each call.
	argument  reflect.Value
	around    *around   // whose hooks see the answer; nil: none
	early     *di.Scope // the dependencies, if a hook ahead of the handler needs some
	answering bool      // the hooks have seen the answer
	refusal   *refusal
	principal *middleware.Principal
	state     map[string]any

	// ctx is that of a request which ends by itself, as a session does; nil: it is
	// the one of the request.
	ctx    context.Context
	id     string // of a request that has outlived its handler
	apart  *apart // nil: the request ends with its handler
	stream stream
	// streamed says that the handler reads the body.
	streamed bool
	session  *session         // nil: the route takes no sessions
	channel  pybridge.Channel // nil: the request can't be answered in parts
}

var _ api.Exchange = (*exchange)(nil)

// exchanges lends exchanges out.
type exchanges struct {
	pool    sync.Pool
	proxies middleware.Proxies
	// writeTimeout bounds the writing of each part of an answer; 0: nothing does.
	writeTimeout time.Duration
	inFlight     *inFlight // nil: nobody looks
}

// maxKept is the largest body that an exchange keeps the memory of for the next
// request. Its wire form may be larger: JSON's numbers and brackets take more
// bytes there.
const (
	maxKept     = 1 << 20
	maxKeptWire = 2 << 20
)

func (e *exchanges) open(c *gin.Context, path string) *exchange {
	x, ok := e.pool.Get().(*exchange)
	if !ok {
		x = &exchange{proxies: e.proxies}
		var self api.Exchange = x
		x.argument = reflect.ValueOf(&self).Elem()
		x.stream.x = x
	}
	x.c, x.path = c, path
	x.channel, x.stream.limit = &x.stream, e.writeTimeout
	if e.inFlight != nil {
		e.inFlight.begin(x)
	}
	return x
}

func (e *exchanges) close(x *exchange) {
	if e.inFlight != nil {
		e.inFlight.end(x)
	}
	x.c, x.path, x.pathNames = nil, "", nil
	clear(x.values)
	x.values = x.values[:0]
	x.client, x.resolved = middleware.Client{}, false
	x.result = pybridge.Result{}
	x.form.Close()
	x.form = nil
	x.id, x.ctx, x.apart, x.channel, x.session, x.streamed = "", nil, nil, nil, nil, false
	x.stream.reset()
	x.around, x.early, x.answering, x.refusal, x.principal, x.state = nil, nil, false, nil, nil, nil
	if cap(x.body) > maxKept {
		x.body = nil
	}
	if cap(x.wire.Bytes()) > maxKeptWire {
		x.wire = wire.Writer{}
	}
	e.pool.Put(x)
}

// open makes the dependencies of a route ahead of its handler.
func (x *exchange) open(program *compiled) (err error) {
	x.early, err = program.open(x)
	return err
}

// closeEarly ends them, where they were made. A second one does nothing.
func (x *exchange) closeEarly(failure error) error {
	if x.early == nil {
		return nil
	}
	return x.early.Close(failure)
}

func (x *exchange) Context() context.Context {
	if x.ctx != nil {
		return x.ctx
	}
	return x.c.Request.Context()
}

func (x *exchange) Method() string { return x.c.Request.Method }

func (x *exchange) EscapedPath() string { return x.path }

func (x *exchange) PathValue(i int) string { return x.values[i] }

func (x *exchange) RawQuery() string { return x.c.Request.URL.RawQuery }

func (x *exchange) ContentLength() int64 { return x.c.Request.ContentLength }

func (x *exchange) RequestID() string {
	if x.id != "" {
		return x.id
	}
	return middleware.RequestIDOf(x.c)
}

func (x *exchange) Header(name string) string {
	if values := x.HeaderValues(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (x *exchange) HeaderValues(name string) []string {
	// net/http keeps this one apart.
	if name == "Host" {
		return []string{x.c.Request.Host}
	}
	return x.c.Request.Header[name]
}

func (x *exchange) Headers() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if !yield("Host", x.c.Request.Host) {
			return
		}
		for name, lines := range x.c.Request.Header {
			for _, line := range lines {
				if !yield(name, line) {
					return
				}
			}
		}
	}
}

func (x *exchange) Body() io.Reader {
	if x.c.Request.Body == nil {
		return http.NoBody
	}
	return x.c.Request.Body
}

// who is resolved when it is first asked for: most handlers never do.
func (x *exchange) who() *middleware.Client {
	if !x.resolved {
		x.client, x.resolved = x.proxies.Client(x.c.Request), true
	}
	return &x.client
}

func (x *exchange) ClientAddr() string { return x.who().Addr }

func (x *exchange) Scheme() string { return x.who().Scheme }

func (x *exchange) Host() string { return x.who().Host }

func (x *exchange) Set(name string, value any) {
	if x.state == nil {
		x.state = map[string]any{}
	}
	x.state[name] = value
}

func (x *exchange) Get(name string) any { return x.state[name] }

func (x *exchange) SetHeader(name, value string) { x.c.Writer.Header().Set(name, value) }

func (x *exchange) AddHeader(name, value string) { x.c.Writer.Header().Add(name, value) }

func (x *exchange) Respond(status int, contentType string, body []byte) error {
	if x.around != nil && len(x.around.onResponse) > 0 && !x.answering {
		return x.respondAround(status, contentType, body)
	}
	return respond(x.c.Writer, x.c.Request.Method, status, contentType, body)
}

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)
