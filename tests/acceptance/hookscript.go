package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// hookScript is what a hook does whose name cases know. What it decides is
// decided at run time, by the request; only its words are those of the case.
type hookScript struct {
	stages []string
	// refuses is the status with which it ends a request, 0 for one that does not.
	refuses int
	// answers says that an error is answered by it.
	answers bool
	// leaves are the members of request.state that it sets.
	leaves []string
	// sets are the headers that it sets on an answer, in lower case.
	sets []string
	// waits says that it is a coroutine.
	waits bool
	write func(h *hook, c *Case) string
}

// hookScripts by the names that cases have for them.
func hookScripts() map[string]hookScript {
	asked := append(slices.Clone(requestStages), onResponse)
	order := []string{"order"}
	return map[string]hookScript{
		"log_request":           {stages: hookStages, write: logs},
		"log_incoming_request":  {stages: hookStages, write: logs},
		"log_error":             {stages: hookStages, write: logs},
		"log_successful_action": {stages: hookStages, write: logs, waits: true},
		"add_request_id":        {stages: asked, write: addsRequestID, leaves: []string{"request_id"}, sets: []string{"x-request-id"}},
		"record_start_time":     {stages: requestStages, write: recordsStart, leaves: []string{"start_time"}},
		"add_response_time":     {stages: []string{onResponse}, write: addsResponseTime, sets: []string{"x-response-time"}},
		"add_security_headers":  {stages: []string{onResponse}, write: addsSecurityHeaders, sets: securityHeaderNames},
		"check_rate_limit":      {stages: requestStages, write: limits, waits: true, refuses: http.StatusTooManyRequests, leaves: []string{"rate_limit_remaining"}},
		"validate_auth_token":   {stages: requestStages, write: authenticates, waits: true, refuses: http.StatusUnauthorized, leaves: userState},
		"check_authentication":  {stages: requestStages, write: checksAuthentication, refuses: http.StatusUnauthorized, leaves: userState},
		"check_admin_role":      {stages: requestStages, write: checksRole, refuses: http.StatusForbidden},
		"check_user_permissions": {
			stages: requestStages, write: checksPermissions, waits: true, refuses: http.StatusForbidden,
		},
		"format_error_response": {stages: []string{onError}, write: formatsError, answers: true},
		"append_first":          {stages: hookStages, write: appends, leaves: order},
		"append_second":         {stages: hookStages, write: appends, leaves: order, waits: true},
		"append_third":          {stages: hookStages, write: appends, leaves: order},
	}
}

// userState is what a hook leaves that knows who is there.
var userState = []string{"user_id", "role", "user", "authenticated"}

func logs(h *hook, _ *Case) string {
	switch h.stage {
	case onError:
		return `log.error("%s %s: %s", request.method, request.path, error)`
	case onResponse:
		return `log.info("%s %s: %d", request.method, request.path, response.status_code)`
	}
	return `log.info("%s %s", request.method, request.path)`
}

// addsRequestID keeps the client's id, as the framework does. Its other half,
// which puts the id on the answer, is [requestIDOnAnswer].
func addsRequestID(h *hook, _ *Case) string {
	text := `request.state.request_id = request.headers.get("x-request-id") or str(uuid4())`
	if h.stage == onResponse {
		text += "\n" + `response.headers["x-request-id"] = request.state.request_id`
	}
	return text
}

const requestIDOnAnswer = `@app.on_response
def answer_request_id(response: Response, request: Request):
    if hasattr(request.state, "request_id"):
        response.headers["x-request-id"] = request.state.request_id

`

func recordsStart(*hook, *Case) string { return "request.state.start_time = monotonic()" }

func addsResponseTime(*hook, *Case) string {
	return `now = monotonic()
took = now - getattr(request.state, "start_time", now)
response.headers["x-response-time"] = f"{took * 1000:.2f}ms"`
}

// securityHeaders are what add_security_headers sets where the case does not
// have another value for them.
var securityHeaders = map[string]string{
	"x-content-type-options": "nosniff", "x-frame-options": "DENY", "x-xss-protection": "1; mode=block",
	"strict-transport-security": "max-age=31536000; includeSubDomains",
}

