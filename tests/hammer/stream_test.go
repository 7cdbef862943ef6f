//go:build cgo && linux && (amd64 || arm64)

package hammer

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

var cycles = flag.Int("cycles", 10, "how often TestStreamCycles starts and stops the app")

// streamApp is a server in this process, so that what it leaves behind can be counted.
type streamApp struct {
	*fx.App
	address string
	client  *http.Client
}

func newStreamApp(t testing.TB, config spikard.Config) *streamApp {
	t.Helper()
	var server *spikard.Server
	config.Addr, config.Logger = "127.0.0.1:0", slog.New(slog.NewTextHandler(io.Discard, nil))
	a := &streamApp{App: fx.New(fx.NopLogger, chosen.Module, spikard.Module, fx.Populate(&server),
		spikard.PythonDir(".", "streams:app"), spikard.WithConfig(config))}
	if err := a.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	a.address = server.Addr()
	a.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	return a
}

func (a *streamApp) stop(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	if err := a.Stop(context.Background()); err != nil {
		t.Errorf("the stop: %v", err)
	}
	a.client.CloseIdleConnections()
	return time.Since(began)
}

// acts are what a client may do. Each leaves when ctx ends, if not before.
var acts = []func(ctx context.Context, a *streamApp){
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/events", 1<<10) },
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/parts", 1<<16) },
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/parts-sync", 1<<16) },
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/slow", 1<<10) },
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/block", 1<<10) },
	func(ctx context.Context, a *streamApp) { a.read(ctx, "/stubborn", 1<<10) },
	func(ctx context.Context, a *streamApp) { a.upload(ctx) },
	func(ctx context.Context, a *streamApp) { a.talk(ctx, "/socket", "hello") },
	func(ctx context.Context, a *streamApp) { a.talk(ctx, "/messages", `{"a": 1}`) },
	func(ctx context.Context, a *streamApp) { a.talk(ctx, "/messages", `{nonsense`) },
	func(ctx context.Context, a *streamApp) { a.raw(ctx) },
}

// read reads an answer, slowly, and gives up anywhere.
func (a *streamApp) read(ctx context.Context, path string, piece int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.address+path, nil)
	if err != nil {
		panic(err)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return // it has given up, or the server has
	}
	defer resp.Body.Close()
	part := make([]byte, piece)
	for rand.IntN(50) > 0 {
		if _, err := resp.Body.Read(part); err != nil {
			return
		}
		idle(ctx, rand.IntN(3))
	}
}

// upload sends a body, slowly.
func (a *streamApp) upload(ctx context.Context) {
	in, out := io.Pipe()
	defer in.Close()
	go func() {
		for range rand.IntN(20) {
			if _, err := out.Write(make([]byte, rand.IntN(100_000))); err != nil {
				return
			}
			idle(ctx, rand.IntN(3))
		}
		out.Close()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.address+"/upload", in)
	if err != nil {
		panic(err)
	}
	if resp, err := a.client.Do(req); err == nil {
		resp.Body.Close()
	}
}

// talk holds a session, and ends it in some way.
func (a *streamApp) talk(ctx context.Context, path, message string) {
	conn, _, err := websocket.Dial(ctx, "ws://"+a.address+path, &websocket.DialOptions{HTTPClient: a.client})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for rand.IntN(30) > 0 {
		if conn.Write(ctx, websocket.MessageText, []byte(message)) != nil {
			return
		}
		if rand.IntN(3) > 0 {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
		idle(ctx, rand.IntN(2))
	}
	if rand.IntN(2) == 0 {
		conn.Close(websocket.StatusNormalClosure, "")
	}
}

// raw begins a request, and is gone.
func (a *streamApp) raw(ctx context.Context) {
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		return
	}
	defer conn.Close()
	texts := []string{
		"GET /events HTTP/1.1\r\nHost: x\r\n\r\n", "GET /eve", "",
		"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x00\x00",
		"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
	}
	_, _ = io.WriteString(conn, texts[rand.IntN(len(texts))]) // it may be gone before that
	idle(ctx, rand.IntN(20))
}

