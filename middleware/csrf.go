package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// CSRFConfig says how requests that another site makes a browser send are told
// apart.
type CSRFConfig struct {
	// Secret signs the tokens. It has at least 32 bytes.
	Secret string
	// Cookie is the name of the cookie that holds a token. Empty is
	// "csrf_token". Scripts of the page can read it and send it in the header.
	Cookie string
	// Header is the header field that has the token. Empty is X-CSRF-Token.
	Header string
	// Field is the form field that has the token. Empty is "csrf_token".
	Field string
	// TrustedOrigins are other origins whose pages may send requests, as
	// "https://shop.example".
	TrustedOrigins []string
	// Insecure leaves out the cookie's Secure attribute, for development over
	// plain HTTP.
	Insecure bool
	// Refuse answers a request that is refused. Nil is [WriteProblem].
	Refuse Refuse
}

// csrf is a valid [CSRFConfig].
type csrf struct {
	key           []byte
	cookie        http.Cookie // without a value
	header, field string
	origins       *http.CrossOriginProtection
}

// csrfRequest is what [CSRFToken] knows of its request.
type csrfRequest struct {
	*csrf
	mu     sync.Mutex
	issued *csrfToken
}

type csrfKey struct{}

// CSRF refuses, with a 403, requests that another site has made a browser send
// with what the browser adds unasked (cross-site request forgery). GET, HEAD,
// OPTIONS and TRACE pass: they have to change nothing.
//
//   - With cookies, HTTP authentication or a client's certificate, a request
//     must not come from another origin, as Sec-Fetch-Site and Origin tell
//     ([http.CrossOriginProtection]), and it has to have a token: one of
//     [CSRFToken], or what the cookie holds, in the header field or in a form's
//     field. The token has to be of the same login as the cookie. It is a
//     signed double-submit cookie, in OWASP's words.
//   - Without, but in the shape of a form, it must not come from another origin
//     either: it may be a login, with somebody else's password.
//   - Without, and with a bearer token or a body that no form can have, it
//     passes: another site's page can send that only if CORS lets it, and the
//     browser adds nothing to it. This is how programs call an API.
//
// The form's field is looked for in the first 64 KiB of the body, which the
// handler can read again: in a form with files it has to stand before them.
//
// It has to run behind [Sessions.Handler] and before what reads the body.
//
// # Errors
//
// The error joins all faults: a short secret, a cookie that browsers would
// refuse, an origin that is none.
func CSRF(config CSRFConfig) (gin.HandlerFunc, error) {
	p, err := newCSRF(config)
	if err != nil {
		return nil, err
	}
	refuse := config.Refuse.or()
	return func(c *gin.Context) {
		request := &csrfRequest{csrf: p}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), csrfKey{}, request))
		if reason := p.check(c.Request); reason != "" {
			c.Abort()
			refuse(c, api.NewProblem(http.StatusForbidden, "csrf-failed", reason))
		}
	}, nil
}

func newCSRF(config CSRFConfig) (*csrf, error) {
	p := &csrf{
		cookie:  http.Cookie{Name: config.Cookie, Secure: !config.Insecure},
		header:  config.Header,
		field:   config.Field,
		origins: http.NewCrossOriginProtection(),
	}
	faults := completeCookie(&p.cookie, "csrf_token")
	if p.header == "" {
		p.header = "X-CSRF-Token"
	}
	if !isFieldName(p.header) {
		faults = append(faults, fmt.Errorf("csrf: %q can't be the name of a header field", p.header))
	}
	p.header = http.CanonicalHeaderKey(p.header)
	if p.field == "" {
		p.field = "csrf_token"
	}
	for _, origin := range config.TrustedOrigins {
		if err := p.origins.AddTrustedOrigin(origin); err != nil {
			faults = append(faults, fmt.Errorf("csrf: %w", err))
		}
	}
	var err error
	if p.key, err = derivedKey(config.Secret, "spikard csrf"); err != nil {
		faults = append(faults, fmt.Errorf("csrf: %w", err))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return p, nil
}

// check gives the reason why a request is refused, or "".
func (p *csrf) check(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return ""
	}
	bearer, ambient := credentials(r)
	if !ambient && (bearer || !formShaped(r)) {
		return ""
	}
	if p.origins.Check(r) != nil {
		return "The request comes from another origin"
	}
	if !ambient {
		return ""
	}
	return p.checkToken(r)
}

// credentials tells whether the request has a bearer token, and whether it has
// what browsers add by themselves.
func credentials(r *http.Request) (bearer, ambient bool) {
	ambient = len(r.Header["Cookie"]) > 0 || r.TLS != nil && len(r.TLS.PeerCertificates) > 0
	for _, line := range r.Header["Authorization"] {
		scheme, _, _ := strings.Cut(line, " ")
		if strings.EqualFold(scheme, "Bearer") {
			bearer = true
		} else {
			ambient = true // Basic, Digest, Negotiate
		}
	}
	return bearer, ambient
}

// formShaped tells whether a page may send the request to any site without
// asking for permission: the content types of forms, and none (Fetch standard,
// section 2.2.2, "CORS-safelisted request-header").
func formShaped(r *http.Request) bool {
	switch mediaType(r) {
	case "", mediaForm, mediaMultipart, "text/plain":
		return true
	default:
		return false
	}
}

func (p *csrf) checkToken(r *http.Request) string {
	sent := r.Header.Get(p.header)
	if sent == "" {
		sent = formValue(r, p.field)
	}
	if sent == "" {
		return "The CSRF token is missing"
	}
	token, ok := parseCSRFToken(sent)
	if !ok || !p.has(r, token) {
		return "The CSRF token is invalid"
	}
	return ""
}
