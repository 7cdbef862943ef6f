package main

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// waiver is a rule by which a case cannot be met without breaking a better
// one. A waived case is counted apart and as not passed.
type waiver struct {
	reason string
	covers func(*Case) bool
}

var waivers = []waiver{
	{
		reason: "wants an OpenAPI 3.0 document; documents are 3.1",
		covers: func(c *Case) bool { return c.Grade.Use == UseFeature && anyBody(c, isOpenAPI30) },
	},
	{
		reason: "wants a member dropped that the body's schema requires and the request has",
		covers: func(c *Case) bool { return c.Grade.checks("echo") && slices.ContainsFunc(c.Steps, c.dropsRequired) },
	},
	{
		reason: "wants an example taken that its own schema refuses",
		covers: contradicts,
	},
}

// waived gives the reason why the case is waived, or an empty text.
func waived(c *Case) string {
	for _, w := range waivers {
		if w.covers(c) {
			return w.reason
		}
	}
	return ""
}

func isOpenAPI30(body map[string]any) bool {
	version, _ := body["openapi"].(string)
	return strings.HasPrefix(version, "3.0")
}

func anyBody(c *Case, holds func(map[string]any) bool) bool {
	for _, step := range c.Steps {
		if body, ok := step.Expect.Body.(map[string]any); ok && holds(body) {
			return true
		}
	}
	return false
}

// dropsRequired says whether the step's echo lacks a member of the body that
// the route's schema requires, although the request has it.
func (c *Case) dropsRequired(s Step) bool {
	echoed, ok := s.Expect.Echo["body"].(map[string]any)
	required, _ := c.App.Route.BodySchema["required"].([]any)
	if !ok {
		return false
	}
	sent := bodyMembers(s.Request)
	return slices.ContainsFunc(required, func(v any) bool {
		name, _ := v.(string)
		_, there := echoed[name]
		return sent[name] && !there
	})
}

// bodyMembers are the names in a JSON object or a url-encoded form.
func bodyMembers(r Request) map[string]bool {
	names := map[string]bool{}
	object := map[string]any{}
	if err := json.Unmarshal(r.Body, &object); err == nil {
		for name := range object {
			names[name] = true
		}
	} else if form, err := url.ParseQuery(string(r.Body)); err == nil && isForm(&Case{Steps: []Step{{Request: r}}}) {
		for name := range form {
			names[name] = true
		}
	}
	return names
}