var securityHeaderNames = []string{
	"content-security-policy", "cross-origin-embedder-policy", "cross-origin-opener-policy",
	"cross-origin-resource-policy", "permissions-policy", "referrer-policy", "strict-transport-security",
	"x-content-type-options", "x-frame-options", "x-xss-protection",
}

func addsSecurityHeaders(_ *hook, c *Case) string {
	var lines []string
	for _, name := range securityHeaderNames {
		value := securityHeaders[name]
		if i := slices.IndexFunc(c.Steps, func(s Step) bool { return hasValue(s.Expect, name) }); i >= 0 {
			value = sample(headerOf(c.Steps[i].Expect.Headers, name))
		}
		if value != "" {
			lines = append(lines, fmt.Sprintf("response.headers[%s] = %s", pythonString(name), pythonString(value)))
		}
	}
	return strings.Join(lines, "\n")
}

func hasValue(expect Expect, header string) bool {
	want := headerOf(expect.Headers, header)
	return want != "" && want != absent
}

// limits counts the requests of each client in a window of its own.
func limits(h *hook, c *Case) string {
	most, window := setting(h, "max_requests", "100"), setting(h, "window_seconds", "60")
	return fmt.Sprintf(`began, seen = windows.get(request.client, (monotonic(), 0))
if monotonic() - began >= %[2]s:
    began, seen = monotonic(), 0
windows[request.client] = (began, seen + 1)
request.state.rate_limit_remaining = max(%[1]s - seen - 1, 0)
if seen >= %[1]s:
    %[3]s`, most, window, refusal(h, c, pythonString("Retry-After")+": "+pythonString(window)))
}

// limitOnAnswer tells on the answers what is left, where the case wants it told.
func limitOnAnswer(h *hook) string {
	return fmt.Sprintf(`@app.on_response
def answer_rate_limit(response: Response, request: Request):
    if hasattr(request.state, "rate_limit_remaining"):
        response.headers["x-ratelimit-limit"] = %s
        response.headers["x-ratelimit-remaining"] = str(request.state.rate_limit_remaining)
        response.headers["x-ratelimit-reset"] = %s

`, pythonString(setting(h, "max_requests", "100")), pythonString(setting(h, "window_seconds", "60")))
}

func setting(h *hook, name, fallback string) string {
	if n, ok := h.config[name].(json.Number); ok {
		return n.String()
	}
	return fallback
}

const tokens = `tokens = {
    "valid-token-12345": {"id": "user-123", "role": "user"},
    "admin-token-67890": {"id": "admin-456", "role": "admin"},
    "user-token-11111": {"id": "user-111", "role": "user"},
}

`

func authenticates(h *hook, c *Case) string {
	return fmt.Sprintf(`await asyncio.sleep(0)
scheme, _, token = request.headers.get("authorization", "").partition(" ")
user = tokens.get(token) if scheme.lower() == "bearer" else None
if user is None:
    %s
request.state.user = user
request.state.user_id = user["id"]
request.state.role = user["role"]
request.state.authenticated = True`, refusal(h, c, ""))
}

// checksAuthentication looks at a token only where no hook has done so before.
func checksAuthentication(h *hook, c *Case) string {
	_, checked, _ := strings.Cut(authenticates(h, c), "\n")
	return "if not getattr(request.state, \"authenticated\", False):\n" + indent(checked)
}

func checksRole(h *hook, c *Case) string {
	return fmt.Sprintf("if getattr(request.state, \"role\", None) != \"admin\":\n    %s", refusal(h, c, ""))
}

// checksPermissions lets users act for themselves, and admins for all.
func checksPermissions(h *hook, c *Case) string {
	return fmt.Sprintf(`user = getattr(request.state, "user", None)
wanted = request.json() if request.body() else None
owner = wanted.get("user_id") if isinstance(wanted, dict) else None
if user is None or (owner not in (None, user["id"]) and user["role"] != "admin"):
    %s`, refusal(h, c, ""))
}

// appends notes the hook's turn. What it calls itself is the case's choice: the
// hook's name there, its handler's, or the last word of that.
func appends(h *hook, c *Case) string {
	text := fmt.Sprintf("order(request).append(%s)", pythonString(h.word(c)))
	if h.stage == onResponse {
		headers := orderHeaders(c)
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			text += fmt.Sprintf("\nresponse.headers[%s] = %s", pythonString(name), headers[name])
		}
	}
	return text
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}
