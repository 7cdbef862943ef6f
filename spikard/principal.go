package spikard

import (
	"context"
	"reflect"
	"time"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
)

// The keys of the classes in Python that stand for who a request comes from.
const (
	principalKey di.Key = "__type__spikard._security.Principal"
	claimsKey    di.Key = "__type__spikard._security.JwtClaims"
	sessionKey   di.Key = "__type__spikard._security.Session"
	csrfKey      di.Key = "__type__spikard._security.CsrfToken"
)

// pyCSRF is Python's CsrfToken.
type pyCSRF struct {
	Token string `json:"token"`
}

// pyPrincipal is a middleware.Principal as Python's Principal.
type pyPrincipal struct {
	Subject string   `json:"subject"`
	Scheme  string   `json:"scheme"`
	Scopes  []string `json:"scopes"`
}

// pyClaims are middleware.Claims as Python's JwtClaims.
type pyClaims struct {
	Subject   string         `json:"sub"`
	Issuer    string         `json:"iss"`
	ID        string         `json:"jti"`
	Audience  []string       `json:"aud"`
	ExpiresAt *int64         `json:"exp"`
	NotBefore *int64         `json:"nbf"`
	IssuedAt  *int64         `json:"iat"`
	Scopes    []string       `json:"scopes"`
	Claims    map[string]any `json:"claims"`
}

// addPrincipals adds who a request comes from, its session and its CSRF token, where
// the configuration has them.
func (r *running) addPrincipals(registry *di.Registry) {
	if len(r.authenticators) > 0 || r.sessions != nil {
		addOwn(registry, principalGoKey, reflect.TypeFor[*middleware.Principal](), func(x *exchange) any { return orNil(x.principal) })
		addOwn(registry, principalKey, reflect.TypeFor[*pyPrincipal](), func(x *exchange) any { return pyPrincipalOf(x.principal) })
	}
	if r.authenticator("bearerAuth") != nil {
		addOwn(registry, claimsGoKey, reflect.TypeFor[*middleware.Claims](), func(x *exchange) any { return orNil(x.claims()) })
		addOwn(registry, claimsKey, reflect.TypeFor[*pyClaims](), func(x *exchange) any { return pyClaimsOf(x.claims()) })
	}
	if r.sessions != nil {
		session := func(x *exchange) any { return middleware.SessionOf(x.c) }
		addOwn(registry, sessionGoKey, reflect.TypeFor[*middleware.Session](), session)
		addOwn(registry, sessionKey, reflect.TypeFor[*middleware.Session](), session)
	}
	if r.config.CSRF != nil {
		addOwn(registry, csrfKey, reflect.TypeFor[*pyCSRF](), func(x *exchange) any { return &pyCSRF{middleware.CSRFToken(x.c)} })
	}
}

// addOwn adds a value of each request's own. Nil is one that isn't there.
func addOwn(registry *di.Registry, key di.Key, typ reflect.Type, of func(x *exchange) any) {
	registry.Add(di.Provider{
		Key: key, Lifetime: di.Request, Weak: true, Name: "the request", Type: typ,
		Build: func(ctx context.Context, _ []any) (any, func(error) error, error) {
			x, ok := ctx.Value(exchangeInContext{}).(*exchange)
			if !ok {
				return nil, nil, errOutsideRequest
			}
			return of(x), nil, nil
		},
	})
}

// claims are those of the request's token; nil without one.
func (x *exchange) claims() *middleware.Claims {
	if x.principal == nil {
		return nil
	}
	return x.principal.Claims
}

// orNil keeps a nil pointer from becoming an interface that isn't nil.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

var (
	principalGoKey = di.KeyOf[*middleware.Principal]()
	claimsGoKey    = di.KeyOf[*middleware.Claims]()
	sessionGoKey   = di.KeyOf[*middleware.Session]()
)

func pyPrincipalOf(p *middleware.Principal) any {
	if p == nil {
		return nil
	}
	return &pyPrincipal{Subject: p.Subject, Scheme: p.Scheme, Scopes: orEmpty(p.Scopes)}
}

// pyClaimsOf is nil for a client without a token.
func pyClaimsOf(c *middleware.Claims) any {
	if c == nil {
		return nil
	}
	return &pyClaims{
		Subject: c.Subject, Issuer: c.Issuer, ID: c.ID, Audience: orEmpty(c.Audience),
		ExpiresAt: seconds(c.ExpiresAt), NotBefore: seconds(c.NotBefore), IssuedAt: seconds(c.IssuedAt),
		Scopes: orEmpty(c.Scopes), Claims: c.All,
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func seconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}
