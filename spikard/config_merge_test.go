package spikard

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// pythonOf reads a ServerConfig, in the form of a manifest, that has no faults.
func pythonOf(t *testing.T, config string) layer {
	t.Helper()
	out, faults := pythonLayer([]*pythonApp{appOf(t, "app:app", config)})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return out
}

func appOf(t *testing.T, target, config string) *pythonApp {
	t.Helper()
	app := &pythonApp{option: appOption{target: target}, manifest: &pybridge.Manifest{}}
	if err := json.Unmarshal([]byte(config), &app.manifest.Config); err != nil {
		t.Fatal(err)
	}
	return app
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		config  Config
		environ []string
		python  string
		want    Config // of the merged one; defaults are not in it
		idle    []string
	}{
		{name: "nothing"},
		{
			name: "Go's come first", config: Config{MaxBodySize: 1, AccessLog: true},
			environ: []string{"SPIKARD_MAX_BODY_SIZE=2", "SPIKARD_ACCESS_LOG=false", "SPIKARD_MAX_FORM_FIELDS=2"},
			python:  `{"max_body_size": 3, "max_form_fields": 3, "max_form_files": 3}`,
			want:    Config{MaxBodySize: 1, AccessLog: true, MaxFormFields: 2, MaxFormFiles: 3},
			idle:    []string{"SPIKARD_MAX_BODY_SIZE", "SPIKARD_ACCESS_LOG"},
		},
		{
			name: "a false that is set is one", config: Config{RequestID: new(false)}, environ: []string{"SPIKARD_DEBUG=0"},
			python: `{"enable_request_id": true, "debug": true}`, want: Config{RequestID: new(false)},
		},
		{
			name: "None is unset where it means nothing", python: `{"read_timeout": null, "rate_limit": null, "max_header_size": null}`,
		},
		{
			name: "None means something", python: `{"request_timeout": null, "compression": null, "health": null}`,
			want: Config{RequestTimeout: noBound, Compression: &Compression{Off: true}, Health: &Health{Off: true}},
		},
		{
			name: "Go has no bound", config: Config{RequestTimeout: -1}, python: `{"request_timeout": 5}`, want: Config{RequestTimeout: -1},
		},
		{
			name: "host and port join", environ: []string{"SPIKARD_HOST=0.0.0.0"}, python: `{"host": "::1", "port": 80}`,
			want: Config{Addr: "0.0.0.0:80"},
		},
		{name: "a port alone", environ: []string{"SPIKARD_PORT=1"}, want: Config{Addr: "127.0.0.1:1"}},
		{
			name: "an address of Go's", config: Config{Addr: ":80"}, environ: []string{"SPIKARD_PORT=1", "SPIKARD_UNIX_SOCKET=/s"},
			python: `{"host": "h"}`, want: Config{Addr: ":80"}, idle: []string{"SPIKARD_PORT", "SPIKARD_UNIX_SOCKET"},
		},
		{
			name: "a socket of Go's", config: Config{UnixSocket: "/s"}, environ: []string{"SPIKARD_PORT=1"},
			want: Config{UnixSocket: "/s"}, idle: []string{"SPIKARD_PORT"},
		},
		{name: "a socket over an address", environ: []string{"SPIKARD_UNIX_SOCKET=/s"}, python: `{"port": 1}`, want: Config{UnixSocket: "/s"}},
		{name: "an address over a socket", environ: []string{"SPIKARD_PORT=1"}, python: `{"unix_socket": "/s"}`, want: Config{Addr: "127.0.0.1:1"}},
		{
			name: "half of a pair is not another's", environ: []string{"SPIKARD_TLS_CERT_FILE=c"},
			python: `{"tls_cert_file": "p", "tls_key_file": "p"}`, want: Config{TLSCertFile: "c"},
		},
		{
			name: "a pair of Go's", config: Config{TLSCertFile: "g", TLSKeyFile: "g"}, environ: []string{"SPIKARD_TLS_KEY_FILE=c"},
			want: Config{TLSCertFile: "g", TLSKeyFile: "g"}, idle: []string{"SPIKARD_TLS_KEY_FILE"},
		},
		{
			name: "a section of Go's is Go's alone", config: Config{Compression: &Compression{Quality: new(1)}},
			environ: []string{"SPIKARD_COMPRESSION=off", "SPIKARD_COMPRESSION_GZIP=off"}, python: `{"compression": {"brotli": false}}`,
			want: Config{Compression: &Compression{Quality: new(1)}},
			idle: []string{"SPIKARD_COMPRESSION", "SPIKARD_COMPRESSION_GZIP"},
		},
		{
			name: "the environment lies over Python's section", environ: []string{"SPIKARD_RATE_LIMIT_BURST=9"},
			python: `{"rate_limit": {"per_second": 1, "burst": 2, "ip_based": false}}`,
			want:   Config{RateLimit: &RateLimit{PerSecond: 1, Burst: 9, IPBased: new(false)}},
		},
		{
			name: "or over its defaults", environ: []string{"SPIKARD_METRICS_PATH=/m"}, want: Config{Metrics: &Metrics{Path: "/m"}},
		},
		{
			name: "but not over what is off", environ: []string{"SPIKARD_COMPRESSION_QUALITY=1"}, python: `{"compression": null}`,
			want: Config{Compression: &Compression{Off: true}},
		},
		{
			name: "unless it turns that on", environ: []string{"SPIKARD_COMPRESSION_QUALITY=1", "SPIKARD_COMPRESSION=on"},
			python: `{"compression": null}`, want: Config{Compression: &Compression{Quality: new(1)}},
		},
		{name: "the environment turns Python's off", environ: []string{"SPIKARD_CORS=off"}, python: `{"cors": {"allow_origins": ["*"]}}`},
		{
			name: "an empty list is one", python: `{"cors": {"allow_methods": []}, "trusted_proxies": []}`,
			want: Config{CORS: &CORS{AllowMethods: []string{}}, TrustedProxies: []string{}},
		},
		{
			name: "zeros are kept", python: `{"compression": {"min_size": 0, "quality": 0}, "cors": {"max_age": 0}, "tracing": {"sample_ratio": 0}}`,
			want: Config{
				Compression: &Compression{MinSize: new(0), Quality: new(0)},
				CORS:        &CORS{MaxAge: new(time.Duration(0))}, Tracing: &Tracing{SampleRatio: new(0.0)},
			},
		},
		{
			name: "None is no key in queries", python: `{"api_key_auth": {"keys": ["k"], "query_name": null}}`,
			want: Config{APIKeyAuth: &APIKeyAuth{Keys: []Secret{"k"}, QueryName: "-"}},
		},
		{
			name: "static files of Go's take the place of Python's", config: Config{StaticFiles: []StaticFiles{{Directory: "g", RoutePrefix: "/"}}},
			python: `{"static_files": [{"directory": "p", "route_prefix": "/"}]}`,
			want:   Config{StaticFiles: []StaticFiles{{Directory: "g", RoutePrefix: "/"}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.python == "" {
				tt.python = "{}"
			}
			environment, faults := readEnvironment(tt.environ)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			m := merge(tt.config, environment, pythonOf(t, tt.python))
			got := m.config
			got.origins = nil
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%v\nwant\n%v", got, tt.want)
			}
			if !slices.Equal(m.idle, tt.idle) {
				t.Errorf("idle: %v", m.idle)
			}
		})
	}
}

