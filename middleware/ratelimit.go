package middleware

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxRate is what the resolution of the stores allows: at an interval of a
// microsecond, which is Redis' clock, rounding it to nanoseconds is off by one
// in two thousand at most.
const maxRate = 1e6

// maxRateWindow keeps times within an int64 of nanoseconds, with room to add.
const maxRateWindow = 1e9 * time.Second

// Rate is a limit: Burst requests at once, and PerSecond a second on average.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Validate reports every fault of the rate at once.
func (r Rate) Validate() error {
	var faults []error
	if !(r.PerSecond > 0 && r.PerSecond <= maxRate) { // NaN is refused, too
		faults = append(faults, fmt.Errorf("rate: PerSecond is %v, it has to be more than 0 and at most %d", r.PerSecond, int(maxRate)))
	}
	if r.Burst < 1 {
		faults = append(faults, fmt.Errorf("rate: Burst is %d, it has to be at least 1", r.Burst))
	}
	if faults == nil && float64(r.Burst)/r.PerSecond > maxRateWindow.Seconds() {
		faults = append(faults, fmt.Errorf("rate: a Burst of %d takes %g seconds to come back, more than 30 years", r.Burst, float64(r.Burst)/r.PerSecond))
	}
	return errors.Join(faults...)
}

// interval is the time after which one more request is allowed.
func (r Rate) interval() time.Duration {
	return time.Duration(math.Round(float64(time.Second) / r.PerSecond))
}

// RateDecision says whether a request may pass, and how its key stands.
type RateDecision struct {
	Allowed bool
	// Limit is the burst. It is 0 where the store could not count: then
	// Remaining and ResetAfter mean nothing, and no answer quotes them.
	Limit int
	// Remaining is how many more requests would pass at once.
	Remaining int
	// RetryAfter is the time until the next request would pass; 0 if this one
	// did.
	RetryAfter time.Duration
	// ResetAfter is the time until Remaining is Limit again.
	ResetAfter time.Duration
}

// RateStore counts the requests of each key: [RateMemory] for one process,
// [RateRedis] for many.
//
// # Errors
//
// An error of Take means that the store can't decide; the request is answered
// with 503.
//
// # Concurrency
//
// All methods may be called from anywhere. Take must return soon, whatever
// becomes of the server behind the store.
type RateStore interface {
	// Take counts one request of a key, if it may pass.
	Take(ctx context.Context, key string) (RateDecision, error)
	// Close gives up what the store holds. Nothing may be taken afterwards.
	Close() error
}

// RateLimitConfig configures [RateLimit].
type RateLimitConfig struct {
	// Store is required. Its owner closes it.
	Store RateStore
	// Key names whom a request counts for: an address, an API key, a
	// principal. A request whose key is empty is not limited. Without Key it is
	// the [AddrKey] of the peer, who may be a proxy: behind one, give Key the
	// address of [Proxies.Client].
	Key func(c *gin.Context) string
	// Refuse writes the answers 429 and 503.
	Refuse Refuse
}

// RateLimit lets as many requests of a key pass as the store allows. The others
// are refused with 429 and Retry-After (RFC 9110, section 10.2.3); all answers
// to limited requests say how their key stands: RateLimit-Limit,
// RateLimit-Remaining and RateLimit-Reset, as in
// draft-ietf-httpapi-ratelimit-headers-06, the last draft with a field for each
// number, which is what clients know. Where a request passes several limits, the
// answer quotes the last.
//
// # Errors
//
// A store that can't decide makes a 503; its error is in the context's Errors.
// Without a Store, RateLimit panics.
func RateLimit(config RateLimitConfig) gin.HandlerFunc {
	store, key, refuse := config.Store, config.Key, config.Refuse.or()
	if store == nil {
		panic("middleware: RateLimit without a Store")
	}
	if key == nil {
		key = func(c *gin.Context) string { return AddrKey(c.Request.RemoteAddr) }
	}
	return func(c *gin.Context) {
		who := key(c)
		if who == "" {
			return
		}
		decision, err := store.Take(c.Request.Context(), who)
		if err != nil {
			_ = c.Error(err) // what it returns is what it was given
			c.Abort()
			refuse(c, rateUndecided())
			return
		}
		if decision.Limit > 0 {
			writeRate(c.Writer.Header(), decision)
		}
		if !decision.Allowed {
			c.Abort()
			refuse(c, rateExceeded(decision.RetryAfter))
		}
	}
}

// writeRate sets the three fields, whose lines share one array.
func writeRate(header http.Header, d RateDecision) {
	lines := []string{
		strconv.Itoa(d.Limit),
		strconv.Itoa(d.Remaining),
		strconv.FormatInt(wholeSeconds(d.ResetAfter), 10),
	}
	header["Ratelimit-Limit"] = lines[0:1:1]
	header["Ratelimit-Remaining"] = lines[1:2:2]
	header["Ratelimit-Reset"] = lines[2:3:3]
}

func rateExceeded(wait time.Duration) *api.Problem {
	seconds := strconv.FormatInt(max(wholeSeconds(wait), 1), 10)
	p := api.NewProblem(http.StatusTooManyRequests, "too-many-requests", "Too many requests; the next one is welcome in "+seconds+" s")
	p.Header = http.Header{"Retry-After": {seconds}}
	return p
}

func rateUndecided() *api.Problem {
	p := api.NewProblem(http.StatusServiceUnavailable, "service-unavailable", "The service can't tell how many requests were made; try again")
	p.Header = http.Header{"Retry-After": {"1"}}
	return p
}

// wholeSeconds rounds up: a client that comes back then is not refused again.
func wholeSeconds(d time.Duration) int64 {
	return int64((max(d, 0) + time.Second - 1) / time.Second)
}

// AddrKey makes a rate limit's key of an address with or without a port. An
// IPv6 address is cut to its /64: a subscriber is given at least that much
// (RFC 6177), and takes another address out of it as often as it likes (RFC
// 8981), so that the whole address would limit nobody. What is no IP address
// has the key "": the peer at a Unix socket, for one, which stands for all its
// clients and is better not limited as one of them.
func AddrKey(addr string) string {
	host := withoutPort(addr)
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return ""
	case ip.Is4():
		return host // there is one way only to write it
	case ip.Is4In6():
		return ip.Unmap().String()
	}
	network, _ := ip.WithZone("").Prefix(64) // fits every IPv6 address
	var text [len("ffff:ffff:ffff:ffff::/64")]byte
	return string(network.AppendTo(text[:0]))
}

// withoutPort takes the port and the brackets off an address.
func withoutPort(addr string) string {
	if rest, ok := strings.CutPrefix(addr, "["); ok {
		host, port, closed := strings.Cut(rest, "]")
		if closed && (port == "" || port[0] == ':') {
			return host
		}
		return addr // no address, whatever is in it
	}
	if host, port, _ := strings.Cut(addr, ":"); strings.IndexByte(port, ':') < 0 {
		return host
	}
	return addr
}
