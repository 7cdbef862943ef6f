//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// upstream is what the apps' HTTP clients talk to. It counts the requests whose
// answer is still to come.
type upstream struct {
	*httptest.Server
	stuck atomic.Int64
	conns atomic.Int64 // the most at a time
}

func newUpstream(t *testing.T) *upstream {
	u := &upstream{}
	mux := http.NewServeMux()
	var now atomic.Int64
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for most := u.conns.Load(); n > most && !u.conns.CompareAndSwap(most, n); most = u.conns.Load() {
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, r.Body) // the client's own word tells a failure
	})
	mux.HandleFunc("GET /lines", func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			_, _ = io.WriteString(w, line)
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("GET /stuck", func(_ http.ResponseWriter, r *http.Request) {
		u.stuck.Add(1)
		defer u.stuck.Add(-1)
		<-r.Context().Done()
	})
	u.Server = httptest.NewServer(mux)
	t.Cleanup(u.Close)
	return u
}

// No client leaves while it waits for httpx's pool: whatever runs the loop,
// httpcore 1.0.9 loses a connection that it has just assigned to a request that
// is cancelled (https://github.com/encode/httpcore/issues/1093).
func TestHTTPX(t *testing.T) { testHTTPClient(t, "httpx_app", "httpx", poolSize) }

func TestAIOHTTP(t *testing.T) { testHTTPClient(t, "aiohttp_app", "aiohttp", leavers) }

// testHTTPClient tries a client that is one for the app.
func testHTTPClient(t *testing.T, app, module string, leaving int) {
	u := newUpstream(t)
	onEach(t, app, []string{module}, []string{"UPSTREAM=" + u.URL}, func(t *testing.T, s *server) {
		s.get("/echo/7", `{"n": 7, "who": 7}`)
		s.get("/lines", `["one", "two", "three"]`)
		s.get("/both", `[1, 2]`)
		s.get("/late", `"late"`)
		s.leave("/stuck", leaving, func() bool { return u.stuck.Load() == poolSize })
		s.eventually("upstream's requests are given up", func() bool { return u.stuck.Load() == 0 })
		s.crowd(same)
		if most := u.conns.Load(); most > poolSize {
			t.Errorf("%d requests at a time, want %d at most", most, poolSize)
		}
	})
}
