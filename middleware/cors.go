package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// CORSConfig says which pages of other origins may use this server from a
// browser. The zero value lets none.
type CORSConfig struct {
	// AllowOrigins are origins as a browser sends them ("https://example.com",
	// "http://localhost:3000", "null"), or "*" for all. "https://*.example.com"
	// stands for any domain below example.com and not for itself;
	// "https://shop-*.example.com" for any such name without a dot;
	// "http://localhost:*" for any port.
	AllowOrigins []string
	// AllowOriginRegex allows, besides, the origins that it matches from their
	// first character to their last. The syntax is that of package regexp.
	AllowOriginRegex string
	// AllowMethods are the methods that a preflight is answered with: GET, HEAD
	// and POST, which a browser sends in any case. "*" allows all.
	AllowMethods []string
	// AllowHeaders are the request headers that a page may set besides the
	// CORS-safelisted ones. Their case is kept, and is of no matter. "*" allows
	// all, Authorization included.
	AllowHeaders []string
	// ExposeHeaders are the headers of an answer that a page may read besides
	// the CORS-safelisted ones.
	ExposeHeaders []string
	// AllowCredentials lets pages send cookies and Authorization.
	AllowCredentials bool
	// AllowPrivateNetwork lets pages of public sites reach this server on a
	// private network.
	AllowPrivateNetwork bool
	// MaxAge is how long a browser may remember the answer to a preflight, in
	// whole seconds. 0 leaves it to the browser (5 s by the Fetch standard),
	// a negative one forbids it.
	MaxAge time.Duration

	// Self tells the request's own scheme and host, so that an origin that is
	// the server's own is known as such behind trusted proxies. Nil: by TLS and
	// the Host header.
	Self func(r *http.Request) (scheme, host string)
	// Refuse writes the answer to what isn't allowed. Nil: [WriteProblem].
	Refuse Refuse
}

// CORS answers preflights and marks the answers that pages of other origins may
// read, by the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol).
// A preflight never reaches a handler: it is answered with 204 or, like any
// request of an origin that isn't allowed, with 403. A request without an Origin
// is none of CORS's business, and neither is one whose origin is the server's
// own, with which browsers send all but GET and HEAD. Any other OPTIONS request
// goes to its handler.
//
// # Errors
//
// All faults of the configuration, joined.
//
// # Memory
//
// Marking an answer allocates nothing: the values are shared by all answers, so
// that they may be replaced and added to but not written into. A handler's own
// Vary has to be added as well, since Set would take Origin out.
func CORS(config CORSConfig) (gin.HandlerFunc, error) {
	policy, err := newCORSPolicy(config)
	if err != nil {
		return nil, err
	}
	return policy.serve, nil
}

// corsPolicy is a CORSConfig made ready for requests.
type corsPolicy struct {
	origins corsOrigins
	methods corsList
	headers corsList
	// plain says that all answers are the same for all origins, which is "*"
	// without credentials.
	plain          bool
	privateNetwork bool
	// The lines of answers' headers, shared by all of them. Nil ones aren't sent.
	credentials, expose, maxAge, vary, preflightVary []string

	self   func(r *http.Request) (scheme, host string)
	refuse Refuse
}

const (
	headerOrigin         = "Origin"
	headerVary           = "Vary"
	headerRequestMethod  = "Access-Control-Request-Method"
	headerRequestHeaders = "Access-Control-Request-Headers"
	headerRequestPrivate = "Access-Control-Request-Private-Network"
	headerAllowOrigin    = "Access-Control-Allow-Origin"
	headerAllowCreds     = "Access-Control-Allow-Credentials"
	headerAllowMethods   = "Access-Control-Allow-Methods"
	headerAllowHeaders   = "Access-Control-Allow-Headers"
	headerAllowPrivate   = "Access-Control-Allow-Private-Network"
	headerExposeHeaders  = "Access-Control-Expose-Headers"
	headerMaxAge         = "Access-Control-Max-Age"
)

