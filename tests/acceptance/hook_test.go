package main

import (
	"slices"
	"strings"
	"testing"
)

// hookedCase is a case whose app has hooks.
func hookedCase(t *testing.T, hooks string, steps ...Step) *Case {
	t.Helper()
	return &Case{
		Proto: "http", Steps: steps, Grade: Grade{Use: UseFeature, Check: []string{"body", "headers"}},
		App: App{Config: map[string]any{hooksSetting: decoded(t, hooks)}, Route: Route{Method: "GET", Path: "/"}},
	}
}

func TestHooksOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ hooks, want string }{
		"stages": {
			`{"on_response":[{"handler":"log_request"}],"pre_handler":[{"handler":"check_admin_role"}],"on_error":[{"handler":"log_error"}],
			"on_request":[{"handler":"append_third"},{"handler":"append_first"}],"pre_validation":[{"handler":"check_rate_limit"}]}`,
			"append_third append_first check_rate_limit check_admin_role log_error log_request",
		},
		"levels": {
			`{"on_request":[{"handler":"append_third","level":"route"},{"handler":"append_first"},{"handler":"append_second","level":"router"},{"handler":"log_request","level":"app"}]}`,
			"append_first log_request append_second append_third",
		},
		"twice":            {`{"on_request":[{"handler":"log_request"}],"pre_handler":[{"handler":"log_request"}]}`, "log_request log_request_2"},
		"none":             {`{"on_request":[]}`, ""},
		"unknown stage":    {`{"on_lunch":[]}`, `error: no stage "on_lunch"`},
		"unknown hook":     {`{"on_request":[{"handler":"make_tea"}]}`, "error: on_request: no script for the hook"},
		"no hook":          {`{"on_request":["log_request"]}`, "error: on_request: no script for the hook"},
		"unknown level":    {`{"on_request":[{"handler":"log_request","level":"world"}]}`, `error: the hook log_request: no level "world"`},
		"wrong stage":      {`{"on_error":[{"handler":"validate_auth_token"}]}`, "error: the hook validate_auth_token is none of on_error"},
		"answer's, before": {`{"on_request":[{"handler":"add_response_time"}]}`, "error: the hook add_response_time is none of on_request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hooks, err := hooksOf(hookedCase(t, tt.hooks))
			if want, wrong := strings.CutPrefix(tt.want, "error: "); wrong {
				if err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
				return
			}
			var names []string
			for _, h := range hooks {
				names = append(names, h.function)
			}
			if err != nil || strings.Join(names, " ") != tt.want {
				t.Errorf("got %v, %v, want %s", names, err, tt.want)
			}
		})
	}
}

// TestHookScriptsHaveStages writes each hook in each of its stages.
func TestHookScriptsHaveStages(t *testing.T) {
	t.Parallel()
	for name, script := range hookScripts() {
		if len(script.stages) == 0 {
			t.Errorf("%s has no stage", name)
		}
		for _, stage := range script.stages {
			c := hookedCase(t, `{"`+stage+`":[{"handler":"`+name+`"}]}`)
			hooks, err := hooksOf(c)
			if err != nil {
				t.Fatal(err)
			}
			text := hooks[0].source(c)
			if !strings.HasPrefix(text, "@app."+stage+"\n") || !strings.Contains(text, `note(request, "`+name+`")`) {
				t.Errorf("%s, %s:\n%s", name, stage, text)
			}
			if script.refuses != 0 && !strings.Contains(text, "status_code=") || slices.Contains(script.leaves, "request_id") && !strings.Contains(text, "request.state.request_id =") {
				t.Errorf("%s, %s:\n%s", name, stage, text)
			}
		}
	}
}

func TestHookApps(t *testing.T) {
	t.Parallel()
	told := Step{Expect: Expect{Status: 200, Headers: map[string]string{"X-RateLimit-Remaining": ".*"}}}
	for name, tt := range map[string]struct {
		hooks, want, not string
		step             Step
	}{
		"id on the answer":    {`{"on_request":[{"handler":"add_request_id"}]}`, "def answer_request_id(", "answer_rate_limit", told},
		"id by the answer":    {`{"on_response":[{"handler":"add_request_id"}]}`, `response.headers["x-request-id"]`, "answer_request_id", told},
		"limit told":          {`{"on_request":[{"handler":"check_rate_limit","config":{"max_requests":7}}]}`, `["x-ratelimit-limit"] = "7"`, "answer_request_id", told},
		"limit not told":      {`{"on_request":[{"handler":"check_rate_limit"}]}`, "if seen >= 100:", "answer_rate_limit", Step{Expect: Expect{Status: 200}}},
		"words of a refusal":  {`{"pre_handler":[{"handler":"check_admin_role"}]}`, `Response({"no": "way"}, status_code=403, headers={"X-Why": "role", "X-Trail"`, "log.", Step{Expect: Expect{Status: 403, Body: map[string]any{"no": "way"}, Headers: map[string]string{"X-Why": "role", "Vary": "Origin"}}}},
		"words of its own":    {`{"pre_handler":[{"handler":"check_user_permissions"}]}`, `"message": "Insufficient permissions"`, "tokens", Step{Expect: Expect{Status: 403}}},
		"text of a refusal":   {`{"pre_handler":[{"handler":"check_admin_role"}]}`, `Response("no", status_code=403, media_type="text/plain", headers=`, "Router", Step{Expect: Expect{Status: 403, Body: "no", Headers: map[string]string{"Content-Type": "text/plain"}}}},
		"a router's":          {`{"pre_handler":[{"handler":"check_admin_role","level":"router"}]}`, "@router.get(\"/\")\ndef handler", "@app.", told},
		"a failure":           {`{"on_error":[{"handler":"format_error_response"}]}`, `raise RuntimeError(`, "return Response(None", Step{Expect: Expect{Status: 502}}},
		"with a status":       {`{"on_error":[{"handler":"log_error"}]}`, `raise HTTPException(502, `, "RuntimeError", Step{Expect: Expect{Status: 502}}},
		"other security":      {`{"on_response":[{"handler":"add_security_headers"}]}`, `["referrer-policy"] = "no-referrer"`, "log.", Step{Expect: Expect{Status: 200, Headers: map[string]string{"Referrer-Policy": "no-referrer"}}}},
		"not by the handler":  {`{"on_response":[{"handler":"add_security_headers"}]}`, `headers={"X-Handler": "hit", "X-Trail": trail(request)}`, "log.", Step{Expect: Expect{Status: 200, Headers: map[string]string{"Referrer-Policy": "no-referrer"}}}},
		"nobody to be served": {`{"on_response":[{"handler":"log_request"}]}`, "return Response(None, status_code=200", "raise", Step{Expect: Expect{Status: 404}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.step.Request = Request{Method: "GET", Target: "/"}
			app, err := hooked{}.app(hookedCase(t, tt.hooks, tt.step))
			if err != nil || !strings.Contains(app, tt.want) || strings.Contains(app, tt.not) {
				t.Errorf("%v, want %s and no %s in\n%s", err, tt.want, tt.not, app)
			}
		})
	}
}
