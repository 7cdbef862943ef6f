//go:build unix

package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/spikard/spikard-go/middleware"
)

// redisServer is a real one, at a Unix socket of its own, which can be killed
// and started again.
type redisServer struct {
	t      testing.TB
	binary string
	socket string
	url    string
	cmd    *exec.Cmd
}

// startRedis skips the test where there is no redis-server, but not in CI.
func startRedis(t testing.TB) *redisServer {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server has to be installed in CI: ", err)
		}
		t.Skip("redis-server is not installed (Debian: apt install redis-server): ", err)
	}
	socket := filepath.Join(t.TempDir(), "redis.sock")
	s := &redisServer{t: t, binary: binary, socket: socket, url: "unix://" + socket}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *redisServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.binary, "--port", "0", "--unixsocket", s.socket, "--save", "", "--appendonly", "no", "--dir", filepath.Dir(s.socket))
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventuallyRate(s.t, "redis-server answers", func() bool {
		conn, err := net.Dial("unix", s.socket)
		if err != nil {
			return false
		}
		defer conn.Close()
		conn.Write([]byte("PING\r\n"))
		line := make([]byte, len("+PONG\r\n"))
		_, err = io.ReadFull(conn, line)
		return err == nil && string(line) == "+PONG\r\n"
	})
}

func (s *redisServer) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *redisServer) signal(signal syscall.Signal) {
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Error(err)
	}
}

// eventuallyRate asks until the answer is yes; the limit is there for a test that
// has failed.
func eventuallyRate(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("never: ", what)
		}
	}
}

func newRateRedis(t testing.TB, opts middleware.RateRedisOptions) *middleware.RateRedis {
	t.Helper()
	store, err := middleware.NewRateRedis(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// ratePatience is a time that no machine needs to answer.
const ratePatience = 10 * time.Second

func TestRateRedisCounts(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	store := newRateRedis(t, middleware.RateRedisOptions{URL: server.url, Rate: middleware.Rate{PerSecond: 0.25, Burst: 3}, Prefix: "a:", Timeout: ratePatience})
	other := newRateRedis(t, middleware.RateRedisOptions{URL: server.url, Rate: middleware.Rate{PerSecond: 0.25, Burst: 3}, Prefix: "b:", Timeout: ratePatience})
	for i := range 3 {
		got, err := store.Take(t.Context(), "k")
		if err != nil || !got.Allowed || got.Limit != 3 || got.Remaining > 2-i || got.RetryAfter != 0 || got.ResetAfter <= 0 || got.ResetAfter > time.Duration(i+1)*4*time.Second {
			t.Errorf("request %d: %+v, %v", i, got, err)
		}
	}
	got, err := store.Take(t.Context(), "k")
	if err != nil || got.Allowed || got.Limit != 3 || got.Remaining != 0 || got.RetryAfter <= 0 || got.RetryAfter > 4*time.Second || got.ResetAfter > 12*time.Second {
		t.Errorf("%+v, %v", got, err)
	}
	for name, take := range map[string]func() (middleware.RateDecision, error){
		"another key":    func() (middleware.RateDecision, error) { return store.Take(t.Context(), "l") },
		"another prefix": func() (middleware.RateDecision, error) { return other.Take(t.Context(), "k") },
	} {
		if got, err := take(); err != nil || !got.Allowed {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := store.Take(gone, "m"); err != nil || !got.Allowed {
		t.Errorf("a client that hung up: %+v, %v", got, err)
	}
	store.Close()
	if got, err := store.Take(t.Context(), "k"); err == nil {
		t.Errorf("closed, and %+v", got)
	}
}

// TestRateRedisRates reads off what a first request owes whether Redis is told
// the right rate.
func TestRateRedisRates(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	for _, perSecond := range []float64{0.001, 0.3, 1, 1.0 / 3, 2.5, 7, 99.99, 333.3, 12345.678, 1e6} {
		name := fmt.Sprint(perSecond)
		store := newRateRedis(t, middleware.RateRedisOptions{URL: server.url, Rate: middleware.Rate{PerSecond: perSecond, Burst: 5}, Prefix: name, Timeout: ratePatience})
		got, err := store.Take(t.Context(), "k")
		// Redis keeps seconds since 2017 as a float64, in steps of 60 ns.
		if off := got.ResetAfter.Seconds() - 1/perSecond; err != nil || math.Abs(off) > 2e-7+1e-9/perSecond {
			t.Errorf("%s a second: %+v, %v", name, got, err)
		}
	}
}

func TestNewRateRedisFaults(t *testing.T) {
	t.Parallel()
	rate := middleware.Rate{PerSecond: 1, Burst: 1}
	for _, url := range []string{
		"", "http://host", "redis://host/db/2", "redis://host/0?unknown=1", "unix://",
		"redis://user:top/secret@host", "redis://user:top%secret@host", "redis://user:top secret@host/0", "secret",
	} {
		_, err := middleware.NewRateRedis(middleware.RateRedisOptions{URL: url, Rate: rate})
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "redis://") {
			t.Errorf("%q: %v", url, err)
		}
	}
	_, err := middleware.NewRateRedis(middleware.RateRedisOptions{})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all faults at once: %v", err)
	}
	// Nobody is there, and nobody is asked.
	newRateRedis(t, middleware.RateRedisOptions{URL: "redis://127.0.0.1:1/0?min_idle_conns=3", Rate: rate})
}

// rateChild is what another process of TestRateRedisTwoProcesses runs: a server
// with a limit, until its standard input ends.
const rateChild = "SPIKARD_RATE_CHILD"

// What both processes share. The burst takes a second to fill, so that no pause
// of a busy machine loses any of it.
func sharedRate() middleware.Rate { return middleware.Rate{PerSecond: 400, Burst: 400} }

func serveRateChild(t *testing.T, url string) {
	store := newRateRedis(t, middleware.RateRedisOptions{URL: url, Rate: sharedRate(), Timeout: ratePatience})
	server := httptest.NewServer(rateLimited(middleware.RateLimitConfig{Store: store, Key: func(*gin.Context) string { return "all" }}))
	defer server.Close()
	fmt.Println(rateChild, server.URL)
	io.Copy(io.Discard, os.Stdin)
}

// startRateChild gives the address that another process of this test serves.
func startRateChild(t *testing.T, redisURL string) string {
	cmd := exec.Command(os.Args[0], "-test.run=^TestRateRedisTwoProcesses$")
	cmd.Env = append(os.Environ(), rateChild+"="+redisURL)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var name, url string
	_, scanned := fmt.Fscan(stdout, &name, &url)
	t.Cleanup(func() {
		stdin.Close()
		rest, _ := io.ReadAll(stdout)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, rest)
		}
	})
	if scanned != nil || name != rateChild {
		t.Fatalf("another process said %q, %v", name, scanned)
	}
	return url
}