func idle(ctx context.Context, milliseconds int) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
	}
}

// crowd has clients act until ctx ends; it tells how many acts there were.
func (a *streamApp) crowd(ctx context.Context, size int) int64 {
	var done sync.WaitGroup
	var count atomic.Int64
	for range size {
		done.Go(func() {
			for ctx.Err() == nil {
				one, leave := context.WithTimeout(ctx, time.Duration(1+rand.IntN(500))*time.Millisecond)
				acts[rand.IntN(len(acts))](one, a)
				leave()
				count.Add(1)
			}
		})
	}
	done.Wait()
	return count.Load()
}

// left is what requests have left in Python when all have ended.
func (a *streamApp) left(t *testing.T) {
	t.Helper()
	var left struct{ Tasks, Opened int }
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := a.client.Get("http://" + a.address + "/left")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&left)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if left.Tasks == 0 && left.Opened == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left in python: %+v", left)
		}
	}
}

// TestStreamHammer has clients come and go, and the app reloaded under them, and counts
// what is left.
func TestStreamHammer(t *testing.T) {
	config := spikard.Config{RequestTimeout: 300 * time.Millisecond, ShutdownTimeout: 2 * time.Second}
	newStreamApp(t, config).stop(t) // what comes once, comes before the counting
	before := countAll()
	ends := time.Now().Add(*duration)
	var count int64
	loads := 0
	for ; time.Now().Before(ends); loads++ {
		a := newStreamApp(t, config)
		ctx, cancel := context.WithTimeout(context.Background(), min(10*time.Second, time.Until(ends)))
		if loads%2 == 0 {
			count += a.crowd(ctx, *clients)
			a.left(t)
			a.stop(t)
		} else { // stopped with all of them inside
			ended := make(chan int64)
			go func() { ended <- a.crowd(ctx, *clients) }()
			idle(ctx, 1000+rand.IntN(2000))
			a.stop(t)
			cancel()
			count += <-ended
		}
		cancel()
	}
	t.Logf("%d acts, %d loads of the app", count, loads)
	before.compare(t)
}

// TestStreamCycles starts and stops the app with connections in every state.
func TestStreamCycles(t *testing.T) {
	const grace = 300 * time.Millisecond
	config := spikard.Config{ShutdownTimeout: grace}
	newStreamApp(t, config).stop(t)
	before := countAll()
	var longest time.Duration
	for range *cycles {
		a := newStreamApp(t, config)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			a.crowd(ctx, 24)
			close(ended)
		}()
		idle(ctx, rand.IntN(200))
		longest = max(longest, a.stop(t))
		cancel()
		<-ended
	}
	t.Logf("%d cycles, the longest stop took %v with a grace of %v", *cycles, longest, grace)
	before.compare(t)
}

// counted is what a process has.
type counted struct{ goroutines, files, threads int }

func countAll() counted {
	return counted{runtime.NumGoroutine(), entries("/proc/self/fd"), entries("/proc/self/task")}
}

func entries(dir string) int {
	list, err := os.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	return len(list)
}

// compare tells what is left. Threads are kept by Go, and by the pool of Python's
// executor while its app is there; they are bounded, and not returned.
func (c counted) compare(t *testing.T) {
	t.Helper()
	const maxThreads = 400
	var now counted
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if now = countAll(); now.goroutines <= c.goroutines && now.files <= c.files {
			break
		}
	}
	if now.goroutines > c.goroutines || now.files > c.files || now.threads > maxThreads {
		stacks := make([]byte, 1<<20)
		t.Errorf("left: %s before, %s now\n%s", c, now, stacks[:runtime.Stack(stacks, true)])
	}
}

func (c counted) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %d threads", c.goroutines, c.files, c.threads)
}
