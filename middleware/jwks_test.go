package middleware_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/MicahParks/jwkset"

	"github.com/spikard/spikard-go/middleware"
)

func TestJWKSRotation(t *testing.T) {
	t.Parallel()
	i := silent(t, "old")
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		start := time.Now()
		expect(t, a, "old", "")
		i.publish(keySetOf(t, "old", "new"))
		expect(t, a, "new", "") // an unknown key fetches the set
		expect(t, a, "old", "")
		if n := i.fetches.Load(); n != 2 || !time.Now().Equal(start) {
			t.Errorf("%d fetches, %v waited", n, time.Since(start))
		}
		i.publish(keySetOf(t, "new"))
		expect(t, a, "old", "") // nobody has asked since
		time.Sleep(time.Hour)
		synctest.Wait()
		expect(t, a, "new", "")
		expect(t, a, "old", unknownKey)
	})
}

func TestJWKSDown(t *testing.T) {
	t.Parallel()
	i := silent(t, "a")
	i.status.Store(0)
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		expect(t, a, "a", unknownKey) // the start doesn't wait for the issuer
		i.status.Store(http.StatusOK)
		expect(t, a, "a", "") // and recovers with the first request
		for _, status := range []int32{0, http.StatusInternalServerError, http.StatusNotModified} {
			i.status.Store(status)
			i.publish(keySetOf(t, "b"))
			before := i.fetches.Load()
			time.Sleep(3 * time.Hour)
			synctest.Wait()
			if n := i.fetches.Load() - before; n < 100 { // one a minute
				t.Errorf("%d fetches in three hours", n)
			}
			expect(t, a, "a", "")
		}
	})
}

func TestJWKSGarbage(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"nothing":        ``,
		"HTML":           `<html>`,
		"a list":         `[]`,
		"null":           `null`,
		"no keys":        `{"keys":[]}`,
		"keys no list":   `{"keys":{}}`,
		"keys no object": `{"keys":[1,"x",null,[]]}`,
		"only secrets":   `{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}`,
		"off the curve":  `{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AAAA","y":"AAAA"}]}`,
		"a small key":    `{"keys":[` + string(jwkOf(t, small.Public(), jwkset.JWKMetadataOptions{KID: "a"})) + `]}`,
		"a deep one":     strings.Repeat(`{"keys":[`, 20000),
		"a huge one":     `{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`,
		"huge and good":  strings.TrimSuffix(string(keySetOf(t, "b")), "}") + `,"x":"` + strings.Repeat("x", 1<<20) + `"}`,
		"spaces behind":  string(keySetOf(t, "b")) + strings.Repeat(" ", 1<<20),
	} {
		i := silent(t, "a")
		bubble(t, i, func(t *testing.T, a *middleware.JWT) {
			expect(t, a, "a", "")
			i.publish([]byte(body))
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if i.fetches.Load() < 2 {
				t.Errorf("%s was never fetched", name)
			}
			expect(t, a, "a", "") // what was known stays
			expect(t, a, "b", unknownKey)
		})
	}
}

// TestJWKSFit has keys in the set that are not for this.
func TestJWKSFit(t *testing.T) {
	t.Parallel()
	public := issuerKey(t, "good").Public()
	jwk := func(about jwkset.JWKMetadataOptions) string { return string(jwkOf(t, public, about)) }
	keys := []string{
		`{"kty":"oct","kid":"oct","alg":"ES256","k":"AAAA"}`, `{"kty":"odd","kid":"odd"}`, `7`,
		jwk(jwkset.JWKMetadataOptions{KID: "enc", USE: jwkset.UseEnc}),
		jwk(jwkset.JWKMetadataOptions{KID: "ops", KEYOPS: []jwkset.KEYOPS{jwkset.KeyOpsSign}}),
		jwk(jwkset.JWKMetadataOptions{KID: "alg", ALG: "ES384"}),
		string(jwkOf(t, jwtKeys()["ES384"].Public(), jwkset.JWKMetadataOptions{KID: "curve"})),
		string(jwkOf(t, jwtKeys()["RS256"].Public(), jwkset.JWKMetadataOptions{KID: "rsa"})),
		jwk(jwkset.JWKMetadataOptions{KID: "good", KEYOPS: []jwkset.KEYOPS{jwkset.KeyOpsVerify}}),
	}
	i := silent(t)
	i.publish([]byte(`{"keys":[` + strings.Join(keys, ",") + `]}`))
	token := func(t *testing.T, header string) string {
		return signToken(t, "ES256", issuerKey(t, "good"), header, claimsUntil(farAway))
	}
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		if got := detailOf(t, a, token(t, `{"alg":"ES256"}`)); got != "" {
			t.Errorf("without a kid, before the set is there: %q", got)
		}
		for header, detail := range map[string]string{
			`{"alg":"ES256","kid":"good"}`: "",
			`{"alg":"ES256"}`:              "", // one key fits
			`{"alg":"ES256","kid":""}`:     "",
			`{"alg":"ES256","kid":7}`:      "Token is invalid",
			`{"alg":"RS256","kid":"rsa"}`:  "Token algorithm is not allowed",
			`{"alg":"HS256","kid":"oct"}`:  "Token algorithm is not allowed",
			`{"alg":"none"}`:               "Token algorithm is not allowed",
		} {
			if got := detailOf(t, a, token(t, header)); got != detail {
				t.Errorf("%s: %q, want %q", header, got, detail)
			}
		}
		for _, kid := range []string{"oct", "odd", "enc", "ops", "alg", "curve", "rsa"} {
			if got := detailOf(t, a, token(t, fmt.Sprintf(`{"alg":"ES256","kid":%q}`, kid))); got != unknownKey {
				t.Errorf("%s: %q", kid, got)
			}
		}
		i.publish(keySetOf(t, "good", "other"))
		time.Sleep(time.Hour)
		synctest.Wait()
		before := time.Now()
		if got := detailOf(t, a, token(t, `{"alg":"ES256"}`)); got != unknownKey || !time.Now().Equal(before) {
			t.Errorf("two keys fit: %q after %v", got, time.Since(before))
		}
	})
}

func TestJWKSRedirect(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, "a")
	server := httptest.NewServer(http.RedirectHandler(i.URL, http.StatusFound))
	t.Cleanup(server.Close)
	a := newJWT(t, middleware.JWTConfig{JWKSURL: server.URL, Algorithm: "ES256"})
	expect(t, a, "a", "")

	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }))
	t.Cleanup(loop.Close)
	expect(t, newJWT(t, middleware.JWTConfig{JWKSURL: loop.URL, Algorithm: "ES256", Log: quiet()}), "a", unknownKey)
}

// TestJWKSLog sees what is said of a set that can't be fetched, without the
// password of its URL.
func TestJWKSLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a, err := middleware.NewJWT(middleware.JWTConfig{
		JWKSURL: "https://user:hunter2@issuer.invalid/keys", Algorithm: "ES256", Log: slog.New(slog.NewTextHandler(&log, nil)),
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("down") })},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, a, "a", unknownKey)
	a.Close()
	if text := log.String(); !strings.Contains(text, "issuer.invalid") || !strings.Contains(text, "down") || strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}
