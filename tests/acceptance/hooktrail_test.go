package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestCheckTrail compares trails with what a step wants of the hooks.
func TestCheckTrail(t *testing.T) {
	t.Parallel()
	const all = `{"on_request":[{"handler":"append_first"}],"pre_validation":[{"handler":"check_rate_limit"}],"pre_handler":[{"handler":"validate_auth_token","level":"router"}],
		"on_error":[{"handler":"log_error"},{"handler":"format_error_response"},{"handler":"log_request"}],"on_response":[{"handler":"add_security_headers"}]}`
	const silent = `{"on_request":[{"handler":"append_first"}],"pre_handler":[{"handler":"validate_auth_token"}],"on_error":[{"handler":"log_error"}]}`
	const before = "append_first, check_rate_limit, validate_auth_token"
	for name, tt := range map[string]struct {
		hooks, trail string
		status       int
		ok           bool
	}{
		"reached":                   {all, before + ", handler, add_security_headers", 200, true},
		"out of order":              {all, "check_rate_limit, append_first, validate_auth_token, handler, add_security_headers", 200, false},
		"one short":                 {all, "append_first, validate_auth_token, handler, add_security_headers", 200, false},
		"answer's hook missing":     {all, before + ", handler", 200, false},
		"refused":                   {all, before + ", add_security_headers", 401, true},
		"refused, on_response left": {all, before, 401, false},
		"refused, and gone on":      {all, before + ", handler, add_security_headers", 401, false},
		"refused by another":        {all, "append_first, check_rate_limit, add_security_headers", 401, false},
		"refused early":             {all, "append_first, check_rate_limit, add_security_headers", 429, true},
		"failed":                    {all, before + ", handler, log_error, format_error_response, add_security_headers", 500, true},
		"failed, none asked":        {all, before + ", handler, add_security_headers", 500, false},
		"failed, too many asked":    {all, before + ", handler, log_error, format_error_response, log_request, add_security_headers", 500, false},
		"failed, nobody to tell":    {silent, "", 500, true},
		"invalid":                   {all, "append_first, check_rate_limit, add_security_headers", 422, true},
		"invalid, nobody to tell":   {silent, "", 422, true},
		"invalid, told":             {silent, "append_first", 422, false},
		"unrouted":                  {all, "append_first, add_security_headers", 404, true},
		"unrouted, router's ran":    {all, before + ", add_security_headers", 404, false},
		"unrouted, none ran":        {all, "add_security_headers", 404, false},
		"silent, reached":           {silent, "append_first, validate_auth_token, handler", 204, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := hookedCase(t, tt.hooks, Step{Request: Request{Method: "GET", Target: "/"}, Expect: Expect{Status: tt.status}})
			hooks, err := hooksOf(c)
			if err != nil {
				t.Fatal(err)
			}
			got := &answer{header: http.Header{trailHeader: {tt.trail}}}
			if err := checkTrail(c, c.Steps[0], hooks, got); (err == nil) != tt.ok {
				t.Errorf("%v, want ok %t", err, tt.ok)
			}
		})
	}
}

func TestRaises(t *testing.T) {
	t.Parallel()
	const formats, refuses = `{"on_error":[{"handler":"format_error_response"}]}`, `{"pre_handler":[{"handler":"check_admin_role"}],"on_error":[{"handler":"format_error_response"}]}`
	for name, tt := range map[string]struct {
		hooks, target, body string
		status              int
		want                bool
	}{
		"served":             {formats, "/", `{}`, 200, false},
		"failed":             {`{"on_error":[]}`, "/", `null`, 500, true},
		"formatted":          {formats, "/", `{"error":"x"}`, 400, true},
		"not formatted":      {`{"on_error":[{"handler":"log_error"}]}`, "/", `{"error":"x"}`, 400, false},
		"refused by a hook":  {refuses, "/", `{"error":"x"}`, 403, false},
		"the framework's":    {formats, "/", `{"type":"https://spikard.dev/errors/validation-error"}`, 422, false},
		"malformed":          {formats, "/", `{"detail":"Invalid request format"}`, 400, false},
		"of no body":         {formats, "/", `null`, 413, false},
		"unrouted":           {formats, "/other", `{"error":"x"}`, 404, false},
		"missing by handler": {formats, "/?q=1", `{"error":"x"}`, 404, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Step{Request{Method: "GET", Target: tt.target}, Expect{Status: tt.status, Body: decoded(t, tt.body)}}
			if got := raises(hookedCase(t, tt.hooks, s), s); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// TestHookedCheck plays a case against servers that answer right and wrong.
func TestHookedCheck(t *testing.T) {
	t.Parallel()
	const line = `{"category":"x","proto":"http","app":{"config":{"lifecycle_hooks":{"on_request":[{"handler":"add_request_id"}],"on_response":[{"handler":"add_response_time"}]}},
		"route":{"method":"GET","path":"/","params":{}}},"steps":[{"request":{"method":"GET","target":"/"},
		"expect":{"status":200,"body":{"request_id":".*","list":["a.*"]},"headers":{"X-Response-Time":".*ms"}}}],"grade":{"use":"feature","check":["body","headers"]}}`
	const body = `{"request_id":"i-1","list":["abc"]}`
	header := func(more ...string) map[string]string {
		h := map[string]string{
			"X-Handler": "hit", "X-Request-Id": "i-1", "X-Response-Time": "0.10ms", "Content-Type": "application/json",
			"X-Trail": "add_request_id, handler, add_response_time",
		}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	for name, tt := range map[string]struct {
		got  wireAnswer
		want string
	}{
		"right":           {wireAnswer{200, header(), body}, ""},
		"another status":  {wireAnswer{500, header(), body}, "status 500, want 200"},
		"by nobody":       {wireAnswer{200, header("X-Handler", ""), body}, "answered by the handler: false"},
		"hook not run":    {wireAnswer{200, header("X-Trail", "add_request_id, handler"), body}, "trail"},
		"two ids":         {wireAnswer{200, header("X-Request-Id", "i-2"), body}, `header X-Request-Id is "i-2"`},
		"other text":      {wireAnswer{200, header(), strings.Replace(body, "abc", "bc", 1)}, "body.list[0]"},
		"other time":      {wireAnswer{200, header("X-Response-Time", "1s"), body}, "X-Response-Time"},
		"more in a list":  {wireAnswer{200, header(), strings.Replace(body, `"abc"`, `"abc","d"`, 1)}, "body.list"},
		"a member absent": {wireAnswer{200, header(), `{"list":["abc"]}`}, "body.request_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkPlayed(t, line, tt.got, tt.want)
		})
	}
	twice := &answer{header: http.Header{"X-Request-Id": {"1", "2"}}}
	hooks := []*hook{{hookScript: hookScript{sets: []string{"x-request-id"}}}}
	if err := checkOnce(hooks, twice); err == nil || !strings.Contains(err.Error(), "comes 2 times") {
		t.Errorf("a header that comes twice gave %v", err)
	}
}
