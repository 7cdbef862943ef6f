package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spikard/spikard-go/middleware"
)

// TestJWKSFlood sends unknown keys for three minutes.
func TestJWKSFlood(t *testing.T) {
	t.Parallel()
	i := silent(t, "known")
	bubble(t, i, func(t *testing.T, a *middleware.JWT) {
		expect(t, a, "known", "")
		flood := signToken(t, "ES256", issuerKey(t, "x"), `{"alg":"ES256","kid":"x"}`, claimsUntil(farAway))
		start := time.Now()
		var senders sync.WaitGroup
		for range 10 {
			senders.Go(func() {
				for time.Since(start) < 3*time.Minute {
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
		if n, most := i.fetches.Load(), i.most.Load(); n > 3+3*60/5+1 || n < 3*60/5 || most != 1 {
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
