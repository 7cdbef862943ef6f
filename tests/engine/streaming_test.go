//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

const streamingApp = `
from collections.abc import AsyncIterator, Iterator
from spikard import FileResponse, Header, HTTPException, SseEvent, StreamingResponse

app = Spikard()

class Session: ...
async def session() -> AsyncIterator[Session]:
    say("open")
    try:
        yield Session()
    except BaseException as exc:
        say(f"failed {type(exc).__name__}")
        raise
    finally:
        await asyncio.sleep(0)
        say("closed")
app.provide(Session, Provide(session))

def plain() -> Iterator[int]:
    say("open")
    yield 7
    say("closed")
app.provide("plain", Provide(plain))

def parts():
    for n in range(3):
        yield f"part {n}\n"
        say(f"after {n}")

async def aparts():
    try:
        for n in range(3):
            await asyncio.sleep(0)
            yield f"part {n}\n".encode()
            say(f"after {n}")
    finally:
        say("iterator ended")

@app.get("/sync")
def sync(plain):
    return StreamingResponse(parts(), media_type="text/plain", headers={"X-Kind": "sync"})

@app.get("/inline")
async def inline(plain):
    return StreamingResponse(aparts(), 201, media_type="text/csv")

@app.get("/loop")
async def loop(s: Session):
    await asyncio.sleep(0)
    return StreamingResponse(aparts())

@app.get("/mixed")
async def mixed(s: Session):
    await asyncio.sleep(0)
    return StreamingResponse(parts())

@app.get("/defasync")
def defasync():
    return StreamingResponse(aparts())

@app.get("/trailers")
async def trailers():
    async def body():
        yield "a"
        response.trailers["X-Sum"] = "42"
    response = StreamingResponse(body())
    return response

@app.get("/broken/{how}")
async def broken(how: str, s: Session):
    async def body():
        yield "begun"
        await asyncio.sleep(0)
        raise KeyError("broken")
    def sync_body():
        yield "begun"
        raise KeyError("broken")
    return StreamingResponse(body() if how == "async" else sync_body())

@app.get("/type")
def wrong_type():
    return StreamingResponse(iter([1]))

@app.get("/endless/{how}")
async def endless(how: str, s: Session):
    async def body():
        try:
            while True:
                yield "x" * 1000
                await asyncio.sleep(0.01)
        finally:
            say("body ended")
    def sync_body():
        try:
            while True:
                yield "x" * 1000
                time.sleep(0.01)
        finally:
            say("body ended")
    return StreamingResponse(body() if how == "async" else sync_body())

@app.get("/huge")
def huge():
    def body():
        for n in range(64):
            say(f"made {n}")
            yield b"x" * (1 << 20)
    return StreamingResponse(body())

@app.sse("/events")
async def events(s: Session, last_event_id: str | None = Header(default=None)):
    yield {"n": 1}
    yield SseEvent("two\nlines", event_type="pair", id=last_event_id, retry=3000)
    yield "ü"

@app.sse("/forever")
async def forever(s: Session):
    try:
        yield "begun"
        say("waiting")
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        say("cancelled")
        raise

@app.sse("/counted")
def counted():
    yield "one"
    yield "two"

@app.post("/upload", stream_body=True)
async def upload(request: Request, s: Session):
    size = 0
    async for part in request.stream():
        size += len(part)
    return {"size": size, "gone": request.is_disconnected()}

@app.post("/upload-sync", stream_body=True)
def upload_sync(request: Request):
    return {"size": sum(len(p) for p in request.stream())}

@app.post("/echo", stream_body=True)
async def echo(request: Request):
    return StreamingResponse(request.stream())

@app.get("/file/{name:path}")
def file(name: str):
    return FileResponse("/" + name, filename="ü.txt")

@app.get("/gone")
async def gone(request: Request):
    say("waiting")
    try:
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
    finally:
        say(f"gone {request.is_disconnected()}")
`

func (p *program) body(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	resp, err := p.client.Get(p.scheme + p.server.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v after %q", path, err, body)
	}
	return resp, string(body)
}

func TestStreaming(t *testing.T) {
	const whole = "part 0\npart 1\npart 2\n"
	for path, want := range map[string]struct {
		status      int
		contentType string
		trail       []string
	}{
		"/sync":     {200, "text/plain; charset=utf-8", []string{"open", "after 0", "after 1", "after 2", "closed"}},
		"/inline":   {201, "text/csv; charset=utf-8", []string{"open", "after 0", "after 1", "after 2", "iterator ended", "closed"}},
		"/loop":     {200, "", []string{"open", "after 0", "after 1", "after 2", "iterator ended", "closed"}},
		"/mixed":    {200, "", []string{"open", "after 0", "after 1", "after 2", "closed"}},
		"/defasync": {200, "", []string{"after 0", "after 1", "after 2", "iterator ended"}},
	} {
		t.Run(path, func(t *testing.T) {
			p := newProgram(t, spikard.Config{}, streamingApp).run(t)
			resp, body := p.body(t, path)
			if resp.StatusCode != want.status || body != whole || resp.Header.Get("Content-Type") != want.contentType {
				t.Errorf("%s %v %q", resp.Status, resp.Header, body)
			}
			p.stop(t)
			p.trail.check(t, want.trail...)
		})
	}
}

