package main

import (
	"net/http"
	"testing"
)

func TestCheckHeader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		name, want string
		got        []string
		ok         bool
	}{
		"equal":                 {"x-a", "1", []string{"1"}, true},
		"another value":         {"X-A", "1", []string{"2"}, false},
		"case of a value":       {"X-A", "a", []string{"A"}, false},
		"missing":               {"X-A", "1", nil, false},
		"doubled":               {"X-A", "1", []string{"1", "1"}, false},
		"two lines are a list":  {"X-A", "1, 2", []string{"1", "2"}, true},
		"absent":                {"X-A", absent, nil, true},
		"absent but there":      {"X-A", absent, []string{""}, false},
		"present":               {"X-A", present, []string{"x"}, true},
		"present but empty":     {"X-A", present, []string{""}, false},
		"uuid":                  {"X-A", anyUUID, []string{"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}, true},
		"no uuid":               {"X-A", anyUUID, []string{"3f2504e0"}, false},
		"pattern":               {"X-A", ".*ms", []string{"1.5ms"}, true},
		"pattern missed":        {"X-A", ".*ms", []string{"1.5s"}, false},
		"rest of it is literal": {"X-A", "a.b.*", []string{"axb"}, false},
		"Vary's case":           {"vary", "Origin, Accept", []string{"accept", "ORIGIN"}, true},
		"Vary lacks one":        {"Vary", "Origin, Accept", []string{"accept"}, false},
		"media type":            {"content-type", "text/html", []string{"text/html; charset=utf-8"}, true},
		"its parameters":        {"Content-Type", "text/html; charset=utf-8", []string{"text/html;charset=UTF-8"}, true},
		"parameter missing":     {"Content-Type", "text/html; charset=utf-8", []string{"text/html"}, false},
		"another media type":    {"Content-Type", "text/html", []string{"text/plain"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			for _, v := range tt.got {
				header.Add(tt.name, v)
			}
			if err := checkHeader(tt.name, tt.want, header); (err == nil) != tt.ok {
				t.Errorf("%v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestCheckCookie(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		want string
		got  []string
		ok   bool
	}{
		"value":             {`{"value":"v"}`, []string{"s=v; Path=/"}, true},
		"quoted value":      {`{"value":"v w"}`, []string{`s="v w"`}, true},
		"another value":     {`{"value":"v"}`, []string{"s=w"}, false},
		"another cookie":    {`{"value":"v"}`, []string{"t=v"}, false},
		"set twice":         {`{"value":"v"}`, []string{"s=v", "s=v"}, false},
		"beside others":     {`{"value":"v"}`, []string{"t=w", "s=v"}, true},
		"all attributes":    {`{"value":"v","max_age":60,"path":"/","domain":".example.com","secure":true,"httponly":true,"samesite":"strict"}`, []string{"s=v; max-age=60; path=/; Domain=Example.com; Secure; HttpOnly; SameSite=Strict"}, true},
		"no Secure":         {`{"value":"v","secure":true}`, []string{"s=v"}, false},
		"Secure unwanted":   {`{"value":"v","secure":false}`, []string{"s=v; Secure"}, false},
		"another SameSite":  {`{"value":"v","samesite":"lax"}`, []string{"s=v; SameSite=Strict"}, false},
		"another lifetime":  {`{"value":"v","max_age":60}`, []string{"s=v; Max-Age=61"}, false},
		"deleted":           {`{"value":"","max_age":0}`, []string{`s=""; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`}, true},
		"session":           {`{"value":"v"}`, []string{"s=v; Max-Age=60"}, false},
		"session, expiring": {`{"value":"v"}`, []string{"s=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkCookie("s", decoded(t, tt.want).(map[string]any), http.Header{"Set-Cookie": tt.got})
			if (err == nil) != tt.ok {
				t.Errorf("%v, want ok %v", err, tt.ok)
			}
		})
	}
}
