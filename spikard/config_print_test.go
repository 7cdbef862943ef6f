package spikard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// secretive is a configuration in which everything secret says hush.
func secretive() Config {
	return Config{
		MaxBodySize: 7,
		JWTAuth:     &JWTAuth{Secret: "hush", JWKSURL: "https://hush:hush@issuer/keys?token=hush#hush", Audience: []string{"a", "b"}},
		APIKeyAuth:  &APIKeyAuth{Keys: []Secret{"hush1", "hush2"}},
		Session:     &Session{Secrets: []Secret{"hush"}},
		CSRF:        &CSRF{Secret: "hush"},
		RateLimit:   &RateLimit{PerSecond: 1.5, Burst: 2, RedisURL: "redis://:hush@r:6379/0"},
		Tracing:     &Tracing{Endpoint: "http://hush@collector"},
		StaticFiles: []StaticFiles{{Directory: "www", RoutePrefix: "/"}},
		Health:      &Health{Off: true},
	}
}

func TestNoVerbShowsASecret(t *testing.T) {
	t.Parallel()
	c := secretive()
	d := c.withDefaults()
	values := map[string]any{
		"Config": c, "*Config": &c, "defaulted": d, "nested": struct{ Config Config }{c},
		"JWTAuth": *c.JWTAuth, "*JWTAuth": c.JWTAuth, "APIKeyAuth": *c.APIKeyAuth, "*APIKeyAuth": c.APIKeyAuth,
		"Session": *c.Session, "*Session": c.Session, "CSRF": *c.CSRF, "*CSRF": c.CSRF,
		"RateLimit": *c.RateLimit, "*RateLimit": c.RateLimit, "Tracing": *c.Tracing, "*Tracing": c.Tracing,
		"Secret": Secret("hush"), "SecretURL": SecretURL("redis://:hush@r"), "[]Secret": c.APIKeyAuth.Keys,
		"error": fmt.Errorf("of %v: %w", c.JWTAuth, &ConfigError{Field: "x", Reason: c.CSRF.Secret.String()}),
	}
	// %p and %w show a value that is no pointer and no error as it is, whatever its
	// methods say: vet doesn't let such calls pass.
	for _, verb := range "vTtbcdoOqxXUeEfFgGsz" {
		for _, flags := range []string{"", "+", "#", " ", "020", "-8.3"} {
			format := "%" + flags + string(verb)
			for name, value := range values {
				text := fmt.Sprintf(format, value)
				if strings.Contains(text, "hush") || strings.Contains(text, "68757368") || strings.Contains(text, "68 75 73 68") {
					t.Errorf("%s of %s: %s", format, name, text)
				}
			}
		}
	}
	// fmt calls no methods of what is in a field that isn't exported; the verbs that
	// don't suit a struct are again vet's business.
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(format, struct{ config Config }{c}); strings.Contains(text, "hush") {
			t.Errorf("%s of a hidden one: %s", format, text)
		}
	}
	for name, value := range values {
		if text, err := json.Marshal(value); err != nil || bytes.Contains(text, []byte("hush")) {
			t.Errorf("JSON of %s: %s, %v", name, text, err)
		}
		var b bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&b, nil), slog.NewTextHandler(&b, nil)} {
			slog.New(handler).Info("x", "value", value, slog.Group("g", "value", value))
		}
		if strings.Contains(b.String(), "hush") {
			t.Errorf("log of %s: %s", name, b.String())
		}
	}
}

func TestStringShowsWhereSettingsAreFrom(t *testing.T) {
	t.Parallel()
	environment, _ := readEnvironment([]string{"SPIKARD_PORT=1", "SPIKARD_CORS_ALLOW_ORIGINS=https://a.example,https://b.example"})
	python := pythonOf(t, `{"idle_timeout": 1.5, "request_timeout": null, "static_files": [{"directory": "p", "route_prefix": "/p"}]}`)
	c := secretive()
	c.StaticFiles = nil
	text := merge(c, environment, python).config.String()
	for _, want := range []string{
		"host: 127.0.0.1 (default)",
		"port: 1 (SPIKARD_PORT)",
		"unix_socket: unset (default)",
		"idle_timeout: 1.5s (app:app ServerConfig.idle_timeout)",
		"request_timeout: none (app:app ServerConfig.request_timeout)",
		"max_body_size: 7 (MaxBodySize)",
		"compression.min_size: 1024 (default)",
		"health: off (Health)",
		"metrics: off (default)",
		"cors.allow_origins: https://a.example,https://b.example (SPIKARD_CORS_ALLOW_ORIGINS)",
		"cors.allow_credentials: false (default)",
		"jwt_auth.secret: ******** (JWTAuth.Secret)",
		"jwt_auth.jwks_url: https://********@issuer/keys?********#******** (JWTAuth.JWKSURL)",
		"jwt_auth.audience: a,b (JWTAuth.Audience)",
		"api_key_auth.keys: ******** (APIKeyAuth.Keys)",
		"rate_limit.redis_url: redis://********@r:6379/0 (RateLimit.RedisURL)",
		"static_files[0].directory: p (app:app ServerConfig.static_files[0])",
		"static_files[0].cache_control: unset (app:app ServerConfig.static_files[0])",
	} {
		if !strings.Contains("\n"+text+"\n", "\n"+want+"\n") {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if zero := (Config{}).String(); !strings.Contains(zero, "static_files: unset (default)") || strings.Contains(zero, "\n\n") {
		t.Error(zero)
	}
}

func TestLogValueGroupsSections(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	environment, _ := readEnvironment([]string{"SPIKARD_COMPRESSION_QUALITY=3"})
	slog.New(slog.NewJSONHandler(&b, nil)).Info("configuration", "config", merge(Config{AccessLog: true}, environment, nil).config)
	var line struct {
		Config struct {
			Port        string
			AccessLog   bool `json:"access_log"`
			Compression struct {
				Quality int
				Gzip    bool
			}
			RateLimit string `json:"rate_limit"`
			Sources   map[string]string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err, b.String())
	}
	c := line.Config
	if c.Port != "8000" || !c.AccessLog || c.Compression.Quality != 3 || !c.Compression.Gzip || c.RateLimit != "off" || len(c.Sources) != 2 ||
		c.Sources["access_log"] != "AccessLog" || c.Sources["compression.quality"] != "SPIKARD_COMPRESSION_QUALITY" {
		t.Error(b.String())
	}
}

func TestSecretURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "https://issuer/keys": "https://issuer/keys", "redis://:p%40@r:1/0": "redis://********@r:1/0", "redis://user@r": "redis://********@r",
		"unix://u:p@/run/s?db=1": "unix://********@/run/s?********", "no url": "********", "a:b": "********", "://": "********", "https://[::": "********",
	} {
		if got := SecretURL(text).String(); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	if Secret("").String() != "" {
		t.Error("an empty secret is shown as one")
	}
}