func TestStreamingMore(t *testing.T) {
	p := newProgram(t, spikard.Config{EventKeepAlive: 20 * time.Millisecond}, streamingApp).run(t)
	if resp, body := p.body(t, "/trailers"); body != "a" || resp.Trailer.Get("X-Sum") != "42" {
		t.Errorf("trailers: %q, %v", body, resp.Trailer)
	}
	if resp, body := p.body(t, "/counted"); body != "data: one\n\ndata: two\n\n" || resp.Header.Get("Content-Type") != "text/event-stream" ||
		resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%q %v", body, resp.Header)
	}
	req, _ := http.NewRequest(http.MethodGet, p.scheme+p.server.Addr()+"/events", nil)
	req.Header.Set("Last-Event-ID", "41")
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if want := "data: {\"n\":1}\n\nevent: pair\nid: 41\nretry: 3000\ndata: two\ndata: lines\n\ndata: ü\n\n"; string(body) != want || err != nil {
		t.Errorf("got %q %v", body, err)
	}
	head, err := p.client.Head(p.scheme + p.server.Addr() + "/forever")
	if err != nil || head.StatusCode != 200 || head.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %v %v", head, err)
	}
	for path, size := range map[string]int{"/upload": 3 << 20, "/upload-sync": 3 << 20} {
		resp, err := p.client.Post(p.scheme+p.server.Addr()+path, "application/octet-stream", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(text), fmt.Sprintf(`"size":%d`, size)) {
			t.Errorf("%s: %s %s", path, resp.Status, text)
		}
	}
	in, out := io.Pipe()
	go func() {
		for n := range 20 {
			fmt.Fprintf(out, "line %d\n", n)
		}
		out.Close()
	}()
	echoed, err := p.client.Post(p.scheme+p.server.Addr()+"/echo", "text/plain", in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(echoed.Body)
	echoed.Body.Close()
	if err != nil || strings.Count(string(text), "\n") != 20 {
		t.Errorf("%q %v", text, err)
	}
	big, err := p.client.Post(p.scheme+p.server.Addr()+"/upload", "text/plain", io.LimitReader(zeros{}, 11<<20))
	if err != nil {
		t.Fatal(err)
	}
	big.Body.Close()
	if big.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body above the limit: %s", big.Status)
	}
	if resp, body := p.body(t, "/type"); resp.StatusCode != 500 {
		t.Errorf("a part that is none: %s %q", resp.Status, body)
	}
	for _, how := range []string{"async", "sync"} {
		resp, err := p.client.Get(p.scheme + p.server.Addr() + "/broken/" + how)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(text) != "begun" || err == nil {
			t.Errorf("broken: %q %v", text, err)
		}
	}
	if !strings.Contains(p.log.String(), "KeyError") {
		t.Error(p.log.String())
	}
}

// await waits until the trail has so many lines.
func (p *program) await(t *testing.T, lines int) {
	t.Helper()
	for len(p.trail.lines(t)) < lines {
		if t.Context().Err() != nil {
			t.Fatalf("the trail has %q", p.trail.lines(t))
		}
		time.Sleep(time.Millisecond)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestStreamingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, spikard.Config{}, streamingApp).run(t)
	resp, body := p.body(t, "/file"+path)
	if body != "0123456789" || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("Etag") == "" ||
		resp.Header.Get("Content-Disposition") != "attachment; filename*=utf-8''%C3%BC.txt" {
		t.Errorf("%s %v %q", resp.Status, resp.Header, body)
	}
	req, _ := http.NewRequest(http.MethodGet, p.scheme+p.server.Addr()+"/file"+path, nil)
	req.Header.Set("Range", "bytes=2-4")
	part, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Body.Close()
	if text, _ := io.ReadAll(part.Body); part.StatusCode != 206 || string(text) != "234" {
		t.Errorf("%s %q", part.Status, text)
	}
	if resp, body := p.body(t, "/file/nowhere/x"); resp.StatusCode != 404 {
		t.Errorf("%s %q", resp.Status, body)
	}
}

// TestStreamingAbandoned has clients leave in the midst of answers.
func TestStreamingAbandoned(t *testing.T) {
	for path, trail := range map[string][]string{
		"/endless/async": {"open", "body ended", "failed CancelledError", "closed"},
		"/endless/sync":  {"open", "body ended", "failed GoError", "closed"},
		"/forever":       {"open", "waiting", "cancelled", "failed CancelledError", "closed"},
		"/gone":          {"waiting", "gone True"},
	} {
		t.Run(path, func(t *testing.T) {
			p := newProgram(t, spikard.Config{}, streamingApp).run(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+p.server.Addr()+path, nil)
			if path == "/gone" {
				time.AfterFunc(100*time.Millisecond, cancel)
				_, err := p.client.Do(req)
				if err == nil {
					t.Error("answered")
				}
			} else {
				resp, err := p.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := bufio.NewReader(resp.Body).ReadByte(); err != nil {
					t.Fatal(err)
				}
				if path == "/forever" {
					p.await(t, 2)
				}
				cancel()
				resp.Body.Close()
			}
			p.stop(t)
			p.trail.check(t, trail...)
		})
	}
}

