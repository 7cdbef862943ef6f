package middleware_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

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
