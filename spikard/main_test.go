package spikard_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	goleak.VerifyTestMain(m)
}

// logs collects what a server logs.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// site is a running server.
type site struct {
	app    *fx.App
	server *spikard.Server
	logs   *logs
	client *http.Client
	base   string
}

// newApp builds an fx app over a fake engine.
func newApp(engine *pybridgetest.Engine, config spikard.Config, opts ...fx.Option) (*fx.App, *spikard.Server, *logs) {
	var server *spikard.Server
	l := &logs{}
	if config.Addr == "" && config.UnixSocket == "" {
		config.Addr = "127.0.0.1:0"
	}
	config.Logger = l.logger()
	all := []fx.Option{
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		spikard.Module, spikard.WithConfig(config), fx.Populate(&server),
	}
	if engine != nil {
		all = append(all, fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))))
	}
	return fx.New(append(all, opts...)...), server, l
}

// serve starts a server and stops it when the test ends.
func serve(t *testing.T, engine *pybridgetest.Engine, config spikard.Config, opts ...fx.Option) *site {
	t.Helper()
	app, server, l := newApp(engine, config, opts...)
	if err := app.Err(); err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	s := &site{app: app, server: server, logs: l, base: "http://" + server.Addr(), client: &http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Error(err)
		}
		if engine != nil {
			if engines, apps := engine.Running(); engines != 0 || apps != 0 {
				t.Errorf("%d engines and %d apps are left over", engines, apps)
			}
		}
	})
	return s
}

// reply is an answer read whole.
type reply struct {
	*http.Response
	text string
}

func (s *site) do(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.base+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, string(text)}
}

func (s *site) get(t *testing.T, path string, header ...string) reply {
	t.Helper()
	return s.do(t, http.MethodGet, path, "", header...)
}

// raw sends a request as it is and reads the answer. With cut it ends the sending
// first; to net/http a client that does so without a body to end has left.
func (s *site) raw(t *testing.T, request string, cut bool) reply {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if cut {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, string(text)}
}

// problem checks that an answer is a problem document of a status and a type.
func (r reply) problem(t *testing.T, status int, slug string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(r.text), &doc); err != nil {
		t.Fatalf("%d %q is no JSON object: %v", r.StatusCode, r.text, err)
	}
	if r.StatusCode != status || doc["type"] != "https://spikard.dev/errors/"+slug || doc["status"] != float64(status) {
		t.Fatalf("%d %s, want a problem %d %s", r.StatusCode, r.text, status, slug)
	}
	return doc
}

// answers is a handler that gives a fixed value.
func answers(name string, value any) pybridgetest.Func {
	return pybridgetest.Func{Name: name, Run: func(context.Context, []any) (any, error) { return value, nil }}
}

// raises is a handler that raises.
func raises(name string, err error) pybridgetest.Func {
	return pybridgetest.Func{Name: name, Run: func(context.Context, []any) (any, error) { return nil, err }}
}

func inject(name, key string) pybridge.Param {
	return pybridge.Param{Name: name, In: pybridge.InInject, Required: true, Key: key}
}

// hello is an engine with one app that has one route.
func hello() *pybridgetest.Engine {
	engine := pybridgetest.New()
	engine.App("app:app").Get("/", answers("app.hello", map[string]any{"message": "Hello"}))
	return engine
}
