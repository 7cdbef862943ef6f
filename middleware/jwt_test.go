package middleware_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

func TestJWTClaims(t *testing.T) {
	t.Parallel()
	a := newJWT(t, middleware.JWTConfig{})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+hs256(t, `{"sub":"u","iss":"i","jti":"7","aud":["a","b"],"exp":2534023007999,"nbf":1,"iat":1600000000.5,
		"scope":"read  write","scopes":["write","admin",1],"scp":"x read","big":9007199254740993,"nested":{"exp":1,"a":[1,{"b":":"}]}}`))
	p, problem := a.Authenticate(r)
	if problem != nil {
		t.Fatal(problem)
	}
	scopes := []string{"read", "write", "admin", "x"}
	want := middleware.Claims{
		Subject: "u", Issuer: "i", ID: "7", Audience: []string{"a", "b"}, Scopes: scopes,
		ExpiresAt: time.Unix(2534023007999, 0).UTC(), NotBefore: time.Unix(1, 0).UTC(), IssuedAt: time.Unix(1600000000, 500_000_000).UTC(),
		All: p.Claims.All,
	}
	if !reflect.DeepEqual(*p.Claims, want) {
		t.Errorf("%+v\nwant %+v", *p.Claims, want)
	}
	if p.Subject != "u" || p.Scheme != "bearerAuth" || !reflect.DeepEqual(p.Scopes, scopes) {
		t.Errorf("%+v", p)
	}
	if big := p.Claims.All["big"]; big != json.Number("9007199254740993") || len(p.Claims.All) != 12 {
		t.Errorf("%v, %d claims", big, len(p.Claims.All))
	}
	if year := p.Claims.ExpiresAt.Year(); year < 82000 {
		t.Errorf("it expires in %d", year)
	}
}

