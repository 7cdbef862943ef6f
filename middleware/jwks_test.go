package middleware_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/MicahParks/jwkset"

	"github.com/spikard/spikard-go/middleware"
)

const unknownKey = "Token key is unknown"

type roundTrip func(r *http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// quiet is for what the test makes go wrong.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// issuerKeys are ES256 keys by their kid, made when they are first asked for.
var issuerKeys sync.Map

func issuerKey(t testing.TB, kid string) *ecdsa.PrivateKey {
	t.Helper()
	if key, ok := issuerKeys.Load(kid); ok {
		return key.(*ecdsa.PrivateKey)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := issuerKeys.LoadOrStore(kid, key)
	return kept.(*ecdsa.PrivateKey)
}

func tokenOf(t testing.TB, kid string) string {
	t.Helper()
	return signToken(t, "ES256", issuerKey(t, kid), fmt.Sprintf(`{"alg":"ES256","kid":%q}`, kid), claimsUntil(farAway))
}

func jwkOf(t testing.TB, key crypto.PublicKey, about jwkset.JWKMetadataOptions) json.RawMessage {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Metadata: about})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(jwk.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func keySetOf(t testing.TB, kids ...string) []byte {
	t.Helper()
	var keys []json.RawMessage
	for _, kid := range kids {
		keys = append(keys, jwkOf(t, issuerKey(t, kid).Public(), jwkset.JWKMetadataOptions{KID: kid, ALG: "ES256", USE: jwkset.UseSig}))
	}
	raw, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// issuer publishes a key set and counts who fetches it. It is both a server
// and, for tests that stop the clock, a transport.
type issuer struct {
	URL     string
	body    atomic.Pointer[[]byte]
	status  atomic.Int32
	fetches atomic.Int32
	most    atomic.Int32 // fetches at one time
	now     atomic.Int32
	delay   atomic.Int64
}

func (i *issuer) publish(body []byte) { i.body.Store(&body) }

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.fetches.Add(1)
	defer i.now.Add(-1)
	if now := i.now.Add(1); now > i.most.Load() {
		i.most.Store(now)
	}
	status, body := int(i.status.Load()), *i.body.Load()
	select {
	case <-time.After(time.Duration(i.delay.Load())):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if status == 0 {
		return nil, errors.New("down")
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: r}, nil
}

// silent is an issuer without a socket.
func silent(t testing.TB, kids ...string) *issuer {
	t.Helper()
	i := &issuer{URL: "https://issuer.invalid/keys"}
	i.status.Store(http.StatusOK)
	i.publish(keySetOf(t, kids...))
	return i
}

func newIssuer(t testing.TB, kids ...string) *issuer {
	t.Helper()
	i := silent(t, kids...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := i.RoundTrip(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	i.URL = server.URL + "/keys"
	return i
}

func contextThatEnded(t testing.TB) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

// bubble runs a test with a clock of its own, which stands still while
// anything else can happen.
func bubble(t *testing.T, i *issuer, test func(t *testing.T, a *middleware.JWT)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, err := middleware.NewJWT(middleware.JWTConfig{
			JWKSURL: i.URL, Algorithm: "ES256", HTTPClient: &http.Client{Transport: i}, Log: quiet(),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		test(t, a)
	})
}

func expect(t *testing.T, a *middleware.JWT, kid, detail string) {
	t.Helper()
	if got := detailOf(t, a, tokenOf(t, kid)); got != detail {
		t.Errorf("key %s at %v: %q, want %q", kid, time.Now(), got, detail)
	}
}

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

// TestJWKSFlood sends unknown keys for ten minutes.
func TestJWKSFlood(t *testing.T) {
	t.Parallel()
	i := silent(t, "known")
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		expect(t, a, "known", "")
		flood := signToken(t, "ES256", issuerKey(t, "x"), `{"alg":"ES256","kid":"x"}`, claimsUntil(farAway))
		start := time.Now()
		var senders sync.WaitGroup
		for range 20 {
			senders.Go(func() {
				for time.Since(start) < 10*time.Minute {
					before := time.Now()
					if got := detailOf(t, a, flood); got != unknownKey || time.Since(before) > 2*time.Second {
						t.Errorf("%q after %v", got, time.Since(before))
					}
					before = time.Now()
					expect(t, a, "known", "")
					if !time.Now().Equal(before) {
						t.Errorf("a known key waited %v", time.Since(before))
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		senders.Wait()
		if n, most := i.fetches.Load(), i.most.Load(); n > 3+10*60/5+1 || n < 10*60/5 || most != 1 {
			t.Errorf("%d fetches, %d at one time", n, most)
		}
		i.publish(keySetOf(t, "known", "new"))
		time.Sleep(time.Minute)
		expect(t, a, "new", "") // when it is over, all is as before
	})
}

func TestJWKSSlow(t *testing.T) {
	t.Parallel()
	i := silent(t, "a")
	i.delay.Store(int64(1900 * time.Millisecond))
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		expect(t, a, "a", "") // waits for the first fetch
		i.delay.Store(int64(time.Minute))
		i.publish(keySetOf(t, "b"))
		start := time.Now()
		expect(t, a, "b", unknownKey)
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("an unknown key waited %v", waited)
		}
		start = time.Now()
		expect(t, a, "a", "")
		if waited := time.Since(start); waited != 0 {
			t.Errorf("a known key waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
		r.Header.Set("Authorization", "Bearer "+tokenOf(t, "b"))
		if _, problem := a.Authenticate(r); problem == nil || time.Since(start) != time.Second {
			t.Errorf("%v: a client that left was waited for %v", problem, time.Since(start))
		}
		i.delay.Store(0)
		time.Sleep(10 * time.Second) // the slow fetch is given up, the next one is due in a minute
		synctest.Wait()
		expect(t, a, "b", "")
	})
}

// TestJWKSJoin lets a token come while a fetch is under way that began before
// its key was published.
func TestJWKSJoin(t *testing.T) {
	t.Parallel()
	i := silent(t, "a")
	i.delay.Store(int64(time.Second))
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		time.Sleep(500 * time.Millisecond)
		i.publish(keySetOf(t, "a", "b"))
		i.delay.Store(0)
		expect(t, a, "b", "")
		if n := i.fetches.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
	})
}

func TestJWKSClose(t *testing.T) {
	t.Parallel()
	i := silent(t, "a")
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		expect(t, a, "a", "")
		i.delay.Store(int64(time.Hour))
		var waiting sync.WaitGroup
		waiting.Go(func() { expect(t, a, "b", unknownKey) })
		synctest.Wait()
		start := time.Now()
		for range 2 {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
		waiting.Wait()
		expect(t, a, "a", "")
		expect(t, a, "b", unknownKey)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("closing took %v", waited)
		}
	})
}

// TestJWKSClosePaced closes while the next fetch waits for its time.
func TestJWKSClosePaced(t *testing.T) {
	t.Parallel()
	i := silent(t, "a")
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		for range 2 { // the first one shares the fetch of the start
			expect(t, a, "a", "")
			expect(t, a, "b", unknownKey)
		}
		var waiting sync.WaitGroup
		waiting.Go(func() { expect(t, a, "b", unknownKey) })
		synctest.Wait()
		start := time.Now()
		a.Close()
		waiting.Wait()
		if n, waited := i.fetches.Load(), time.Since(start); n != 3 || waited != 0 {
			t.Errorf("%d fetches, %v waited", n, waited)
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

// TestJWKSUnderLoad rotates keys while requests come over sockets: the new key
// is published beside the old one, then tokens are signed with it, then the
// old one is taken out. No request fails.
func TestJWKSUnderLoad(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, "load-0")
	server := whoami(t, newJWT(t, middleware.JWTConfig{JWKSURL: i.URL, Algorithm: "ES256"}), nil)
	var token atomic.Pointer[string]
	sign := func(n int) {
		text := tokenOf(t, fmt.Sprintf("load-%d", n))
		token.Store(&text)
	}
	sign(0)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	var sent, seen atomic.Int64
	stop := make(chan struct{})
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, _ := http.NewRequest("GET", server.URL, nil)
				r.Header.Set("Authorization", "Bearer "+*token.Load())
				answer, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(answer.Body)
				answer.Body.Close()
				sent.Add(1)
				if answer.StatusCode != 200 {
					t.Errorf("%d %s", answer.StatusCode, body)
				}
			}
		})
	}
	until := func(more int64) {
		for seen.Store(sent.Load()); sent.Load() < seen.Load()+more && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	for n := range 2 { // as many rotations as the burst allows without a wait
		until(200)
		i.publish(keySetOf(t, fmt.Sprintf("load-%d", n), fmt.Sprintf("load-%d", n+1)))
		until(50)
		sign(n + 1)
		until(200)
		i.publish(keySetOf(t, fmt.Sprintf("load-%d", n+1)))
		until(50)
	}
	close(stop)
	senders.Wait()
	if fetches := i.fetches.Load(); fetches != 3 || i.most.Load() != 1 {
		t.Errorf("%d fetches for %d requests, %d at one time", fetches, sent.Load(), i.most.Load())
	}
}
