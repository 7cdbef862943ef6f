package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// rateRedisTimeout is a [RateRedisOptions.Timeout] that isn't set.
const rateRedisTimeout = 100 * time.Millisecond

// rateRedisPause is how long Redis is left alone after it failed.
const rateRedisPause = time.Second

// errRateAway is the answer without asking, while Redis is left alone.
var errRateAway = errors.New("rate limit: Redis did not answer a moment ago and is left alone")

// RateRedisOptions configures [NewRateRedis].
type RateRedisOptions struct {
	// URL is redis://user:password@host:6379/0, rediss://... for TLS, or
	// unix://user:password@/path?db=0, with go-redis' parameters; what it says
	// of timeouts and retries gives way to Timeout.
	URL  string
	Rate Rate
	// Prefix begins each key in Redis, after redis_rate's own "rate:". Processes
	// with the same one share a limit; limits with different rates need
	// different ones.
	Prefix string
	// Timeout bounds each question to Redis, with the dialling before it; 0 is
	// 100 ms.
	Timeout time.Duration
	// FailOpen lets requests pass while Redis can't be asked, rather than refuse
	// them.
	FailOpen bool
	// Log has a line when Redis goes away and one when it is back; nil is
	// [slog.Default].
	Log *slog.Logger
}

// RateRedis is a [RateStore] that any number of processes share. Redis counts,
// by its own clock and with redis_rate's script, which is the same algorithm as
// that of [RateMemory].
//
// # Errors
//
// Any failure of Redis stops the questions for a second. Then one request asks
// whether it is back, and so on each second; all others are answered without
// asking: with an error, or by FailOpen with a decision whose Limit is 0.
// Nothing has to be restarted.
//
// # Concurrency
//
// A caller that is cancelled meanwhile is counted all the same, and Timeout
// bounds the time of those that aren't: so that clients who hang up can't make
// Redis look broken.
//
// # Memory
//
// A key is in Redis until all its requests are forgotten, as it is: don't make
// it of a secret.
type RateRedis struct {
	limit   redis_rate.Limit
	prefix  string
	timeout time.Duration
	open    bool
	log     *slog.Logger
	options *redis.Options

	// link is what to ask with, nil while Redis is left alone.
	link atomic.Pointer[rateLink]

	mu     sync.Mutex
	retry  time.Time // when the next request may try again
	closed bool
}

// rateLink is a pool of connections. It is given up as a whole when one of them
// fails: where the others still wait for a machine that is gone, each would fail
// once more.
type rateLink struct {
	client  *redis.Client
	limiter *redis_rate.Limiter
}

