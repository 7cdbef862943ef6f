package middleware

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"a":{"b":[{"c":":"}]},"d\"":":"}`, `{"a":1,"a":2}`, `{"\\":"\\\"{"}`, "{ \"a\" :\t1 }"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			t.Skip("no object")
		}
		again, err := json.Marshal(object) // has each name once
		if err != nil {
			t.Fatal(err)
		}
		if n := members(again); n != len(object) {
			t.Errorf("%s: %d, want %d", again, n, len(object))
		}
		if n := members(raw); n < len(object) {
			t.Errorf("%s: %d, and it has at least %d", raw, n, len(object))
		}
	})
}

func TestKeepHTTPS(t *testing.T) {
	t.Parallel()
	request := func(address string) *http.Request {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: u}
	}
	for _, tt := range []struct {
		from, to string
		before   int
		ok       bool
	}{
		{"https://a/", "https://b/", 1, true},
		{"https://a/", "http://a/", 1, false},
		{"https://a/", "http://127.0.0.1/", 1, false},
		{"http://a/", "https://a/", 1, true},
		{"http://a/", "http://b/", 5, true},
		{"http://a/", "http://b/", 6, false},
	} {
		via := make([]*http.Request, tt.before)
		for i := range via {
			via[i] = request(tt.from)
		}
		if err := keepHTTPS(request(tt.to), via); (err == nil) != tt.ok {
			t.Errorf("%s to %s after %d: %v", tt.from, tt.to, tt.before, err)
		}
	}
}
