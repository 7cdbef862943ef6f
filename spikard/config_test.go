package spikard_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// environ gives a server its own environment.
func environ(variables ...string) fx.Option {
	return fx.Invoke(func(s *spikard.Server) { s.SetEnviron(variables...) })
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config spikard.Config
		want   []string // the faults' fields and a part of each reason; none: it is good
	}{
		{"zero", spikard.Config{}, nil},
		{"an address", spikard.Config{Addr: "[::1]:http"}, nil},
		{"no bound", spikard.Config{RequestTimeout: -time.Second}, nil},
		{"off", spikard.Config{Compression: &spikard.Compression{Off: true}, Health: &spikard.Health{Off: true}}, nil},
		{"port", spikard.Config{Addr: ":65536"}, []string{"Addr: must be from 0 to 65535"}},
		{"address and socket", spikard.Config{Addr: ":1", UnixSocket: "/s"}, []string{`Addr: ":1" and UnixSocket "/s" exclude each other`}},
		{"key without certificate", spikard.Config{TLSKeyFile: "k"}, []string{"TLSCertFile: TLSCertFile and TLSKeyFile go together"}},
		{"times", spikard.Config{ReadTimeout: -1, IdleTimeout: -time.Second}, []string{"ReadTimeout: must be above 0", "IdleTimeout: must be above 0, not -1s"}},
		{"nothing of a limit", spikard.Config{RateLimit: &spikard.RateLimit{}}, []string{"RateLimit.PerSecond: must be set", "RateLimit.Burst: must be set"}},
		{"numbers", spikard.Config{RateLimit: &spikard.RateLimit{PerSecond: math.NaN(), Burst: -1}}, []string{"RateLimit.PerSecond: must be above 0, not NaN", "RateLimit.Burst: must be at least 1, not -1"}},
		{"infinite", spikard.Config{RateLimit: &spikard.RateLimit{PerSecond: math.Inf(1), Burst: 1}}, []string{"RateLimit.PerSecond: +Inf"}},
		{"pointers", spikard.Config{Compression: &spikard.Compression{Quality: new(12), MinSize: new(-1)}}, []string{"Compression.MinSize: must be at least 0", "Compression.Quality: must be at most 11, not 12"}},
		{"secrets", spikard.Config{Session: &spikard.Session{Secrets: []spikard.Secret{"hush"}}, CSRF: &spikard.CSRF{}}, []string{"Session.Secrets: must have at least 32 bytes", "CSRF.Secret: must be set"}},
		{"algorithms", spikard.Config{JWTAuth: &spikard.JWTAuth{Secret: "hush", Algorithm: "none"}}, []string{"JWTAuth.Algorithm: must be one of HS256"}},
		{"regexp", spikard.Config{CORS: &spikard.CORS{AllowOriginRegex: "(?=x)"}}, []string{"CORS.AllowOriginRegex: error parsing regexp"}},
		{
			"folders",
			spikard.Config{StaticFiles: []spikard.StaticFiles{{Directory: "a", RoutePrefix: "/x"}, {RoutePrefix: "/x/"}, {Directory: "c", RoutePrefix: "y"}}},
			[]string{"StaticFiles[1].Directory: must be set", `StaticFiles[2].RoutePrefix: must start with "/"`, `StaticFiles[1].RoutePrefix: "/x/" is the path of StaticFiles[0].RoutePrefix`},
		},
		{"paths", spikard.Config{Metrics: &spikard.Metrics{Path: "/healthz"}}, []string{`Metrics.Path: "/healthz" is the path of Health.LivenessPath`}},
		// Whether that is refused depends on where the server will listen.
		{"debug", spikard.Config{Debug: true, Addr: ":80"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text string
			if err := tt.config.Validate(); err != nil {
				text = err.Error()
			}
			for _, want := range tt.want {
				if !strings.Contains(text, "config: "+want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if text != "" && strings.Count(text, "\n")+1 != len(tt.want) || strings.Contains(text, "hush") {
				t.Error(text)
			}
		})
	}
}

// uploads is an engine with an app that takes bodies.
func uploads() (*pybridgetest.Engine, *pybridgetest.App) {
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Post("/", answers("app.post", nil))
	return engine, app
}

func TestEnvironmentBetweenGoAndPython(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config spikard.Config
		tooBig bool
	}{
		{"over Python's", spikard.Config{}, true},
		{"below Go's", spikard.Config{MaxBodySize: 1000}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine, app := uploads()
			app.Config("max_body_size", 2000)
			app.Config("enable_request_id", true)
			s := serve(t, engine, tt.config, spikard.PythonApp("app:app"),
				environ("SPIKARD_MAX_BODY_SIZE=10", "SPIKARD_ENABLE_REQUEST_ID=no", "SPIKARD_CSRF_SECRET=hush-hush-hush-hush-hush-hush-hush-hush", "SPIKARD_CSRF=off"))
			got := s.do(t, "POST", "/", "more than ten bytes")
			if tt.tooBig != (got.StatusCode == 413) {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			if got.Header.Get("X-Request-ID") != "" {
				t.Error("SPIKARD_ENABLE_REQUEST_ID=no has no effect")
			}
			log := s.logs.String()
			if warned := strings.Contains(log, `"variables":["SPIKARD_MAX_BODY_SIZE"]`); warned != (tt.config.MaxBodySize > 0) {
				t.Errorf("warned of a variable without effect: %t:\n%s", warned, log)
			}
			if !strings.Contains(log, `"msg":"configuration"`) || strings.Contains(log, "hush") {
				t.Errorf("the configuration is not logged, or with its secrets:\n%s", log)
			}
		})
	}
}