// NewRateRedis makes the store. Nothing is dialled before the first question.
//
// # Errors
//
// The rate's and the URL's faults, all at once. The URL is not quoted, as it may
// hold a password.
func NewRateRedis(opts RateRedisOptions) (*RateRedis, error) {
	options, err := redis.ParseURL(opts.URL)
	if err != nil {
		err = errors.New("rate limit: the URL of Redis can't be read: it is redis://user:password@host:6379/0, rediss://... or unix:///path, reserved characters written as %XX")
	}
	if err := errors.Join(opts.Rate.Validate(), err); err != nil {
		return nil, err
	}
	if opts.Timeout <= 0 {
		opts.Timeout = rateRedisTimeout
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	boundRedis(options, opts.Timeout)
	s := &RateRedis{
		limit:   rateInRedis(opts.Rate),
		prefix:  opts.Prefix,
		timeout: opts.Timeout,
		open:    opts.FailOpen,
		log:     opts.Log,
		options: options,
	}
	s.link.Store(s.newLink())
	return s, nil
}

// boundRedis makes a client give up in time, and do nothing on its own.
func boundRedis(options *redis.Options, timeout time.Duration) {
	options.ContextTimeoutEnabled = true
	options.DialTimeout = timeout
	options.ReadTimeout = timeout
	options.WriteTimeout = timeout
	options.PoolTimeout = timeout
	options.MaxRetries = -1 // none: a second try would count a request twice
	options.DialerRetries = 1
	options.MinIdleConns = 0 // others would be dialled by the constructor
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// rateInRedis writes a rate as a whole number of requests in a period of a
// second or somewhat more: rounded to nanoseconds, it is off by less than 1e-9.
func rateInRedis(rate Rate) redis_rate.Limit {
	count := math.Ceil(rate.PerSecond)
	period := time.Duration(math.Round(count / rate.PerSecond * float64(time.Second)))
	return redis_rate.Limit{Rate: int(count), Period: period, Burst: rate.Burst}
}

// Take counts one request of a key, if it may pass.
func (s *RateRedis) Take(ctx context.Context, key string) (RateDecision, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	link := s.link.Load()
	if link == nil {
		return s.probe(ctx, key)
	}
	decision, err := s.ask(ctx, link, key)
	if err != nil {
		s.lose(link, err)
		return s.without(err)
	}
	return decision, nil
}

// Close closes the connections. Questions that are under way fail.
func (s *RateRedis) Close() error {
	s.mu.Lock()
	s.closed = true
	link := s.link.Swap(nil)
	s.mu.Unlock()
	if link == nil {
		return nil
	}
	return link.client.Close()
}

func (s *RateRedis) newLink() *rateLink {
	options := *s.options // a client fills in what isn't set
	client := redis.NewClient(&options)
	return &rateLink{client: client, limiter: redis_rate.NewLimiter(client)}
}

func (s *RateRedis) ask(ctx context.Context, link *rateLink, key string) (RateDecision, error) {
	result, err := link.limiter.Allow(ctx, s.prefix+key, s.limit)
	if err != nil {
		return RateDecision{}, fmt.Errorf("rate limit: asking Redis: %w", err)
	}
	return RateDecision{
		Allowed:    result.Allowed > 0,
		Limit:      s.limit.Burst,
		Remaining:  result.Remaining,
		RetryAfter: max(result.RetryAfter, 0), // -1 where nothing has to be waited for
		ResetAfter: result.ResetAfter,
	}, nil
}

// without answers where Redis doesn't.
func (s *RateRedis) without(err error) (RateDecision, error) {
	if s.open {
		return RateDecision{Allowed: true}, nil
	}
	return RateDecision{}, err
}

// lose leaves Redis alone from now on. It does nothing for a link that was given
// up before.
func (s *RateRedis) lose(link *rateLink, err error) {
	s.mu.Lock()
	lost := s.link.CompareAndSwap(link, nil)
	if lost {
		s.retry = time.Now().Add(rateRedisPause)
	}
	s.mu.Unlock()
	if !lost {
		return
	}
	_ = link.client.Close() // it failed
	meanwhile := "refused"
	if s.open {
		meanwhile = "not limited"
	}
	s.log.Warn("rate limit: Redis is away, requests are "+meanwhile, "error", err)
}

// probe asks by a new link, if it is time to.
func (s *RateRedis) probe(ctx context.Context, key string) (RateDecision, error) {
	if !s.due() {
		return s.without(errRateAway)
	}
	if err := s.reach(ctx); err != nil {
		return s.without(err)
	}
	link := s.newLink()
	decision, err := s.ask(ctx, link, key)
	if err != nil {
		_ = link.client.Close() // it failed
		return s.without(err)
	}
	s.regain(link)
	return decision, nil
}

// due lets one request pass, and then none until the pause is over again.
func (s *RateRedis) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.closed || now.Before(s.retry) {
		return false
	}
	s.retry = now.Add(rateRedisPause)
	return true
}

// reach tries whether anybody listens. A client would find out, too, but it
// writes a line to its own log for each failure.
func (s *RateRedis) reach(ctx context.Context) error {
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(ctx, s.options.Network, s.options.Addr)
	if err != nil {
		return fmt.Errorf("rate limit: dialling Redis: %w", err)
	}
	return conn.Close()
}

// regain makes a link that worked the one that all use, if none is yet.
func (s *RateRedis) regain(link *rateLink) {
	s.mu.Lock()
	regained := !s.closed && s.link.CompareAndSwap(nil, link)
	s.mu.Unlock()
	if !regained {
		_ = link.client.Close() // another one is in use, or none is any more
		return
	}
	s.log.Info("rate limit: Redis is back")
}
