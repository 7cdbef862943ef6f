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
)

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

// addPrincipals adds who a request comes from, where anybody can tell.
func (r *running) addPrincipals(registry *di.Registry) {
	if len(r.authenticators) == 0 && r.sessions == nil {
		return
	}
	add := func(key di.Key, typ reflect.Type, of func(p *middleware.Principal) any) {
		registry.Add(di.Provider{
			Key: key, Lifetime: di.Request, Weak: true, Name: "the request", Type: typ,
			Build: func(ctx context.Context, _ []any) (any, func(error) error, error) {
				x, ok := ctx.Value(exchangeInContext{}).(*exchange)
				if !ok {
					return nil, nil, errOutsideRequest
				}
				if x.principal == nil {
					return nil, nil, nil
				}
				return of(x.principal), nil, nil
			},
		})
	}
	add(principalGoKey, reflect.TypeFor[*middleware.Principal](), func(p *middleware.Principal) any { return p })
	add(principalKey, reflect.TypeFor[*pyPrincipal](), func(p *middleware.Principal) any {
		return &pyPrincipal{Subject: p.Subject, Scheme: p.Scheme, Scopes: orEmpty(p.Scopes)}
	})
	if r.authenticator("bearerAuth") != nil {
		add(claimsGoKey, reflect.TypeFor[*middleware.Claims](), func(p *middleware.Principal) any {
			if p.Claims == nil {
				return nil
			}
			return p.Claims
		})
		add(claimsKey, reflect.TypeFor[*pyClaims](), func(p *middleware.Principal) any { return pyClaimsOf(p.Claims) })
	}
}

var (
	principalGoKey = di.KeyOf[*middleware.Principal]()
	claimsGoKey    = di.KeyOf[*middleware.Claims]()
)

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