func TestJWTJudgement(t *testing.T) {
	t.Parallel()
	const (
		expired = "Token has expired"
		early   = "JWT not valid yet, not before claim is in the future"
		invalid = "Token is invalid"
		issuer  = "Token issuer is invalid, expected 'https://me'"
		aud     = "Token audience is invalid"
	)
	ours := middleware.JWTConfig{Issuer: "https://me", Audience: []string{"api", "web"}}
	for _, tt := range []struct {
		name, claims, detail string
		config               middleware.JWTConfig
	}{
		{name: "all is well", claims: `{"exp":4102444800,"iss":"https://me","aud":"web"}`, config: ours},
		{name: "one of many audiences", claims: `{"exp":4102444800,"iss":"https://me","aud":["x","api"]}`, config: ours},
		{name: "nothing is asked for", claims: `{"exp":4102444800,"iss":"https://you","aud":["x"]}`},
		{name: "no issuer", claims: `{"exp":4102444800,"aud":"web"}`, detail: issuer, config: ours},
		{name: "another issuer", claims: `{"exp":4102444800,"iss":"https://me/","aud":"web"}`, detail: issuer, config: ours},
		{name: "no audience", claims: `{"exp":4102444800,"iss":"https://me"}`, detail: aud, config: ours},
		{name: "empty audience", claims: `{"exp":4102444800,"iss":"https://me","aud":[]}`, detail: aud, config: ours},
		{name: "another audience", claims: `{"exp":4102444800,"iss":"https://me","aud":["api2","ap"]}`, detail: aud, config: ours},
		{name: "expired comes first", claims: `{"exp":1,"nbf":4102444800,"iss":"x","aud":"x"}`, detail: expired, config: ours},
		{name: "then early", claims: `{"exp":4102444801,"nbf":4102444800,"iss":"x","aud":"x"}`, detail: early, config: ours},
		{name: "then issuer", claims: `{"exp":4102444800,"iss":"x","aud":"x"}`, detail: issuer, config: ours},

		{name: "no exp", claims: `{"sub":"u"}`, detail: invalid},
		{name: "no claims", claims: `{}`, detail: invalid},
		{name: "exp 0", claims: `{"exp":0}`, detail: expired},
		{name: "negative exp", claims: `{"exp":-1}`, detail: expired},
		{name: "exp in year 1", claims: `{"exp":-62135596800}`, detail: invalid},
		{name: "fractional exp", claims: `{"exp":4102444800.25}`},
		{name: "exponent", claims: `{"exp":4.1024448e9}`},
		{name: "exp as a text", claims: `{"exp":"4102444800"}`, detail: invalid},
		{name: "exp null", claims: `{"exp":null}`, detail: invalid},
		{name: "exp true", claims: `{"exp":true}`, detail: invalid},
		{name: "exp NaN", claims: `{"exp":NaN}`, detail: invalid},
		{name: "exp beyond an int64", claims: `{"exp":99999999999999999999}`, detail: invalid},
		{name: "exp beyond a float64", claims: `{"exp":1e999}`, detail: invalid},
		{name: "exp that would wrap a time", claims: `{"exp":9223372036854775807}`, detail: invalid},
		{name: "nbf that would wrap a time", claims: `{"exp":4102444800,"nbf":1e30}`, detail: invalid},
		{name: "nbf as a text", claims: `{"exp":4102444800,"nbf":"0"}`, detail: invalid},
		{name: "iat as a text", claims: `{"exp":4102444800,"iat":"0"}`, detail: invalid},
		{name: "iat far ahead", claims: `{"exp":4102444800,"iat":4102444700}`, detail: invalid},
		{name: "sub is no text", claims: `{"exp":4102444800,"sub":1}`, detail: invalid},
		{name: "sub null", claims: `{"exp":4102444800,"sub":null}`, detail: invalid},
		{name: "iss is no text", claims: `{"exp":4102444800,"iss":["https://me"]}`, detail: invalid, config: ours},
		{name: "jti is no text", claims: `{"exp":4102444800,"jti":{}}`, detail: invalid},
		{name: "aud is no text", claims: `{"exp":4102444800,"aud":7}`, detail: invalid},
		{name: "aud has no text", claims: `{"exp":4102444800,"aud":["api",7]}`, detail: invalid, config: ours},
		{name: "a list", claims: `[]`, detail: invalid},
		{name: "null", claims: `null`, detail: invalid},
		{name: "a text", claims: `"exp"`, detail: invalid},
		{name: "nothing", claims: ``, detail: invalid},
		{name: "two values", claims: `{"exp":4102444800}{}`, detail: invalid},
		{name: "rubbish behind", claims: `{"exp":4102444800}x`, detail: invalid},
		{name: "no UTF-8", claims: "{\"exp\":4102444800,\"sub\":\"\xff\"}", detail: invalid},
		{name: "exp twice", claims: `{"exp":1,"exp":4102444800}`, detail: invalid},
		{name: "sub twice, once escaped", claims: `{"sub":"a","exp":4102444800,"s\u0075b":"admin"}`, detail: invalid},
		{name: "names in another case are others", claims: `{"exp":1,"EXP":4102444800}`, detail: expired},
		{name: "braces in texts", claims: `{"sub":"{\"a\":1,\\","exp":4102444800,"x":"}:"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if detail := detailOf(t, newJWT(t, tt.config), hs256(t, tt.claims)); detail != tt.detail {
				t.Errorf("%q, want %q", detail, tt.detail)
			}
		})
	}
}

// TestJWTClock stands still in time, so that each boundary is met exactly.
func TestJWTClock(t *testing.T) {
	t.Parallel()
	for _, leeway := range []time.Duration{0, 30 * time.Second, 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			a := newJWT(t, middleware.JWTConfig{Leeway: leeway})
			now, l := time.Now().Unix(), int64(leeway/time.Second)
			at := func(name string, d int64) string {
				if name == "exp" {
					return claimsUntil(now + d)
				}
				return `{"exp":4102444800,"` + name + `":` + strconv.FormatInt(now+d, 10) + `}`
			}
			skew := max(l, 60)
			for _, tt := range []struct{ claims, detail string }{
				{at("exp", 1-l), ""},
				{at("exp", -l), "Token has expired"}, // RFC 7519, section 4.1.4: "on or after"
				{at("exp", -l-1), "Token has expired"},
				{at("nbf", l), ""},
				{at("nbf", l+1), "JWT not valid yet, not before claim is in the future"},
				{at("iat", skew), ""},
				{at("iat", skew+1), "Token is invalid"},
			} {
				if detail := detailOf(t, a, hs256(t, tt.claims)); detail != tt.detail {
					t.Errorf("leeway %v, %s at %d: %q, want %q", leeway, tt.claims, now, detail, tt.detail)
				}
			}
			token := hs256(t, at("exp", 10-l))
			time.Sleep(10*time.Second - 1)
			if detail := detailOf(t, a, token); detail != "" {
				t.Errorf("a nanosecond before: %s", detail)
			}
			time.Sleep(time.Nanosecond)
			if detail := detailOf(t, a, token); detail != "Token has expired" {
				t.Errorf("at the end: %q", detail)
			}
		})
	}
}

func TestJWTConfig(t *testing.T) {
	t.Parallel()
	keys := jwtKeys()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(keys["ES256"])
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, keys["ES256"].Public(), keys["ES256"])
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, tt := range []struct {
		name   string
		config middleware.JWTConfig
		faults []string // none: it is valid
		weak   string
	}{
		{name: "HS256 is the default", config: middleware.JWTConfig{Secret: jwtSecret}},
		{name: "a short secret", config: middleware.JWTConfig{Secret: "short"}, weak: "the JWT secret has 5 bytes, where HS256 wants at least 32"},
		{name: "short for HS512", config: middleware.JWTConfig{Secret: jwtSecret, Algorithm: "HS512"}, weak: "wants at least 64"},
		{name: "certificate", config: middleware.JWTConfig{Secret: block("CERTIFICATE", certificate), Algorithm: "ES256"}},
		{name: "PKCS 1", config: middleware.JWTConfig{Secret: block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(keys["RS256"].Public().(*rsa.PublicKey))), Algorithm: "PS384"}},
		{name: "key set", config: middleware.JWTConfig{JWKSURL: "https://127.0.0.1:1/keys", Algorithms: []string{"RS256", "ES256", "RS256"}}},
		{name: "key set over HTTP on this host", config: middleware.JWTConfig{JWKSURL: "http://127.0.0.1:1/keys", Algorithm: "RS256"}},
		{name: "key set over HTTP", config: middleware.JWTConfig{JWKSURL: "http://keys.invalid/keys", Algorithm: "RS256"}, weak: "plain HTTP"},

		{name: "nothing", faults: []string{"nothing to check tokens with"}},
		{name: "all at once", config: middleware.JWTConfig{Algorithm: "hs256", Secret: "x", Algorithms: []string{"RS256"}, Leeway: -1, Audience: []string{""}}, faults: []string{`"hs256" is none of HS256`, "not several", "leeway", "one audience is empty"}},
		{name: "both", config: middleware.JWTConfig{Secret: jwtSecret, JWKSURL: "https://x/"}, faults: []string{"both"}},
		{name: "none", config: middleware.JWTConfig{Secret: jwtSecret, Algorithm: "none"}, faults: []string{`"none" is none of`}},
		{name: "no PEM", config: middleware.JWTConfig{Secret: jwtSecret, Algorithm: "RS256"}, faults: []string{"RS256 needs a public key or a certificate in PEM"}},
		{name: "a public key as a secret", config: middleware.JWTConfig{Secret: publicPEM(t, keys["RS256"])}, faults: []string{"the secret of HS256 is a public key in PEM"}},
		{name: "a private key", config: middleware.JWTConfig{Secret: block("PRIVATE KEY", private), Algorithm: "ES256"}, faults: []string{"is needed, not a private key"}},
		{name: "rubbish in PEM", config: middleware.JWTConfig{Secret: block("PUBLIC KEY", []byte("x")), Algorithm: "ES256"}, faults: []string{"the key of ES256"}},
		{name: "rubbish in a certificate", config: middleware.JWTConfig{Secret: block("CERTIFICATE", []byte("x")), Algorithm: "ES256"}, faults: []string{"the key of ES256"}},
		{name: "EC for RSA", config: middleware.JWTConfig{Secret: publicPEM(t, keys["ES256"]), Algorithm: "RS256"}, faults: []string{"RS256 needs another kind of key than *ecdsa.PublicKey"}},
		{name: "RSA for EC", config: middleware.JWTConfig{Secret: publicPEM(t, keys["RS256"]), Algorithm: "ES256"}, faults: []string{"ES256 needs another kind of key than *rsa.PublicKey"}},
		{name: "RSA for EdDSA", config: middleware.JWTConfig{Secret: publicPEM(t, keys["RS256"]), Algorithm: "EdDSA"}, faults: []string{"EdDSA needs another kind"}},
		{name: "another curve", config: middleware.JWTConfig{Secret: publicPEM(t, keys["ES384"]), Algorithm: "ES256"}, faults: []string{"ES256 needs a curve of 256 bits, and the key's has 384"}},
		{name: "a small RSA key", config: middleware.JWTConfig{Secret: publicPEM(t, small), Algorithm: "RS256"}, faults: []string{"at least 2048 bits, and this one has 1024"}},
		{name: "key set without algorithms", config: middleware.JWTConfig{JWKSURL: "https://x/"}, faults: []string{"name the algorithms"}},
		{name: "key set with secrets", config: middleware.JWTConfig{JWKSURL: "ftp://x/", Algorithm: "HS256", Algorithms: []string{"x"}}, faults: []string{"HS256 needs a secret", `"x" is none of`, "https://"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.config.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed })}
			tt.config.Log = quiet()
			a, err := middleware.NewJWT(tt.config)
			if len(tt.faults) > 0 {
				wantFaults(t, err, tt.faults...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if weak := a.Weak(); (weak == "") != (tt.weak == "") || !strings.Contains(weak, tt.weak) {
				t.Errorf("weak: %q, want %q", weak, tt.weak)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
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