func TestAppsShareAConfiguration(t *testing.T) {
	t.Parallel()
	files := `"static_files": [{"directory": "www", "route_prefix": "/files"}, {"directory": "all", "route_prefix": "/"}]`
	one, two := appOf(t, "a:a", `{"idle_timeout": 1, `+files+`}`), appOf(t, "b:b", `{"read_timeout": 2, `+files+`}`)
	two.option.prefix = "/b"
	python, faults := pythonLayer([]*pythonApp{one, two})
	c := merge(Config{}, nil, python).config
	faults = append(faults, c.faults()...)
	if len(faults) > 0 || c.IdleTimeout != time.Second || c.ReadTimeout != 2*time.Second || len(c.StaticFiles) != 4 {
		t.Fatal(c, faults)
	}
	if c.StaticFiles[0].RoutePrefix != "/files" || c.StaticFiles[2].RoutePrefix != "/b/files" || c.StaticFiles[3].RoutePrefix != "/b/" {
		t.Errorf("%v", c.StaticFiles)
	}
	if from := c.origins["static_files[3]"].name; from != "b:b ServerConfig.static_files[1]" {
		t.Errorf("from %s", from)
	}
	two.option.prefix = ""
	python, _ = pythonLayer([]*pythonApp{one, two})
	if faults := merge(Config{}, nil, python).config.faults(); len(faults) != 2 {
		t.Errorf("two folders at one path: %v", faults)
	}
}
