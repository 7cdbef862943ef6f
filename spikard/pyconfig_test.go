package spikard

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// configCases are put to Go here, and to the Python package by its own tests.
type configCases struct {
	Bad []struct {
		Config json.RawMessage
		Fault  string
	}
	Good []json.RawMessage
}

func TestPythonAndGoCheckAlike(t *testing.T) {
	t.Parallel()
	var cases configCases
	readPythonGolden(t, "cases.json", &cases)
	if len(cases.Bad) == 0 || len(cases.Good) == 0 {
		t.Fatal("there are no cases")
	}
	for _, config := range cases.Good {
		if faults := pythonFaults(t, string(config)); len(faults) > 0 {
			t.Errorf("%s: %v", config, faults)
		}
	}
	for _, one := range cases.Bad {
		faults := pythonFaults(t, string(one.Config))
		var fault *ConfigError
		if len(faults) != 1 || !errors.As(faults[0], &fault) {
			t.Errorf("%s: %v", one.Config, faults)
			continue
		}
		index, named := strings.CutPrefix(fault.Field, "app:app ServerConfig."+one.Fault)
		if !named || index != "" && index[0] != '[' {
			t.Errorf("%s: %v", one.Config, fault)
		}
		if strings.Contains(fault.Error(), "hush") {
			t.Errorf("%s: the secret is shown: %v", one.Config, fault)
		}
	}
}

func pythonFaults(t *testing.T, config string) []error {
	t.Helper()
	_, faults := effective(Config{}, nil, []*pythonApp{appOf(t, "app:app", config)})
	return faults
}

func TestPythonConfigFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ config, want string }{
		{`{"workers": 4}`, "app:app ServerConfig.workers: 4 is not supported"},
		{`{"graceful_shutdown": false}`, "always drains"},
		{`{"jwt_secret": "hush"}`, "app:app ServerConfig.jwt_secret: this version has no such setting"},
		{`{"jwt_auth": {"hush": "hush", "secret": "s"}}`, "ServerConfig.jwt_auth.hush: this version has no such setting"},
		{`{"jwt_auth": "s3cret"}`, "ServerConfig.jwt_auth: the value is no JWTAuth"},
		{`{"jwt_auth": {"secret": ["s3cret"]}}`, "ServerConfig.jwt_auth.secret: the value is of the wrong type"},
		{`{"static_files": {}}`, "ServerConfig.static_files: the value is no list"},
		{`{"static_files": [7]}`, "ServerConfig.static_files: the value is no StaticFiles"},
		{`{"static_files": [{"directory": 7, "route_prefix": "/"}]}`, "ServerConfig.static_files[0].directory: 7 is of the wrong type"},
		{`{"static_files": [{"route_prefix": "/"}]}`, "ServerConfig.static_files[0].directory: must be set"},
		{`{"host": 7}`, "7 is of the wrong type"},
		{`{"openapi": {}}`, "ServerConfig.openapi: this version has no such setting"},
	} {
		text := fmt.Sprint(pythonFaults(t, tt.config))
		if !strings.Contains(text, tt.want) || strings.Contains(text, "s3cret") {
			t.Errorf("%s: %s", tt.config, text)
		}
	}
	if faults := pythonFaults(t, `{"openapi": null, "workers": 1, "graceful_shutdown": true}`); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestFaultsNameTheirSource(t *testing.T) {
	t.Parallel()
	python := pythonOf(t, `{"max_form_files": -1, "rate_limit": {"per_second": 1, "burst": 1}, "metrics": {"path": "x"}, "trusted_proxies": ["x"]}`)
	environment, _ := readEnvironment([]string{
		"SPIKARD_MAX_FORM_FIELDS=0", "SPIKARD_RATE_LIMIT_PER_SECOND=0", "SPIKARD_SESSION_SECRETS=hush",
		"SPIKARD_CSRF_COOKIE_NAME=x", "SPIKARD_PORT=65536", "SPIKARD_API_KEY_AUTH_KEYS=,",
	})
	c := merge(Config{MaxBodySize: -1, JWTAuth: &JWTAuth{}, CORS: &CORS{AllowOrigins: []string{"x"}}}, environment, python).config
	text := fmt.Sprint(errors.Join(c.faults()...))
	for _, want := range []string{
		"config: MaxBodySize: must be at least 1, not -1",
		"config: JWTAuth.Secret: must be set, or jwks_url",
		`config: CORS.AllowOrigins: "x" is no origin`,
		"config: app:app ServerConfig.max_form_files: must be at least 1, not -1",
		`config: app:app ServerConfig.metrics.path: must start with "/"`,
		`config: app:app ServerConfig.trusted_proxies[0]: "x" is no IP address`,
		"config: SPIKARD_MAX_FORM_FIELDS: must be at least 1, not 0",
		"config: SPIKARD_RATE_LIMIT_PER_SECOND: must be above 0, not 0",
		"config: SPIKARD_SESSION_SECRETS: must have at least 32 bytes",
		"config: SPIKARD_CSRF_SECRET: must be set",
		"config: SPIKARD_PORT: must be from 0 to 65535, not 65536",
		"config: SPIKARD_API_KEY_AUTH_KEYS: must not be empty",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n") + 1; n != 12 {
		t.Errorf("%d faults:\n%s", n, text)
	}
}