// TestRateRedisTwoProcesses asks two servers in processes of their own for as
// much as they give, and holds what they gave together against what one limit
// allows in that time, by Redis' clock.
func TestRateRedisTwoProcesses(t *testing.T) {
	if url := os.Getenv(rateChild); url != "" {
		serveRateChild(t, url)
		return
	}
	t.Parallel()
	server := startRedis(t)
	urls := []string{startRateChild(t, server.url), startRateChild(t, server.url)}
	clock := redis.NewClient(&redis.Options{Network: "unix", Addr: server.socket})
	defer clock.Close()
	now := func() time.Time {
		at, err := clock.Time(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	now() // the connection is made outside of what is measured

	// The first request and the last refusal lie between two readings of the
	// clock each: where the machine pauses there, the bounds are wider.
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	passed := make([]int, len(urls))
	before := now()
	if status := rateStatusOf(t, client, urls[0]); status != 200 {
		t.Fatalf("the first answer is %d", status)
	}
	passed[0]++
	first := now()
	var group sync.WaitGroup
	for i, url := range urls {
		group.Go(func() { passed[i] += drainRate(t, url, 2*time.Second) })
	}
	group.Wait()
	last := now()
	passed[1] += drainRate(t, urls[1], 0)
	after := now()

	rate, got := sharedRate(), float64(passed[0]+passed[1])
	within := func(span time.Duration) float64 { return float64(rate.Burst) + rate.PerSecond*span.Seconds() }
	least, most := within(last.Sub(first)), within(after.Sub(before))
	t.Logf("%d and %d passed, one limit allows %.1f to %.1f", passed[0], passed[1], least, most)
	if got < 0.99*least || got > 1.01*most {
		t.Errorf("%.0f passed, want %.1f to %.1f", got, least, most)
	}
	if passed[0] == 0 || passed[1] == 0 {
		t.Error("one process had it all")
	}
}

// drainRate asks until the time is over and nothing is left, and counts what passed.
func drainRate(t *testing.T, url string, span time.Duration) (passed int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	over, last := time.After(span), span == 0
	for {
		select {
		case <-over:
			last = true
		default:
		}
		switch status := rateStatusOf(t, client, url); status {
		case 200:
			passed++
		case 429:
			if last {
				return passed
			}
		default:
			t.Errorf("status %d", status)
			return passed
		}
	}
}

func rateStatusOf(t *testing.T, client *http.Client, url string) int {
	response, err := client.Get(url)
	if err != nil {
		t.Error(err)
		return 0
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode
}

// rateLog is a log whose lines can be counted while it is written.
type rateLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *rateLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *rateLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// rateOutage is a server with a limit in Redis, which requests hit all the time.
type rateOutage struct {
	t      *testing.T
	redis  *redisServer
	server *httptest.Server
	log    rateLog
	seen   [600]atomic.Int64 // how often each status was answered
	stop   chan struct{}
	group  sync.WaitGroup
}

func newRateOutage(t *testing.T, open bool, timeout time.Duration) *rateOutage {
	o := &rateOutage{t: t, redis: startRedis(t), stop: make(chan struct{})}
	store := newRateRedis(t, middleware.RateRedisOptions{
		URL: o.redis.url, Rate: middleware.Rate{PerSecond: 0.001, Burst: 5}, Timeout: timeout,
		FailOpen: open, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	})
	o.server = httptest.NewServer(rateLimited(middleware.RateLimitConfig{Store: store}))
	for range 4 {
		o.group.Go(o.hit)
	}
	t.Cleanup(func() {
		close(o.stop)
		o.group.Wait()
		o.server.Close()
	})
	return o
}

func (o *rateOutage) hit() {
	// The limit says that a request ended, not how fast.
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for {
		select {
		case <-o.stop:
			return
		default:
		}
		response, err := client.Get(o.server.URL)
		if err != nil {
			o.t.Error("a request without an answer: ", err)
			return
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		o.seen[response.StatusCode].Add(1)
		quoted := response.Header.Get("RateLimit-Limit") != ""
		if response.StatusCode == 503 && (quoted || response.Header.Get("Retry-After") != "1") {
			o.t.Errorf("503 with %v", response.Header)
		}
		if response.StatusCode == 429 && !quoted {
			o.t.Errorf("429 with %v", response.Header)
		}
	}
}

// answers waits for some more answers of a status.
func (o *rateOutage) answers(status int) {
	o.t.Helper()
	from := o.seen[status].Load()
	eventuallyRate(o.t, fmt.Sprintf("status %d; log: %s", status, &o.log), func() bool { return o.seen[status].Load() >= from+20 })
}

// TestRateRedisKilled kills Redis under load and starts it again, twice.
func TestRateRedisKilled(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]int{"open": 200, "closed": 503} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newRateOutage(t, name == "open", ratePatience)
			o.answers(429)
			const rounds = 2
			for range rounds {
				o.redis.kill()
				o.answers(meanwhile)
				o.redis.start()
				o.answers(429) // by itself
			}
			if name == "open" && o.seen[503].Load() > 0 || name == "closed" && o.seen[200].Load() > 5*(rounds+1) {
				t.Errorf("%d answers are 200, %d are 503", o.seen[200].Load(), o.seen[503].Load())
			}
			eventuallyRate(t, "the last line of the log", func() bool { return strings.Count(o.log.String(), "is back") == rounds })
			if text := o.log.String(); strings.Count(text, "\n") != 2*rounds || strings.Count(text, "is away") != rounds {
				t.Errorf("log:\n%s", text)
			}
		})
	}
}

