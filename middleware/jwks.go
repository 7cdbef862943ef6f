package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
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
	// jwksWait is how long a request waits for a key that isn't known yet.
	jwksWait = 2 * time.Second
	// jwksTimeout bounds one fetch, and jwksMaxSize what it may bring.
	jwksTimeout = 10 * time.Second
	jwksMaxSize = 1 << 20
)

// jwks is a key set that its issuer publishes at a URL. One goroutine fetches
// it; a request waits only if its key isn't known. As long as fetching fails,
// the keys that are known stay.
//
// keyfunc's client isn't used: it lets each request fetch for itself, behind a
// limiter that fails the second request with a new key, reads without bound,
// drops the whole set for one key that it can't read, and its goroutine can't
// be waited for.
type jwks struct {
	url     string
	client  *http.Client
	log     *slog.Logger
	methods []jwt.SigningMethod
	set     atomic.Pointer[keySet]

	stop  context.CancelFunc
	ended chan struct{}
	wake  chan struct{} // holds one token when next was asked for

	mu      sync.Mutex
	running chan struct{} // closed at the end of the fetch that runs; nil without one
	next    chan struct{} // of the fetch that was asked for and hasn't begun
}

func newJWKS(address string, methods []jwt.SigningMethod, client *http.Client, log *slog.Logger) *jwks {
	if client == nil {
		client = &http.Client{CheckRedirect: keepHTTPS}
	}
	if log == nil {
		log = slog.Default()
	}
	ctx, stop := context.WithCancel(context.Background())
	k := &jwks{
		url: address, client: client, log: log, methods: methods,
		stop: stop, ended: make(chan struct{}), wake: make(chan struct{}, 1),
		next: make(chan struct{}), // the first fetch comes without being asked for
	}
	k.set.Store(new(keySet))
	go k.run(ctx)
	return k
}

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

func (k *jwks) close() {
	k.stop()
	<-k.ended
}

// keyfunc looks up the key of a token; ctx ends the wait for it.
func (k *jwks) keyfunc(ctx context.Context) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		if err := checkHeader(token); err != nil {
			return nil, err
		}
		kid, _ := token.Header["kid"].(string)
		if key := k.key(ctx, kid, token.Method.Alg()); key != nil {
			return key, nil
		}
		return nil, errTokenUnknownKey
	}
}

// key gives the key, if need be after a fetch that began after the request
// came: one that is under way already may bring what was published before.
func (k *jwks) key(ctx context.Context, kid, alg string) any {
	key, settled := k.set.Load().find(kid, alg)
	if settled {
		return key
	}
	ctx, cancel := context.WithTimeout(ctx, jwksWait)
	defer cancel()
	for _, fetch := range [...]func() <-chan struct{}{k.current, k.ask} {
		if !k.await(ctx, fetch()) {
			return nil
		}
		if key, settled = k.set.Load().find(kid, alg); settled {
			return key
		}
	}
	return nil
}

// await waits for the end of a fetch, nil being none.
func (k *jwks) await(ctx context.Context, fetch <-chan struct{}) bool {
	if fetch == nil {
		return true
	}
	select {
	case <-fetch:
		return true
	case <-ctx.Done():
		return false
	case <-k.ended:
		return false
	}
}

func (k *jwks) current() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.running
}

// ask gives the next fetch, which all who ask before it begins share.
func (k *jwks) ask() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next == nil {
		k.next = make(chan struct{})
		k.wake <- struct{}{} // has room: begin empties it whenever it takes next
	}
	return k.next
}

// begin makes the next fetch the one that runs.
func (k *jwks) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next == nil {
		k.next = make(chan struct{})
	}
	k.running, k.next = k.next, nil
	select {
	case <-k.wake:
	default:
	}
}

func (k *jwks) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	close(k.running)
	k.running = nil
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
		k.end()
		if err == nil {
			due.Reset(jwksEvery)
			continue
		}
		due.Reset(jwksRetry)
		if ctx.Err() == nil {
			k.log.Warn("the JWT key set can't be fetched; the known keys stay", "url", redacted(k.url), "known", k.set.Load().size(), "error", err)
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
