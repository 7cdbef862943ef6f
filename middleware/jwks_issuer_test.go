package middleware_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
