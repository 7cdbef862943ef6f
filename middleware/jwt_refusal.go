package middleware

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spikard/spikard-go/spikard/api"
)

// tokenError is why a token is refused, as the client reads it: the vocabulary
// is Spikard's.
type tokenError string

func (e tokenError) Error() string { return string(e) }

const (
	errTokenInvalid    tokenError = "Token is invalid"
	errTokenTooLarge   tokenError = "Token is too large"
	errTokenAlgorithm  tokenError = "Token algorithm is not allowed"
	errTokenUnknownKey tokenError = "Token key is unknown"
	errTokenSignature  tokenError = "Token signature is invalid"
	errTokenExpired    tokenError = "Token has expired"
	errTokenEarly      tokenError = "JWT not valid yet, not before claim is in the future"
	errTokenAudience   tokenError = "Token audience is invalid"
)

// fault tells why the parser refused a token. The parser reads the header, the
// claims, the algorithm and the signature, in this order; then it looks up the
// key and verifies.
func (j *JWT) fault(token *jwt.Token, err error) tokenError {
	var own tokenError
	switch {
	case errors.As(err, &own): // from looking up the key
		return own
	case token == nil: // not three parts
		return errTokenInvalid
	case token.Method == nil && errors.Is(err, jwt.ErrTokenUnverifiable): // an algorithm that is none
		return errTokenAlgorithm
	case token.Method == nil:
		return errTokenInvalid
	case !slices.Contains(j.algorithms, token.Method.Alg()):
		return errTokenAlgorithm
	default:
		return errTokenSignature
	}
}

// checkHeader refuses headers that say what isn't understood here. The parser
// has checked the algorithm before.
func checkHeader(token *jwt.Token) error {
	encoded, _, _ := strings.Cut(token.Raw, ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || members(raw) != len(token.Header) {
		return errTokenInvalid
	}
	if _, there := token.Header["crit"]; there { // RFC 7515, section 4.1.11
		return errTokenInvalid
	}
	if b64, there := token.Header["b64"]; there && b64 != true { // RFC 7797
		return errTokenInvalid
	}
	if kid, there := token.Header["kid"]; there {
		if _, ok := kid.(string); !ok {
			return errTokenInvalid
		}
	}
	return nil
}

// minSkew is how far ahead iat may lie at least. RFC 7519 has no rule for it,
// and an issuer whose clock is a second ahead is no attacker.
const minSkew = time.Minute

// judge checks what a token claims, once its signature is right.
func (j *JWT) judge(c *Claims, now time.Time) error {
	switch {
	case c.ExpiresAt.IsZero(): // a token without an end can't be taken back
		return errTokenInvalid
	case !now.Before(c.ExpiresAt.Add(j.leeway)):
		return errTokenExpired
	case now.Before(c.NotBefore.Add(-j.leeway)):
		return errTokenEarly
	case now.Before(c.IssuedAt.Add(-max(j.leeway, minSkew))):
		return errTokenInvalid
	case j.issuer != "" && c.Issuer != j.issuer:
		return tokenError(fmt.Sprintf("Token issuer is invalid, expected '%s'", j.issuer))
	case len(j.audience) > 0 && !slices.ContainsFunc(c.Audience, func(aud string) bool { return slices.Contains(j.audience, aud) }):
		return errTokenAudience
	}
	return nil
}

func missingToken() *api.Problem {
	return unauthorized("Missing or invalid Authorization header", "Expected 'Authorization: Bearer <token>'", "Bearer")
}

func foreignScheme() *api.Problem {
	return unauthorized("Invalid Authorization header format", "Authorization header must use Bearer scheme: 'Bearer <token>'", "Bearer")
}

func malformedToken(parts int) *api.Problem {
	detail := fmt.Sprintf("Malformed JWT token: expected 3 parts separated by dots, found %d", parts)
	return unauthorized("Malformed JWT token", detail, `Bearer error="invalid_token"`)
}

func refusedToken(detail string) *api.Problem {
	return unauthorized("JWT validation failed", detail, `Bearer error="invalid_token"`)
}
