package main

import "strings"

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
