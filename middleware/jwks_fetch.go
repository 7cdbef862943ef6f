package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// jwksEvery is how often the keys are fetched when nobody asks.
	jwksEvery = time.Hour
	// jwksRetry is the same after a fetch that failed, so that a key which was
	// taken back doesn't stay good for an hour.
	jwksRetry = time.Minute
	// jwksPace and jwksBurst bound the fetches that unknown keys cause: three at
	// once, and then one in five seconds, however many such tokens come.
	jwksPace  = 5 * time.Second
	jwksBurst = 3
	// jwksTimeout bounds one fetch, and jwksMaxSize what it may bring.
	jwksTimeout = 10 * time.Second
	jwksMaxSize = 1 << 20
)

func keepHTTPS(r *http.Request, via []*http.Request) error {
	const maxRedirects = 5
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return errors.New("a redirect away from https")
	}
	return nil
}

func (k *jwks) run(ctx context.Context) {
	defer close(k.ended)
	due := time.NewTimer(0)
	defer due.Stop()
	var pace pace
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		case <-k.wake:
		}
		if !sleep(ctx, pace.next(time.Now())) {
			return
		}
		k.begin()
		err := k.refresh(ctx)
		if err != nil && ctx.Err() == nil { // said before who waits goes on, and may close
			k.log.Warn("the JWT key set can't be fetched; the known keys stay", "url", redacted(k.url), "known", k.set.Load().size(), "error", err)
		}
		k.end()
		if err != nil {
			due.Reset(jwksRetry)
		} else {
			due.Reset(jwksEvery)
		}
	}
}

// pace is the generic cell rate algorithm: the time at which all fetches so
// far would have been at an even pace.
type pace struct{ even time.Time }

// next tells how long the next fetch has to wait.
func (p *pace) next(now time.Time) time.Duration {
	if p.even.Before(now) {
		p.even = now
	}
	p.even = p.even.Add(jwksPace)
	return p.even.Sub(now) - jwksBurst*jwksPace
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// redacted hides a password, also in an address that the client can't parse.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Redacted()
}

func (k *jwks) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, jwksTimeout)
	defer cancel()
	raw, err := k.fetch(ctx)
	if err != nil {
		return err
	}
	set, unused, err := readKeySet(raw, k.methods)
	if err != nil {
		return err
	}
	if unused != nil {
		k.log.Debug("keys of the JWT key set that aren't used", "url", redacted(k.url), "error", unused)
	}
	k.set.Store(set)
	return nil
}

func (k *jwks) fetch(ctx context.Context) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	r.Close = true // no connection idles for an hour
	answer, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", answer.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, jwksMaxSize+1))
	if err == nil && len(raw) > jwksMaxSize {
		err = fmt.Errorf("the answer is larger than %d bytes", jwksMaxSize)
	}
	return raw, err
}
