//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

const slowApp = `
from collections.abc import Iterator
app = Spikard()
release = threading.Event()

class Session: ...

def open_session() -> Iterator[Session]:
    try:
        yield Session()
    finally:
        say("session closes")

app.provide(Session, Provide(open_session))

@app.get("/sleeps")
async def sleeps(session: Session):
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        say("sleeps is cancelled")
        raise
    say("sleeps is over")

@app.get("/stubborn")
async def stubborn():
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return "late"

@app.get("/blocks")
def blocks(session: Session):
    release.wait()
    say("blocks is over")
    return "late" * 1000

@app.get("/dozes")
def dozes(session: Session):
    time.sleep(1)
    say("dozes is over")
    return "late"

@app.get("/release")
def let_go():
    release.set()

@app.get("/quick")
def quick(n: int):
    return n

@app.get("/quick-async")
async def quick_async(n: int):
    await asyncio.sleep(0)
    return n
`

// certificate writes the one that package httptest has for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	err = errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return certFile, keyFile, pool
}

// TestLifecycleTimeout answers at the deadline: a coroutine is cancelled, what a
// plain function gives is dropped when it gives it, and what both were given is
// cleaned up behind them. Meanwhile and afterwards others are served.
func TestLifecycleTimeout(t *testing.T) {
	t.Parallel()
	certFile, keyFile, pool := certificate(t)
	for _, protocol := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", protocol), func(t *testing.T) {
			t.Parallel()
			config := spikard.Config{RequestTimeout: 500 * time.Millisecond}
			if protocol == 2 {
				config.TLSCertFile, config.TLSKeyFile = certFile, keyFile
			}
			p := newProgram(t, config, slowApp).run(t)
			if protocol == 2 {
				transport := p.client.Transport.(*http.Transport)
				transport.TLSClientConfig, transport.ForceAttemptHTTP2 = &tls.Config{RootCAs: pool}, true
				p.scheme = "https://"
			}
			quick := func() {
				t.Helper()
				for n := range 20 {
					for _, path := range []string{"/quick", "/quick-async"} {
						if got := p.get(t, fmt.Sprintf("%s?n=%d", path, n)); got.text != fmt.Sprint(n) || got.ProtoMajor != protocol {
							t.Errorf("%s: %s %d %s, want %d", path, got.Proto, got.StatusCode, got.text, n)
						}
					}
				}
			}
			for _, path := range []string{"/blocks", "/sleeps", "/stubborn", "/dozes"} {
				p.late(t, path)
				quick()
			}
			p.eventually(t, "sleeps is cancelled", "session closes", "dozes is over", "session closes")
			p.get(t, "/release")
			p.eventually(t, "sleeps is cancelled", "session closes", "dozes is over", "session closes", "blocks is over", "session closes")
			quick()
			if strings.Contains(p.log.String(), `"level":"ERROR"`) {
				t.Errorf("%s", p.log)
			}
		})
	}
}

// late asks for what is answered at the deadline.
func (p *program) late(t *testing.T, path string) {
	t.Helper()
	got := p.get(t, path)
	var doc struct{ Type string }
	if err := json.Unmarshal([]byte(got.text), &doc); err != nil || got.StatusCode != 408 || !strings.HasSuffix(doc.Type, "/request-timeout") {
		t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
	}
	if got.ContentLength != int64(len(got.text)) {
		t.Errorf("%s: a length of %d is told, of %d", path, got.ContentLength, len(got.text))
	}
}

// eventually waits for a trail.
func (p *program) eventually(t *testing.T, want ...string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(time.Millisecond) {
		if slices.Equal(p.trail.lines(t), want) {
			return
		}
	}
	p.trail.check(t, want...)
}
