package main

import "testing"

// TestTeller checks by what each member of an answer is explained.
func TestTeller(t *testing.T) {
	t.Parallel()
	const hooks = `{"on_request":[{"name":"request_logger","handler":"log_request"},{"name":"tag","handler":"add_request_id"},{"handler":"append_first"}],
		"pre_handler":[{"name":"authenticator","handler":"validate_auth_token"},{"name":"authorizer","handler":"check_admin_role"}],
		"on_response":[{"handler":"append_second"}]}`
	state := func(name string) string { return `getattr(request.state, "` + name + `", None)` }
	for name, tt := range map[string]struct{ want, python string }{
		"left by a hook":     {`{"user_id":"user-123"}`, `{"user_id": ` + state("user_id") + `}`},
		"with a placeholder": {`{"request_id":".*"}`, `{"request_id": ` + state("request_id") + `}`},
		"of an object":       {`{"user":{"id":"u","role":"admin"}}`, `{"user": {"id": ` + state("user_id") + `, "role": ` + state("role") + `}}`},
		"with more before":   {`{"current_role":"admin"}`, `{"current_role": ` + state("role") + `}`},
		"left flag":          {`{"authenticated":true}`, `{"authenticated": getattr(request.state, "authenticated", False)}`},
		"is there":           {`{"has_request_id":true}`, `{"has_request_id": hasattr(request.state, "request_id")}`},
		"has run":            {`{"request_logged":true}`, `{"request_logged": ran(request, "log_request")}`},
		"has run, by name":   {`{"admin_checked":true}`, `{"admin_checked": ran(request, "check_admin_role")}`},
		"two of a word":      {`{"authorized":true}`, `{"authorized": ran(request, "validate_auth_token", "check_admin_role")}`},
		"all have run":       {`{"ok":true}`, `{"ok": ran(request, "log_request", "add_request_id", "append_first", "validate_auth_token", "check_admin_role")}`},
		"not so":             {`{"cached":false}`, `{"cached": False}`},
		"order":              {`{"seen":["second","first"]}`, `{"seen": order(request)}`},
		"order as text":      {`{"seen":"second/first"}`, `{"seen": "/".join(order(request))}`},
		"of the body":        {`{"n":7}`, `{"n": body["n"]}`},
		"unlike the body's":  {`{"n":8}`, `{"n": 8}`},
		"how many":           {`{"hooks_run":5}`, `{"hooks_run": len(request.state.trail) - 1}`},
		"another number":     {`{"hooks_run":9}`, `{"hooks_run": 9}`},
		"own words":          {`{"message":"done","list":[1,null]}`, `{"list": [1, None], "message": "done"}`},
		"any words":          {`{"stamp":"at .*"}`, `{"stamp": "at 1"}`},
		"text alone":         {`"done"`, `"done"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := hookedCase(t, hooks, Step{Request: Request{Body: []byte(`{"n":7}`)}, Expect: Expect{Status: 200, Body: decoded(t, tt.want)}})
			all, err := hooksOf(c)
			if err != nil {
				t.Fatal(err)
			}
			told := newTeller(c, all).knows(&speaker{body: "body"}, c.Steps[0])
			if got := told.content(c.Steps[0].Expect.Body); got != tt.python {
				t.Errorf("got  %s\nwant %s", got, tt.python)
			}
		})
	}
}
