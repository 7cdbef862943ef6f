package spikard

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// sessionRoute answers the handshakes of one route.
type sessionRoute struct {
	endpoint   *pythonEndpoint
	streams    *streams
	groups     *groups
	message    *messageBinder // nil: messages reach the handler as they are
	maxMessage int64
	ping, idle time.Duration
	origins    []string
	compress   bool
}

// serve is a whole session.
func (r *sessionRoute) serve(x *exchange) {
	if problem := r.handshake(x); problem != nil {
		x.session = nil
		r.endpoint.wall.problem(x, problem)
		return
	}
	s := &session{x: x, route: r, cancel: x.apart.cancel, room: make(chan struct{}, 1)}
	x.session, x.channel = s, s
	x.apart.list(r.streams, s.stop)
	r.endpoint.serve(x)
}

// handshake tells what is wrong with one (RFC 6455, section 4.2.1), and with its
// origin.
func (r *sessionRoute) handshake(x *exchange) *api.Problem {
	refuse := func(status int, slug, detail string) *api.Problem {
		p := api.NewProblem(status, slug, detail)
		p.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		return p
	}
	switch {
	case !lists(x.HeaderValues("Connection"), "upgrade") || !lists(x.HeaderValues("Upgrade"), "websocket"):
		return refuse(http.StatusUpgradeRequired, "upgrade-required", "Here are WebSockets only")
	case x.Method() != http.MethodGet || x.c.Request.ProtoMajor != 1:
		return refuse(http.StatusBadRequest, "bad-handshake", "A WebSocket begins with GET over HTTP/1.1")
	case x.Header("Sec-Websocket-Version") != "13":
		p := refuse(http.StatusUpgradeRequired, "upgrade-required", "The version of WebSocket must be 13")
		p.Header.Set("Sec-WebSocket-Version", "13")
		return p
	case !isKey(x.Header("Sec-Websocket-Key")):
		return refuse(http.StatusBadRequest, "bad-handshake", "Sec-WebSocket-Key must be 16 bytes in base64")
	case !r.allows(x):
		return api.NewProblem(http.StatusForbidden, "forbidden-origin", "Pages of this origin may not open this WebSocket")
	}
	return nil
}

func isKey(text string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	return err == nil && len(key) == 16
}

// allows looks at the origin: a browser lets any page open a WebSocket, with the
// cookies of this site. What is no browser sends none.
func (r *sessionRoute) allows(x *exchange) bool {
	origin := x.Header("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(strings.ToLower(origin))
	if err != nil {
		return false
	}
	if u.Host != "" && strings.EqualFold(u.Host, x.Host()) {
		return true
	}
	return slices.ContainsFunc(r.origins, func(pattern string) bool {
		pattern = strings.ToLower(pattern)
		subject := u.Scheme + "://" + u.Host
		if pattern == "*" {
			return true
		}
		matched, err := path.Match(pattern, subject)
		return err == nil && matched
	})
}

// lists tells whether a field that is a list has an item.
func lists(lines []string, item string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(one), item) {
				return true
			}
		}
	}
	return false
}

func offers(x *exchange, protocol string) bool {
	return lists(x.HeaderValues("Sec-Websocket-Protocol"), protocol)
}

// messageBinder binds the messages of a session as if each were a body.
type messageBinder struct{ binder *bind.Binder }

// bind gives the wire form of a message, or what is wrong with it.
func (m *messageBinder) bind(x *exchange, text []byte) ([]byte, *api.Problem) {
	var w wire.Writer
	if problem := m.binder.Bind(x, bind.Body{Text: text}, &w); problem != nil {
		return nil, problem
	}
	return w.Bytes(), nil
}

// compileMessage makes the binder of a route's messages; nil: there is none.
func (r *running) compileMessage(app *pythonApp, s *pybridge.Session) (*messageBinder, error) {
	if s.Message == 0 {
		return nil, nil
	}
	fn := &app.manifest.Callables[s.Message-1]
	bound := make([]int, len(fn.Params))
	for i := range bound {
		bound[i] = i
	}
	binder, err := bind.Compile(app.manifest, fn, bound, nil, bind.Options{BodySchema: s.Schema})
	if err != nil {
		return nil, err
	}
	binder.SetLimits(r.limits())
	return &messageBinder{binder}, nil
}
