package spikard

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// fromVariables reads an environment that has no faults and merges it alone.
func fromVariables(t *testing.T, environ ...string) Config {
	t.Helper()
	environment, faults := readEnvironment(environ)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return merge(Config{}, environment, nil).config
}

func TestEnvironmentSets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		variables []string
		want      any
		got       func(Config) any
	}{
		{[]string{"SPIKARD_HOST=::1"}, "[::1]:8000", func(c Config) any { return c.Addr }},
		{[]string{"SPIKARD_HOST=[::1]", "SPIKARD_PORT= 80 "}, "[::1]:80", func(c Config) any { return c.Addr }},
		{[]string{"SPIKARD_UNIX_SOCKET=/run/s"}, "/run/s", func(c Config) any { return c.UnixSocket }},
		{[]string{"SPIKARD_REQUEST_TIMEOUT=2.5"}, 2500 * time.Millisecond, func(c Config) any { return c.RequestTimeout }},
		{[]string{"SPIKARD_REQUEST_TIMEOUT=2m"}, 2 * time.Minute, func(c Config) any { return c.RequestTimeout }},
		{[]string{"SPIKARD_REQUEST_TIMEOUT=none"}, noBound, func(c Config) any { return c.RequestTimeout }},
		{[]string{"SPIKARD_REQUEST_TIMEOUT=off"}, noBound, func(c Config) any { return c.RequestTimeout }},
		{[]string{"SPIKARD_MAX_BODY_SIZE=1"}, int64(1), func(c Config) any { return c.MaxBodySize }},
		{[]string{"SPIKARD_ENABLE_REQUEST_ID=Off"}, false, func(c Config) any { return *c.RequestID }},
		{[]string{"SPIKARD_ACCESS_LOG=yes"}, true, func(c Config) any { return c.AccessLog }},
		{[]string{"SPIKARD_TRUSTED_PROXIES=10.0.0.1, ::1,"}, []string{"10.0.0.1", "::1"}, func(c Config) any { return c.TrustedProxies }},
		{[]string{"SPIKARD_COMPRESSION_MIN_SIZE=0"}, 0, func(c Config) any { return *c.Compression.MinSize }},
		{[]string{"SPIKARD_COMPRESSION=off", "SPIKARD_COMPRESSION_MIN_SIZE=0"}, Compression{Off: true}, func(c Config) any { return *c.Compression }},
		{[]string{"SPIKARD_COMPRESSION=on"}, Compression{}, func(c Config) any { return *c.Compression }},
		{[]string{"SPIKARD_METRICS=1"}, Metrics{}, func(c Config) any { return *c.Metrics }},
		{[]string{"SPIKARD_METRICS=off", "SPIKARD_METRICS_PATH=/m"}, true, func(c Config) any { return c.Metrics == nil }},
		{[]string{"SPIKARD_HEALTH=no"}, true, func(c Config) any { return c.Health.Off }},
		{[]string{"SPIKARD_RATE_LIMIT_PER_SECOND=0.5"}, 0.5, func(c Config) any { return c.RateLimit.PerSecond }},
		{[]string{"SPIKARD_RATE_LIMIT_REDIS_URL=redis://r"}, SecretURL("redis://r"), func(c Config) any { return c.RateLimit.RedisURL }},
		{[]string{"SPIKARD_JWT_AUTH_SECRET= a,b "}, Secret(" a,b "), func(c Config) any { return c.JWTAuth.Secret }},
		{[]string{"SPIKARD_API_KEY_AUTH_KEYS=a, b"}, []Secret{"a", "b"}, func(c Config) any { return c.APIKeyAuth.Keys }},
		{[]string{"SPIKARD_CORS_MAX_AGE=0"}, time.Duration(0), func(c Config) any { return *c.CORS.MaxAge }},
		{[]string{"SPIKARD_TRACING_SAMPLE_RATIO=0.25"}, 0.25, func(c Config) any { return *c.Tracing.SampleRatio }},
		{[]string{"SPIKARD_SECURITY_HEADERS_FRAME_OPTIONS=-"}, "-", func(c Config) any { return c.SecurityHeaders.FrameOptions }},
		// What isn't set, or belongs to somebody else.
		{[]string{"PORT=1", "SPIKARD_PORT=", "SPIKARD_JWT_AUTH_SECRET=", "SPIKARD_JWT_AUTH_SECRET_FILE="}, Config{}, nil},
		{[]string{"SPIKARD_PYTHON=x", "SPIKARD_ACCEPTANCE=x", "SPIKARD_ACCEPTANCE_REQUIRED=1", "SPIKARD_TEST_X=x"}, Config{}, nil},
		{[]string{"SPIKARD_PORT=tcp://10.0.0.1:80", "SPIKARD_SERVICE_HOST=10.0.0.1", "SPIKARD_PORT_80_TCP_ADDR=10.0.0.1", "SPIKARD_SHOP_SERVICE_PORT_HTTP=80", "SPIKARD_SHOP_PORT=udp://x"}, Config{}, nil},
	} {
		t.Run(strings.Join(tt.variables, " "), func(t *testing.T) {
			t.Parallel()
			c := fromVariables(t, tt.variables...)
			c.origins = nil
			var got any = c
			if tt.got != nil {
				got = tt.got(c)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v", got)
			}
		})
	}
}

func TestEnvironmentFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ variables, want string }{
		{"SPIKARD_PORT=eighty", `"eighty" is no whole number`},
		{"SPIKARD_MAX_FORM_FIELDS=99999999999999999999", "is no whole number"},
		{"SPIKARD_REQUEST_TIMEOUT=soon", "neither a number of seconds, as 2.5, nor a duration, as 2500ms"},
		{"SPIKARD_REQUEST_TIMEOUT=-1", "-1 seconds are not from 0"},
		{"SPIKARD_READ_TIMEOUT=off", "neither a number"},
		{"SPIKARD_IDLE_TIMEOUT=NaN", "NaN seconds are not"},
		{"SPIKARD_DEBUG=perhaps", "neither true nor false"},
		{"SPIKARD_RATE_LIMIT_PER_SECOND=x", "is no number"},
		{"SPIKARD_COMPRESSION=6", "neither on nor off; its settings are SPIKARD_COMPRESSION_GZIP"},
		{"SPIKARD_JWT_AUTH=hush", "neither on nor off"},
		// Misspelt.
		{"SPIKARD_PROT=80", "did you mean SPIKARD_PORT?"},
		{"SPIKARD_PROT=", "did you mean SPIKARD_PORT?"},
		{"SPIKARD_JWT_SECRET=hush", "there is no such setting"},
		{"SPIKARD_JWTAUTH_SECRET=hush", "did you mean SPIKARD_JWT_AUTH_SECRET?"},
		{"SPIKARD_RATE_LIMIT_PERSECOND=1", "did you mean SPIKARD_RATE_LIMIT_PER_SECOND?"},
		{"SPIKARD_ADDR=:80", "did you mean SPIKARD_HOST or SPIKARD_PORT?"},
		{"SPIKARD_MAX_HEADER_BYTES=1", "did you mean SPIKARD_MAX_HEADER_SIZE?"},
		{"SPIKARD_REQUEST_ID=1", "did you mean SPIKARD_ENABLE_REQUEST_ID?"},
		{"SPIKARD_QUUX=hush", "CONFIGURATION.md lists those there are"},
		{"SPIKARD_STATIC_FILES_DIRECTORY=www", "can't be set from the environment: use Config.StaticFiles or ServerConfig.static_files"},
		// Secrets of files.
		{"SPIKARD_CSRF_SECRET_FILE=/nowhere/at/all", "/nowhere/at/all"},
		{"SPIKARD_PORT_FILE=x", "there is no such setting"},
	} {
		name, _, _ := strings.Cut(tt.variables, "=")
		t.Run(tt.variables, func(t *testing.T) {
			t.Parallel()
			_, faults := readEnvironment([]string{"HOME=/", tt.variables})
			var fault *ConfigError
			if len(faults) != 1 || !errors.As(faults[0], &fault) || fault.Field != name || !strings.Contains(fault.Reason, tt.want) {
				t.Errorf("got %v", faults)
			}
			if strings.Contains(tt.variables, "SECRET") && strings.Contains(fault.Error(), "hush") {
				t.Error("the secret is shown")
			}
		})
	}
	if _, faults := readEnvironment([]string{"SPIKARD_PORT=x", "SPIKARD_DEBUG=x", "SPIKARD_X=x", "SPIKARD_HOST=x"}); len(faults) != 3 {
		t.Errorf("not every fault is told: %v", faults)
	}
}

func TestSecretsOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := fromVariables(t, "SPIKARD_JWT_AUTH_SECRET_FILE="+file("jwt", "line\nline \r\n"),
		"SPIKARD_API_KEY_AUTH_KEYS_FILE="+file("keys", "a,b\r\nc\n\n"),
		"SPIKARD_RATE_LIMIT_REDIS_URL_FILE="+file("redis", "redis://:hush@r\n"))
	if c.JWTAuth.Secret != "line\nline " || !slices.Equal(c.APIKeyAuth.Keys, []Secret{"a,b", "c"}) || c.RateLimit.RedisURL != "redis://:hush@r" {
		t.Errorf("%q %q %q", string(c.JWTAuth.Secret), c.APIKeyAuth.Keys, string(c.RateLimit.RedisURL))
	}
	if from := c.origins["jwt_auth.secret"].name; from != "SPIKARD_JWT_AUTH_SECRET_FILE" {
		t.Errorf("from %s", from)
	}
	for _, environ := range [][]string{
		{"SPIKARD_CSRF_SECRET_FILE=" + file("empty", "\n")},
		{"SPIKARD_CSRF_SECRET_FILE=" + file("csrf", "hush"), "SPIKARD_CSRF_SECRET=hush"},
	} {
		_, faults := readEnvironment(environ)
		if len(faults) != 1 || strings.Contains(faults[0].Error(), "hush") {
			t.Errorf("%v: %v", environ, faults)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"PORT", "PROT", 2}} {
		if got := distance(tt.a, tt.b); got != tt.want || distance(tt.b, tt.a) != tt.want {
			t.Errorf("%s %s: %d", tt.a, tt.b, got)
		}
	}
	for name, want := range map[string]string{"Addr": "ADDR", "TLSCertFile": "TLS_CERT_FILE", "RequestID": "REQUEST_ID", "MaxHeaderBytes": "MAX_HEADER_BYTES"} {
		if got := snake(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// FuzzEnvironment: whatever is in the environment, it is read or refused, and what
// is read is checked and shown without a secret.
func FuzzEnvironment(f *testing.F) {
	for _, name := range []string{"SPIKARD_PORT", "SPIKARD_REQUEST_TIMEOUT", "SPIKARD_JWT_AUTH_SECRET", "SPIKARD_RATE_LIMIT_REDIS_URL", "SPIKARD_CORS", "SPIKARD_X"} {
		f.Add(name, "2.5", "hush-hush")
	}
	f.Fuzz(func(t *testing.T, name, value, secret string) {
		environ := []string{name + "=" + value, "SPIKARD_CSRF_SECRET=Zq9" + secret}
		environment, faults := readEnvironment(environ)
		c := merge(Config{}, environment, nil).config
		text := c.String() + fmt.Sprint(append(faults, c.faults()...))
		if strings.Contains(text, "Zq9") && !strings.Contains(name+value, "Zq9") {
			t.Errorf("the secret is shown: %s", text)
		}
	})
}
