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
		reason: "wants the long text for a bad UUID, which quotes another implementation's parser; " +
			"the table of errors and the sibling cases have the short one",
		covers: func(c *Case) bool { return c.Grade.Use == UseGate && anyEntry(c, longUUIDText) },
	},
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

// uuidMessage is the table's text for a bad UUID.
const uuidMessage = "Input should be a valid UUID"

func longUUIDText(entry map[string]any) bool {
	msg, _ := entry["msg"].(string)
	return entry["type"] == "uuid_parsing" && msg != uuidMessage && strings.HasPrefix(msg, uuidMessage)
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

func anyEntry(c *Case, holds func(map[string]any) bool) bool {
	return anyBody(c, func(body map[string]any) bool {
		entries, _ := body["errors"].([]any)
		for _, e := range entries {
			if entry, ok := e.(map[string]any); ok && holds(entry) {
				return true
			}
		}
		return false
	})
}