func newCORSPolicy(config CORSConfig) (*corsPolicy, error) {
	origins, originFaults := newCORSOrigins(config)
	methods, methodFaults := newCORSMethods(config.AllowMethods)
	headers, headerFaults := newCORSHeaders("AllowHeaders", config.AllowHeaders)
	expose, exposeFaults := newCORSHeaders("ExposeHeaders", config.ExposeHeaders)
	maxAge, ageFault := corsMaxAge(config.MaxAge)
	if expose.any && config.AllowCredentials {
		exposeFaults = append(exposeFaults, corsFault("ExposeHeaders", `with credentials a browser takes "*" for a header's name: name the headers`))
	}
	faults := slices.Concat(originFaults, methodFaults, headerFaults, exposeFaults, []error{ageFault})
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	p := &corsPolicy{
		origins: origins, methods: methods, headers: headers,
		plain: origins.any && !config.AllowCredentials, privateNetwork: config.AllowPrivateNetwork,
		expose: expose.line, maxAge: maxAge, self: config.Self, refuse: config.Refuse.or(),
	}
	if config.AllowCredentials {
		p.credentials = []string{"true"}
	}
	if expose.any {
		p.expose = []string{"*"}
	}
	if p.self == nil {
		p.self = connectionSelf
	}
	p.variesBy()
	return p, nil
}

// variesBy sets what answers are chosen by.
func (p *corsPolicy) variesBy() {
	by := []string{headerRequestMethod, headerRequestHeaders}
	if !p.plain {
		p.vary = []string{headerOrigin}
		by = append([]string{headerOrigin}, by...)
	}
	if p.privateNetwork {
		by = append(by, headerRequestPrivate)
	}
	p.preflightVary = []string{strings.Join(by, ", ")}
}

func corsMaxAge(age time.Duration) (line []string, err error) {
	switch {
	case age == 0:
		return nil, nil
	case age < 0:
		return []string{"0"}, nil
	case age%time.Second != 0: // 3600 was meant to be seconds
		return nil, corsFault("MaxAge", fmt.Sprintf("%s is not in whole seconds: write 3600*time.Second", age))
	}
	return []string{strconv.FormatInt(int64(age/time.Second), 10)}, nil
}

// corsFault names the field, since all faults are told at once.
func corsFault(field, reason string) error { return errors.New("cors: " + field + ": " + reason) }

func (p *corsPolicy) serve(c *gin.Context) {
	lines := c.Request.Header[headerOrigin]
	origin := corsLine(lines)
	if origin != "" && c.Request.Method == http.MethodOptions {
		if method := corsLine(c.Request.Header[headerRequestMethod]); method != "" {
			p.preflight(c, origin, method)
			return
		}
	}
	header := c.Writer.Header()
	addVary(header, p.vary)
	switch {
	case origin == "":
	case p.origins.allow(origin):
		p.admit(header, lines)
		setLines(header, headerExposeHeaders, p.expose)
	case !p.own(origin, c.Request):
		p.refused(c, "CORS request from origin '"+origin+"' not allowed")
	}
}

// admit names the origin as one that may read the answer.
func (p *corsPolicy) admit(header http.Header, origin []string) {
	if p.plain {
		origin = p.origins.star
	}
	header[headerAllowOrigin] = origin
	setLines(header, headerAllowCreds, p.credentials)
}

// own tells whether the page was served from here.
func (p *corsPolicy) own(origin string, r *http.Request) bool {
	scheme, host := p.self(r)
	rest, ok := strings.CutPrefix(origin, scheme+"://")
	return ok && host != "" && strings.EqualFold(rest, withoutDefaultPort(scheme, host))
}

func (p *corsPolicy) refused(c *gin.Context, detail string) {
	c.Abort()
	p.refuse(c, api.NewProblem(http.StatusForbidden, "cors-not-allowed", detail))
}

func connectionSelf(r *http.Request) (scheme, host string) {
	if r.TLS != nil {
		return "https", r.Host
	}
	return "http", r.Host
}

// corsLine gives a field that can stand only once. Several lines of it are what
// no browser sends, and as one they are nothing that is allowed by name.
func corsLine(lines []string) string {
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	}
	return strings.Join(lines, ", ")
}

// setLines sets a field, or leaves it out where there are no lines.
func setLines(header http.Header, name string, lines []string) {
	if lines != nil {
		header[name] = lines
	}
}

// addVary puts a line behind those that others have set.
func addVary(header http.Header, line []string) {
	switch there := header[headerVary]; {
	case len(there) == 0:
		setLines(header, headerVary, line)
	case line != nil:
		header[headerVary] = append(there, line[0])
	}
}
