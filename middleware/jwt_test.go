package middleware_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spikard/spikard-go/middleware"
)

const (
	jwtSecret  = "a secret of more than thirty-two bytes"
	jwtRefused = "JWT validation failed"
	jwtInvalid = `Bearer error="invalid_token"`
	farAway    = 4102444800 // in 2100
)

// jwtKeys are private keys, by the algorithm that they are made for.
var jwtKeys = sync.OnceValue(func() map[string]crypto.Signer {
	must := func(key crypto.Signer, err error) crypto.Signer {
		if err != nil {
			panic(err)
		}
		return key
	}
	curve := func(c elliptic.Curve) crypto.Signer {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		return must(key, err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	_, edKey, edErr := ed25519.GenerateKey(rand.Reader)
	must(edKey, edErr)
	keys := map[string]crypto.Signer{
		"ES256": curve(elliptic.P256()), "ES384": curve(elliptic.P384()), "ES512": curve(elliptic.P521()), "EdDSA": edKey,
	}
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		keys[alg] = must(rsaKey, err)
	}
	return keys
})

func publicPEM(t testing.TB, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// signToken signs a header and claims that are given as they are, well formed
// or not. The method is the one to sign with, whatever the header says.
func signToken(t testing.TB, method string, key any, header, claims string) string {
	t.Helper()
	text := segment(header) + "." + segment(claims)
	signature, err := jwt.GetSigningMethod(method).Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// hs256 signs claims with the secret.
func hs256(t testing.TB, claims string) string {
	t.Helper()
	return signToken(t, "HS256", []byte(jwtSecret), `{"alg":"HS256","typ":"JWT"}`, claims)
}

func claimsUntil(exp int64) string {
	return `{"sub":"user","exp":` + strconv.FormatInt(exp, 10) + `}`
}

func newJWT(t testing.TB, config middleware.JWTConfig) *middleware.JWT {
	t.Helper()
	if config.Secret == "" && config.JWKSURL == "" {
		config.Secret = jwtSecret
	}
	a, err := middleware.NewJWT(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// detailOf authenticates a token without a socket and gives the refusal's
// detail, or "" if it is accepted.
func detailOf(t testing.TB, a middleware.Authenticator, token string) string {
	t.Helper()
	r := (&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}).WithContext(t.Context())
	principal, problem := a.Authenticate(r)
	switch {
	case (principal == nil) == (problem == nil):
		t.Fatalf("%v and %v", principal, problem)
	case problem != nil && (problem.Status != 401 || problem.Header.Get("WWW-Authenticate") == ""):
		t.Errorf("%+v", problem)
	case problem != nil:
		return problem.Detail
	}
	return ""
}

func TestJWTHeader(t *testing.T) {
	t.Parallel()
	server := whoami(t, newJWT(t, middleware.JWTConfig{}), nil)
	good := hs256(t, claimsUntil(farAway))
	const (
		format = "Invalid Authorization header format"
		scheme = "Authorization header must use Bearer scheme: 'Bearer <token>'"
		parts  = "Malformed JWT token: expected 3 parts separated by dots, found "
	)
	for _, tt := range []struct {
		name                     string
		fields                   []string
		title, detail, challenge string // empty: accepted
	}{
		{name: "good", fields: []string{"Authorization", "Bearer " + good}},
		{name: "the scheme's case doesn't matter", fields: []string{"Authorization", "bEARER " + good}},
		{name: "more spaces", fields: []string{"Authorization", "Bearer   " + good}},
		{name: "none", title: "Missing or invalid Authorization header", detail: "Expected 'Authorization: Bearer <token>'", challenge: "Bearer"},
		{name: "empty", fields: []string{"Authorization", ""}, title: "Missing or invalid Authorization header", detail: "Expected 'Authorization: Bearer <token>'", challenge: "Bearer"},
		{name: "no scheme", fields: []string{"Authorization", good}, title: format, detail: scheme, challenge: "Bearer"},
		{name: "another scheme", fields: []string{"Authorization", "Basic dTpw"}, title: format, detail: scheme, challenge: "Bearer"},
		{name: "no token", fields: []string{"Authorization", "Bearer"}, title: format, detail: scheme, challenge: "Bearer"},
		{name: "no space", fields: []string{"Authorization", "Bearer" + good}, title: format, detail: scheme, challenge: "Bearer"},
		{name: "twice", fields: []string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, title: format, detail: scheme, challenge: "Bearer"},
		{name: "1 part", fields: []string{"Authorization", "Bearer x"}, title: "Malformed JWT token", detail: parts + "1", challenge: jwtInvalid},
		{name: "2 parts", fields: []string{"Authorization", "Bearer invalid.token"}, title: "Malformed JWT token", detail: parts + "2", challenge: jwtInvalid},
		{name: "5 parts, as a JWE has", fields: []string{"Authorization", "Bearer a.b.c.d.e"}, title: "Malformed JWT token", detail: parts + "5", challenge: jwtInvalid},
		{name: "refused", fields: []string{"Authorization", "Bearer a.b.c"}, title: jwtRefused, detail: "Token is invalid", challenge: jwtInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, server.URL, tt.fields...)
			if tt.title != "" {
				got.refusedWith(t, tt.title, tt.detail, tt.challenge)
			} else if got.status != 200 || got.principal.Subject != "user" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestJWTAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"HS256", "HS384", "HS512"} {
		a := newJWT(t, middleware.JWTConfig{Algorithm: alg})
		if detail := detailOf(t, a, signToken(t, alg, []byte(jwtSecret), `{"alg":"`+alg+`"}`, claimsUntil(farAway))); detail != "" {
			t.Errorf("%s: %s", alg, detail)
		}
	}
	for alg, key := range jwtKeys() {
		a := newJWT(t, middleware.JWTConfig{Algorithm: alg, Secret: publicPEM(t, key)})
		token := signToken(t, alg, key, `{"alg":"`+alg+`"}`, claimsUntil(farAway))
		if detail := detailOf(t, a, token); detail != "" {
			t.Errorf("%s: %s", alg, detail)
		}
		for other := range jwtKeys() {
			if other == alg {
				continue
			}
			foreign := signToken(t, other, jwtKeys()[other], `{"alg":"`+other+`"}`, claimsUntil(farAway))
			if detail := detailOf(t, a, foreign); detail != "Token algorithm is not allowed" {
				t.Errorf("%s for %s: %q", other, alg, detail)
			}
		}
	}
}

func benchAuthenticate(b *testing.B, a middleware.Authenticator, r *http.Request) {
	b.ReportAllocs()
	for b.Loop() {
		if _, problem := a.Authenticate(r); problem != nil {
			b.Fatal(problem)
		}
	}
}

func BenchmarkJWT(b *testing.B) {
	const claims = `{"sub":"user","iss":"https://me","aud":["api"],"exp":4102444800,"iat":1700000000,"scope":"read write"}`
	for _, alg := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
		b.Run(alg, func(b *testing.B) {
			config := middleware.JWTConfig{Algorithm: alg, Secret: jwtSecret, Issuer: "https://me", Audience: []string{"api"}}
			key := any([]byte(jwtSecret))
			if private := jwtKeys()[alg]; private != nil {
				config.Secret, key = publicPEM(b, private), private
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+signToken(b, alg, key, `{"alg":"`+alg+`","typ":"JWT"}`, claims))
			benchAuthenticate(b, newJWT(b, config), r)
		})
	}
	// What the library takes with its own claims and validation.
	b.Run("control/HS256", func(b *testing.B) {
		token := signToken(b, "HS256", []byte(jwtSecret), `{"alg":"HS256","typ":"JWT"}`, claims)
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("https://me"), jwt.WithAudience("api"), jwt.WithJSONNumber())
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parser.Parse(token, func(*jwt.Token) (any, error) { return []byte(jwtSecret), nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
