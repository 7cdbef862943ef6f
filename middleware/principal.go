package middleware

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// The schemes of a [Principal], as OpenAPI documents name them.
const (
	schemeBearer = "bearerAuth"
	schemeAPIKey = "apiKeyAuth"
	schemeCookie = "cookieAuth"
)

// Principal is who a request comes from. It belongs to its request alone.
type Principal struct {
	// Subject names the user or the program.
	Subject string
	// Scheme is how it was proved: "bearerAuth", "apiKeyAuth" or "cookieAuth".
	Scheme string
	// Scopes are what the subject may do, if its credentials say so.
	Scopes []string
	// Claims are those of a JSON Web Token, else nil.
	Claims *Claims
}

// Authenticator tells who a request comes from: [JWT], [APIKey] and [Sessions]
// do.
//
// # Concurrency
//
// Any number of goroutines may call all methods.
type Authenticator interface {
	// Scheme is the one that its principals have.
	Scheme() string
	// Presented tells whether the request has credentials of the scheme, right or
	// wrong: of several authenticators, the refusal of that one helps the client.
	Presented(r *http.Request) bool
	// Authenticate gives the principal, or the problem to refuse the request
	// with, which is always a 401: also when the request has no credentials.
	Authenticate(r *http.Request) (*Principal, *api.Problem)
}

type principalKey struct{}

// Authenticate lets those requests through that a accepts, with the principal
// for [PrincipalOf]; refuse writes the answer to the others (nil:
// [WriteProblem]).
//
// # Memory
//
// The principal travels in the request's context, where plain net/http
// handlers find it, too. Gin's own keys would cost as much.
func Authenticate(a Authenticator, refuse Refuse) gin.HandlerFunc {
	refuse = refuse.or()
	return func(c *gin.Context) {
		principal, problem := a.Authenticate(c.Request)
		if problem != nil {
			c.Abort()
			refuse(c, problem)
			return
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), principalKey{}, principal))
	}
}

// PrincipalOf gives the principal that [Authenticate] found, or nil.
func PrincipalOf(c *gin.Context) *Principal {
	principal, _ := c.Request.Context().Value(principalKey{}).(*Principal)
	return principal
}

// unauthorized makes the problem of a request that isn't let in. A 401 has to
// name a challenge (RFC 9110, section 15.5.2).
func unauthorized(title, detail, challenge string) *api.Problem {
	p := api.NewProblem(http.StatusUnauthorized, "unauthorized", detail)
	p.Title = title
	p.Header = http.Header{"Www-Authenticate": {challenge}}
	return p
}
