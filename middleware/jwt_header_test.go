package middleware_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/MicahParks/jwkset"

	"github.com/spikard/spikard-go/middleware"
)

// TestJWTKeyInHeader signs with a key that the token itself brings, in each of
// the ways that RFC 7515 has. Nothing may be fetched either.
func TestJWTKeyInHeader(t *testing.T) {
	t.Parallel()
	fetched := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was fetched", r.URL) }))
	t.Cleanup(fetched.Close)
	mine, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jwkOf(t, mine.Public(), jwkset.JWKMetadataOptions{KID: "mine", ALG: "ES256", USE: jwkset.UseSig})
	fixed := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", Secret: publicPEM(t, jwtKeys()["ES256"])})
	set := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", JWKSURL: newIssuer(t, "theirs").URL})
	if detail := detailOf(t, set, tokenOf(t, "theirs")); detail != "" {
		t.Fatal(detail)
	}
	for _, header := range []string{
		`"jwk":` + string(jwk),
		`"jku":"` + fetched.URL + `"`,
		`"x5u":"` + fetched.URL + `"`,
		`"x5c":["` + base64.StdEncoding.EncodeToString([]byte("x")) + `"]`,
		`"kid":"theirs","jwk":` + string(jwk),
	} {
		token := signToken(t, "ES256", mine, `{"alg":"ES256",`+header+`}`, claimsUntil(farAway))
		for name, a := range map[string]*middleware.JWT{"fixed": fixed, "set": set} {
			if detail := detailOf(t, a, token); detail != "Token signature is invalid" {
				t.Errorf("%s, %s: %q", name, header, detail)
			}
		}
	}
}

// TestJWTKid sends key ids that would mean something to a file system, a
// database or a log. To a map they are unknown.
func TestJWTKid(t *testing.T) {
	t.Parallel()
	a := newJWT(t, middleware.JWTConfig{})
	issuer := newIssuer(t, "k")
	set := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", JWKSURL: issuer.URL, Log: quiet()})
	if detail := detailOf(t, set, tokenOf(t, "k")); detail != "" {
		t.Fatal(detail)
	}
	for _, kid := range []string{
		"../../../../dev/null", "/dev/null", `C:\\secret`, "k' OR '1'='1", "k\x00", "K", "k ", "${jndi:ldap://x}", "$(id)",
		issuer.URL, "http://169.254.169.254/", strings.Repeat("k", 8<<10),
	} {
		quoted, err := json.Marshal(kid)
		if err != nil {
			t.Fatal(err)
		}
		header := fmt.Sprintf(`{"alg":"%%s","kid":%s}`, quoted)
		for _, secret := range []string{"", "\x00"} {
			token := signToken(t, "HS256", []byte(secret), fmt.Sprintf(header, "HS256"), claimsUntil(farAway))
			if detail := detailOf(t, a, token); detail != "Token signature is invalid" {
				t.Errorf("%.40q: %q", kid, detail)
			}
		}
		stop, cancel := contextThatEnded(t)
		r := httptest.NewRequest("GET", "/", nil).WithContext(stop)
		cancel()
		r.Header.Set("Authorization", "Bearer "+signToken(t, "ES256", jwtKeys()["ES256"], fmt.Sprintf(header, "ES256"), claimsUntil(farAway)))
		if _, problem := set.Authenticate(r); problem == nil || problem.Detail != "Token key is unknown" {
			t.Errorf("%.40q: %v", kid, problem)
		}
	}
}

// FuzzJWT looks for a token that isn't signed and is accepted, and for a
// panic.
func FuzzJWT(f *testing.F) {
	good := hs256(f, claimsUntil(farAway))
	f.Add(good)
	f.Add("..")
	f.Add(segment(`{"alg":"none"}`) + "." + segment(claimsUntil(farAway)) + ".")
	f.Add(segment(`{"alg":"HS256","kid":"`+"\x00"+`"}`) + "." + segment(`{"exp":1e400}`) + ".AA")
	a := newJWT(f, middleware.JWTConfig{})
	f.Fuzz(func(t *testing.T, token string) {
		if detailOf(t, a, token) == "" && strings.Trim(token, " ") != good {
			t.Errorf("%q is accepted", token)
		}
	})
}
