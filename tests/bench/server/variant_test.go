//go:build cgo

package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/tests/bench/variant"
)

// TestVariants checks that each variant is what its name says: a figure of
// middleware that isn't there would please everybody.
func TestVariants(t *testing.T) {
	servers, collector := variants(t)
	proofs := map[string]func(t *testing.T, base string, log *lines){
		variant.None: provesNone(servers),
		"access-log": provesLines,
		"metrics":    provesFigures,
		"jwt":        provesGuard,
		"api-key":    provesGuard,
	}
	for _, s := range servers {
		t.Run(s.Name, func(t *testing.T) {
			before := collector.Received()
			t.Cleanup(func() { // behind the server's, which sends what is left
				if n := collector.Received() - before; (n > 0) != (s.Name == "tracing-sampled") {
					t.Errorf("%d bytes of traces", n)
				}
			})
			log := &lines{}
			socket := httptest.NewServer(servedAs(t, s, log))
			defer socket.Close()
			for _, r := range s.Requests {
				answer := ask(t, socket.URL+r.Path, r.Header)
				if answer.status != http.StatusOK {
					t.Errorf("%s: %d %.200s", r.Name, answer.status, answer.body)
				}
				if err := r.Shows(answer.header); err != nil {
					t.Errorf("%s: %v", r.Name, err)
				}
			}
			if prove := proofs[s.Name]; prove != nil {
				prove(t, socket.URL, log)
			}
		})
	}
}

// provesNone looks for what the others have.
func provesNone(servers []variant.Server) func(t *testing.T, base string, log *lines) {
	return func(t *testing.T, base string, log *lines) {
		t.Helper()
		for _, s := range servers {
			for _, r := range s.Requests {
				answer := ask(t, base+"/plain", r.Header)
				if r.Sign != "" && answer.header.Get(r.Sign) != "" {
					t.Errorf("there is %s of %s without it", r.Sign, r.Name)
				}
			}
		}
		if answer := ask(t, base+"/healthz", nil); answer.status != http.StatusNotFound {
			t.Errorf("/healthz gives %d", answer.status)
		}
		if strings.Contains(log.String(), "path=/plain") {
			t.Errorf("requests are logged: %s", log)
		}
	}
}

func provesLines(t *testing.T, _ string, log *lines) {
	t.Helper()
	if !strings.Contains(log.String(), "path=/plain") {
		t.Errorf("no line of the request in %s", log)
	}
}

func provesFigures(t *testing.T, base string, _ *lines) {
	t.Helper()
	if answer := ask(t, base+"/metrics", nil); !strings.Contains(answer.body, `"/plain"`) {
		t.Errorf("no figure of the request in %s", answer.body)
	}
}

func provesGuard(t *testing.T, base string, _ *lines) {
	t.Helper()
	if answer := ask(t, base+"/plain", nil); answer.status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", answer.status)
	}
}

// answer is one that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, url string, header http.Header) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
