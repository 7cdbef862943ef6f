package spikard_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// startError starts an app that must fail, and checks that nothing is left.
func startError(t *testing.T, engine *pybridgetest.Engine, config spikard.Config, opts ...fx.Option) string {
	t.Helper()
	app, server, _ := newApp(engine, config, opts...)
	if err := app.Err(); err != nil {
		t.Fatal(err)
	}
	err := app.Start(t.Context())
	if err == nil {
		_ = app.Stop(context.Background())
		t.Fatal("the start was not refused")
	}
	if engines, apps := engine.Running(); engines != 0 || apps != 0 {
		t.Errorf("%d engines and %d apps are left over", engines, apps)
	}
	if server.Addr() != "" {
		t.Error("the server has an address")
	}
	return err.Error()
}

func TestEveryFaultIsReported(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Fault("parameter x can't be told", 3)
	app.Config("brotli", true)
	app.Get("/a", pybridgetest.Func{Name: "app.needs", Params: []pybridge.Param{inject("store", "__type__store.Store")}})
	app.Get("/b/{x}", answers("app.one", nil))
	app.Get("/b/{y}", answers("app.two", nil))
	app.Get("/{unclosed", answers("app.three", nil))
	app.Hook("on_close", answers("app.hook", nil))
	app.Provide("__type__app.A", "singleton", pybridgetest.Func{Name: "app.a", Params: []pybridge.Param{inject("b", "__type__app.B")}})
	app.Provide("__type__app.B", "singleton", pybridgetest.Func{Name: "app.b", Params: []pybridge.Param{inject("a", "__type__app.A")}})
	app.Provide("__type__app.C", "forever", pybridgetest.Func{Name: "app.c"})
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.Get("/b/{z}", func() string { return "" }))
	for _, want := range []string{
		"ServerConfig.brotli",
		"app.py:3: parameter x can't be told",
		"store.Store", "app.needs",
		"start_test.go:", // the Go route's conflict
		"app.py:30",      // the first of the Python ones
		"{unclosed", "on_close", "app.a", "app.b", `"forever"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "no provider for store.Store"); n != 1 {
		t.Errorf("the missing dependency is reported %d times:\n%s", n, text)
	}
}

func TestFailedStartCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	engine := hello()
	fail := true
	engine.App("app:app").Hook(pybridge.StageStartup, pybridgetest.Func{Name: "app.up", Run: func(context.Context, []any) (any, error) {
		if fail {
			return nil, &pybridge.Exception{Type: "builtins.OSError", Message: "no database", File: "app.py", Line: 7}
		}
		return nil, nil
	}})
	app, server, _ := newApp(engine, spikard.Config{}, spikard.PythonApp("app:app"))
	err := app.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no database (app.py:7)") {
		t.Fatalf("start: %v", err)
	}
	if engines, apps := engine.Running(); engines != 0 || apps != 0 {
		t.Errorf("%d engines and %d apps are left over", engines, apps)
	}
	fail = false
	for range 2 {
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if server.Addr() == "" {
			t.Error("no address")
		}
		if err := app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStartFailures(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		config spikard.Config
		opts   []fx.Option
		want   []string
	}{
		{"port in use", spikard.Config{Addr: taken.Addr().String()}, nil, []string{taken.Addr().String(), "end the program"}},
		{"no such host", spikard.Config{Addr: "192.0.2.1:80"}, nil, []string{"192.0.2.1:80", "this machine"}},
		{"a file at the socket's path", spikard.Config{UnixSocket: file}, nil, []string{file, "is no socket"}},
		{"missing certificate", spikard.Config{TLSCertFile: "none.pem", TLSKeyFile: "none.key"}, nil, []string{"none.pem"}},
		{
			"bad config",
			spikard.Config{Addr: "nonsense", MaxBodySize: -1, TrustedProxies: []string{"x"}, TLSKeyFile: "k", IdleTimeout: -1},
			nil,
			[]string{"5 faults", "Addr", "MaxBodySize", "TrustedProxies[0]", "TLSCertFile", "IdleTimeout"},
		},
		{"no such app", spikard.Config{}, []fx.Option{spikard.PythonApp("other:app")}, []string{"other:app", "app.py:1"}},
		{"bad prefix", spikard.Config{}, []fx.Option{spikard.PythonApp("app:app", spikard.Prefix("/x/"))}, []string{"start_test.go:", `"/x/"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := startError(t, hello(), tt.config, append(tt.opts, spikard.PythonApp("app:app", spikard.Prefix("/p")))...)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %s", want, text)
				}
			}
		})
	}
}