// TestStreamingStops has events end with the server, as if they had come to their
// end.
func TestStreamingStops(t *testing.T) {
	p := newProgram(t, spikard.Config{}, streamingApp).run(t)
	resp, err := p.client.Get(p.scheme + p.server.Addr() + "/forever")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := bufio.NewReader(resp.Body).ReadByte(); err != nil {
		t.Fatal(err)
	}
	p.await(t, 2)
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(resp.Body)
		ended <- err
	}()
	p.stop(t)
	if err := <-ended; err != nil {
		t.Errorf("the answer ended with %v", err)
	}
	p.trail.check(t, "open", "waiting", "cancelled", "failed CancelledError", "closed")
}

// TestStreamingWaits has a client that doesn't read: the iterator is not asked for more
// than the connection takes.
func TestStreamingWaits(t *testing.T) {
	p := newProgram(t, spikard.Config{ShutdownTimeout: 100 * time.Millisecond}, streamingApp).run(t)
	resp, err := p.client.Get(p.scheme + p.server.Addr() + "/huge")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	made := -1
	for now := len(p.trail.lines(t)); now != made; now = len(p.trail.lines(t)) {
		made = now
		time.Sleep(300 * time.Millisecond)
	}
	if made == 0 || made >= 64 {
		t.Errorf("%d parts of 64 were made, and nothing was read", made)
	}
	if n, err := io.Copy(io.Discard, resp.Body); n != 64<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestStreamingOutlastsTimeout has answers that go on when the time for a request is up.
func TestStreamingOutlastsTimeout(t *testing.T) {
	p := newProgram(t, spikard.Config{RequestTimeout: 50 * time.Millisecond, ShutdownTimeout: 100 * time.Millisecond}, streamingApp).run(t)
	for _, path := range []string{"/endless/async", "/endless/sync", "/forever"} {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+p.server.Addr()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, resp.Body)
			ended <- err
		}()
		select {
		case err := <-ended:
			t.Errorf("%s ended: %v", path, err)
		case <-time.After(200 * time.Millisecond):
			cancel()
			<-ended
		}
		cancel()
		resp.Body.Close()
	}
}

// TestStreamingOldClients has clients for which an answer can't be sent in chunks.
func TestStreamingOldClients(t *testing.T) {
	p := newProgram(t, spikard.Config{}, streamingApp).run(t)
	for _, path := range []string{"/counted", "/loop", "/sync"} {
		conn, err := net.Dial("tcp", p.server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path)
		text, err := io.ReadAll(conn)
		conn.Close()
		if err != nil || strings.Contains(string(text), "chunked") || !strings.Contains(string(text), "\r\n\r\n") ||
			!strings.HasSuffix(string(text), "two\n\n") && !strings.HasSuffix(string(text), "part 2\n") {
			t.Errorf("%s: %q %v", path, text, err)
		}
	}
}

// TestStreamingOverTLS has streams over TLS, with HTTP/1.1 and HTTP/2: they end in order,
// with the client or with the server.
func TestStreamingOverTLS(t *testing.T) {
	certFile, keyFile, pool := certificate(t)
	for _, protocol := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", protocol), func(t *testing.T) {
			p := newProgram(t, spikard.Config{TLSCertFile: certFile, TLSKeyFile: keyFile}, streamingApp).run(t)
			transport := p.client.Transport.(*http.Transport)
			transport.TLSClientConfig, transport.ForceAttemptHTTP2 = &tls.Config{RootCAs: pool}, protocol == 2
			p.scheme = "https://"
			for path, want := range map[string]string{
				"/counted": "data: one\n\ndata: two\n\n", "/defasync": "part 0\npart 1\npart 2\n", "/sync": "part 0\npart 1\npart 2\n",
			} {
				if resp, text := p.body(t, path); text != want || resp.ProtoMajor != protocol {
					t.Errorf("%s: %s %q", path, resp.Proto, text)
				}
			}
			before := len(p.trail.lines(t))
			for _, leaves := range []bool{true, false} {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+p.server.Addr()+"/forever", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := p.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				p.await(t, before+2)
				if leaves {
					cancel()
					p.await(t, before+5)
					before += 5
					continue
				}
				ended := make(chan error, 1)
				go func() {
					_, err := io.ReadAll(resp.Body)
					ended <- err
				}()
				p.stop(t)
				if err := <-ended; err != nil {
					t.Errorf("the answer ended with %v", err)
				}
			}
		})
	}
}
