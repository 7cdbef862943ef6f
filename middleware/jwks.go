package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwksWait is how long a request waits for a key that isn't known yet.
const jwksWait = 2 * time.Second

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
