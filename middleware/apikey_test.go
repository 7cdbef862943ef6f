package middleware_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

func TestAPIKey(t *testing.T) {
	t.Parallel()
	const (
		missing    = "Missing API key"
		invalid    = "Invalid API key"
		notValid   = "The provided API key is not valid"
		everywhere = "Expected 'X-API-Key' header or 'api_key' query parameter with valid API key"
	)
	keys := []string{"sk_old", "sk new/+%&=ü"}
	for _, tt := range []struct {
		name, header, query string // of the configuration
		target              string
		fields              []string
		title, detail       string // empty: accepted
	}{
		{name: "header", target: "/", fields: []string{"X-API-Key", keys[0]}},
		{name: "header, any case", target: "/", fields: []string{"x-api-KEY", keys[1]}},
		{name: "another header", header: "x-token", target: "/", fields: []string{"X-Token", keys[0]}},
		{name: "query", target: "/?a=b&api_key=" + keys[0]},
		{name: "query, percent-encoded", target: "/?api_key=" + url.QueryEscape(keys[1])},
		{name: "query, name percent-encoded", target: "/?api%5Fkey=sk_old"},
		{name: "another parameter", query: "k", target: "/?api_key=x&k=sk_old"},
		{name: "empty header, then query", target: "/?api_key=sk_old", fields: []string{"X-API-Key", ""}},

		{name: "nothing", target: "/", title: missing, detail: everywhere},
		{name: "empty in the query", target: "/?api_key=", title: missing, detail: everywhere},
		{name: "badly encoded", target: "/?api_key=%zz", title: missing, detail: everywhere},
		{name: "nothing, other names", header: "X-Token", query: "k", target: "/", title: missing, detail: "Expected 'X-Token' header or 'k' query parameter with valid API key"},
		{name: "no query", query: "-", target: "/?api_key=sk_old&-=sk_old", title: missing, detail: "Expected 'X-API-Key' header with valid API key"},
		{name: "wrong", target: "/", fields: []string{"X-API-Key", "sk_olD"}, title: invalid, detail: notValid},
		{name: "beginning", target: "/", fields: []string{"X-API-Key", "sk_ol"}, title: invalid, detail: notValid},
		{name: "longer", target: "/", fields: []string{"X-API-Key", "sk_old "}, title: "", detail: ""}, // net/http trims
		{name: "wrong header, right query", target: "/?api_key=sk_old", fields: []string{"X-API-Key", "x"}, title: invalid, detail: notValid},
		{name: "wrong one first", target: "/?api_key=x&api_key=sk_old", title: invalid, detail: notValid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := middleware.NewAPIKey(middleware.APIKeyConfig{Keys: keys, Header: tt.header, Query: tt.query})
			if err != nil {
				t.Fatal(err)
			}
			got := ask(t, whoami(t, a, nil).URL+tt.target, tt.fields...)
			if tt.title != "" {
				challenge := `ApiKey name="X-API-Key"`
				if tt.header != "" {
					challenge = `ApiKey name="` + tt.header + `"`
				}
				got.refusedWith(t, tt.title, tt.detail, challenge)
				return
			}
			if subject := got.principal.Subject; got.status != 200 || len(subject) != len("key-01234567") || !strings.HasPrefix(subject, "key-") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAPIKeyConfig(t *testing.T) {
	t.Parallel()
	_, err := middleware.NewAPIKey(middleware.APIKeyConfig{Keys: []string{"a", "", "a"}, Header: "X Key"})
	wantFaults(t, err, `"X Key" can't be the name`, "key 2 is empty", "key 3 is there twice")
	_, err = middleware.NewAPIKey(middleware.APIKeyConfig{})
	wantFaults(t, err, "no key")
}

// wantFaults checks that an error has these faults and no more, a line each.
func wantFaults(t *testing.T, err error, faults ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", faults)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(faults) {
		t.Errorf("%d faults, want %d:\n%v", len(lines), len(faults), err)
	}
	for _, fault := range faults {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v\nis without %q", err, fault)
		}
	}
}

func BenchmarkAPIKey(b *testing.B) {
	a, err := middleware.NewAPIKey(middleware.APIKeyConfig{Keys: []string{"sk_test_123456", "sk_test_789012"}})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-API-Key", "sk_test_789012")
	benchAuthenticate(b, a, r)
}