func TestServeWithFaults(t *testing.T) {
	t.Parallel()
	engine := hello()
	engine.App("other:app")
	app := engine.App("app:app")
	app.Get("/", answers("app.hello", "hello"))
	app.Get("/faulty", pybridgetest.Func{Name: "app.needs", Params: []pybridge.Param{inject("store", "__type__store.Store")}})
	s := serve(t, engine, spikard.Config{ServeWithFaults: true}, spikard.PythonApp("app:app"))
	if got := s.get(t, "/"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	s.get(t, "/faulty").problem(t, 500, "dependency-error")
	if !strings.Contains(s.logs.String(), "store.Store") {
		t.Errorf("the fault is not logged:\n%s", s.logs)
	}
}

func TestPythonConfigApplies(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Config("max_body_size", 10)
	app.Config("port", 1)
	app.Config("enable_request_id", false)
	app.Post("/", answers("app.post", nil))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	got := s.do(t, "POST", "/", "more than ten bytes")
	got.problem(t, 413, "payload-too-large")
	if got.Header.Get("X-Request-ID") != "" {
		t.Error("enable_request_id=False has no effect")
	}

	engine = hello()
	app = engine.App("app:app")
	for field, value := range map[string]any{"workers": 4, "port": "80", "host": 7, "cors": nil, "rate_limit": map[string]any{}} {
		app.Config(field, value)
	}
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	for _, want := range []string{"5 faults", "ServerConfig.workers", "ServerConfig.port", "ServerConfig.host", "ServerConfig.rate_limit"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}

func TestPythonConfigFields(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine := hello()
	app := engine.App("app:app")
	for field, value := range map[string]any{
		"unix_socket": filepath.Join(dir, "s"), "shutdown_timeout": 1.5, "header_timeout": 1, "read_timeout": 1,
		"write_timeout": 1, "idle_timeout": 1, "trusted_proxies": []string{"10.0.0.0/8"}, "graceful_shutdown": true, "workers": 1,
	} {
		app.Config(field, value)
	}
	other := engine.App("other:app")
	other.Config("shutdown_timeout", 2)
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), spikard.PythonApp("other:app", spikard.Prefix("/o")))
	if !strings.Contains(text, "ServerConfig.shutdown_timeout") || !strings.Contains(text, "set it differently") {
		t.Error(text)
	}
	app.Config("trusted_proxies", []string{"everyone"})
	if text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app")); !strings.Contains(text, "app:app ServerConfig.trusted_proxies[0]") {
		t.Error(text)
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()

	app, server, _ := newApp(hello(), spikard.Config{UnixSocket: path}, spikard.PythonApp("app:app"))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 || server.Addr() != path {
		t.Errorf("%v %v %q", info.Mode(), err, server.Addr())
	}
	text := startError(t, hello(), spikard.Config{UnixSocket: path}, spikard.PythonApp("app:app"))
	if !strings.Contains(text, "another program listens there") {
		t.Error(text)
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	s := &site{base: "http://socket", client: client}
	if got := s.get(t, "/"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, pool := certificate(t)
	engine := pybridgetest.New()
	engine.App("app:app").Get("/", pybridgetest.Func{
		Name: "app.scheme", Params: []pybridge.Param{{Name: "request", In: pybridge.InRequest, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) { return args[0].(*pybridgetest.Request).Scheme, nil },
	})
	s := serve(t, engine, spikard.Config{TLSCertFile: cert, TLSKeyFile: key}, spikard.PythonApp("app:app"))
	s.base = "https://" + s.server.Addr()
	transport := s.client.Transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	transport.ForceAttemptHTTP2 = true
	if got := s.get(t, "/"); got.text != `"https"` || got.ProtoMajor != 2 {
		t.Errorf("%s %s", got.Proto, got.text)
	}
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

type orders struct{ count int }

func listOrders(_ context.Context, o *orders) (int, error) { return o.count, nil }

func TestValidateApp(t *testing.T) {
	t.Parallel()
	quiet := fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger })
	engine := fx.Supply(fx.Annotate(hello(), fx.As(new(pybridge.Engine))))
	good := []fx.Option{
		quiet, spikard.Module, engine, spikard.PythonApp("app:app"),
		fx.Supply(&orders{}), spikard.Get("/orders", listOrders), di.Bind[*orders]("shop.Orders"),
	}
	if err := fx.ValidateApp(good...); err != nil {
		t.Error(err)
	}
	err := fx.ValidateApp(quiet, spikard.Module, spikard.PythonApp("app:app"))
	if err == nil || !strings.Contains(err.Error(), "pybridge.Engine") {
		t.Errorf("no engine: %v", err)
	}
	err = fx.ValidateApp(quiet, spikard.Module, spikard.Get("/x", 7))
	if err == nil || !strings.Contains(err.Error(), "start_test.go:") {
		t.Errorf("a handler that is no function: %v", err)
	}
}