func TestFaultsOfAllSourcesAtOnce(t *testing.T) {
	t.Parallel()
	engine, app := uploads()
	app.Config("idle_timeout", -1)
	app.Config("brotli", true)
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		environ("SPIKARD_PROT=80", "SPIKARD_MAX_BODY_SIZE=0", "SPIKARD_JWT_AUTH_ISSUER=me"))
	for _, want := range []string{
		"5 faults",
		"SPIKARD_PROT: there is no such setting: did you mean SPIKARD_PORT?",
		"SPIKARD_MAX_BODY_SIZE: must be at least 1, not 0",
		"SPIKARD_JWT_AUTH_SECRET: must be set, or jwks_url",
		"app:app ServerConfig.idle_timeout: -1 seconds are not from 0",
		"app:app ServerConfig.brotli: this version has no such setting",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestDebugIsForTheLoopback(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		config  spikard.Config
		environ []string
		refused string // the setting that is named
	}{
		{name: "default address", config: spikard.Config{Debug: true}},
		{name: "IPv6", config: spikard.Config{Debug: true, Addr: "[::1]:0"}},
		{name: "localhost", config: spikard.Config{Debug: true, Addr: "localhost:0"}},
		{name: "all addresses", config: spikard.Config{Debug: true, Addr: ":0"}, refused: "Debug"},
		{name: "a name", config: spikard.Config{Debug: true, Addr: "some.host:0"}, refused: "Debug"},
		{name: "forced", config: spikard.Config{Debug: true, DebugPublic: true, Addr: "0.0.0.0:0"}},
		{name: "forced from outside", config: spikard.Config{Debug: true, Addr: "0.0.0.0:0"}, environ: []string{"SPIKARD_DEBUG_PUBLIC=1"}},
		{name: "from outside", config: spikard.Config{Addr: "0.0.0.0:0"}, environ: []string{"SPIKARD_DEBUG=1"}, refused: "SPIKARD_DEBUG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine, _ := uploads()
			if tt.refused != "" {
				text := startError(t, engine, tt.config, spikard.PythonApp("app:app"), environ(tt.environ...))
				if !strings.Contains(text, "config: "+tt.refused+": "+tt.config.Addr+" is an address that others can connect to") {
					t.Error(text)
				}
				return
			}
			app, _, _ := newApp(engine, tt.config, spikard.PythonApp("app:app"), environ(tt.environ...))
			if err := app.Start(t.Context()); err != nil {
				if strings.Contains(err.Error(), "cannot assign requested address") {
					t.Skip("no IPv6 here:", err)
				}
				t.Fatal(err)
			}
			if err := app.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