// TestRateRedisHangs has Redis stop without a word: connections stay open, and
// nothing answers.
func TestRateRedisHangs(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]int{"open": 200, "closed": 503} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newRateOutage(t, name == "open", 0)
			o.answers(429)
			o.redis.signal(syscall.SIGSTOP)
			o.answers(meanwhile)
			o.redis.signal(syscall.SIGCONT)
			o.answers(429)
		})
	}
}

// TestRateRedisNeverThere has neither a Redis nor hope: each request is
// answered, and the log has one line.
func TestRateRedisNeverThere(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{true, false} {
		var log rateLog
		store := newRateRedis(t, middleware.RateRedisOptions{
			URL: "unix://" + filepath.Join(t.TempDir(), "none.sock"), Rate: middleware.Rate{PerSecond: 1, Burst: 1},
			FailOpen: open, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		for range 100 {
			got, err := store.Take(t.Context(), "k")
			if got != (middleware.RateDecision{Allowed: open}) || open != (err == nil) {
				t.Errorf("open %v: %+v, %v", open, got, err)
			}
		}
		if text := log.String(); strings.Count(text, "\n") != 1 {
			t.Errorf("log:\n%s", text)
		}
	}
}

// TestRateRedisLeftAlone has somebody listen who hangs up on everyone: few of
// many requests may disturb him.
func TestRateRedisLeftAlone(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int64
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			conn.Close()
		}
	})
	defer group.Wait()
	defer listener.Close()
	store := newRateRedis(t, middleware.RateRedisOptions{
		URL: "redis://" + listener.Addr().String(), Rate: middleware.Rate{PerSecond: 1, Burst: 1}, Log: slog.New(slog.DiscardHandler),
	})
	takes := int64(0)
	callsReach := func(n int64) {
		eventuallyRate(t, "another try", func() bool {
			for range 1000 {
				takes++
				if got, err := store.Take(t.Context(), "k"); err == nil {
					t.Fatalf("%+v", got)
				}
			}
			return calls.Load() >= n
		})
	}
	callsReach(2) // the first request's, and one by which Redis would be found back
	before, from := takes, calls.Load()
	callsReach(from + 2)
	if takes -= before; takes < 100*(calls.Load()-from) {
		t.Errorf("%d calls for %d requests", calls.Load()-from, takes)
	}
}

func BenchmarkRateRedis(b *testing.B) {
	store := newRateRedis(b, middleware.RateRedisOptions{URL: startRedis(b).url, Rate: middleware.Rate{PerSecond: 1e6, Burst: 1e6}, Timeout: ratePatience})
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if got, err := store.Take(ctx, "k"); err != nil || !got.Allowed {
				b.Errorf("%+v, %v", got, err)
			}
		}
	})
}
