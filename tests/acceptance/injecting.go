package main

import (
	"slices"
	"strings"
)

// sentNote is what a handler of parts, events or messages notes when it is through,
// so that what is cleaned up behind it can be seen to be behind it.
const sentNote = "sent"

// injects has a handler take what its case injects besides what it takes of the
// request. It writes the providers and the route that tells what was noted, and gives
// the handler's signature and whether anything is noted.
func (p *program) injects(c *Case, request string) (signature string, notes bool, err error) {
	state := diState(c)
	if len(c.App.DI.Dependencies) == 0 && len(c.App.DI.Handler) == 0 {
		return request, false, nil
	}
	w, err := wire(c.App.DI)
	if err != nil {
		return "", false, err
	}
	text := w.providers() + state
	signature = w.signature(w.arguments(), request)
	p.before = diPrelude(text) + text + "\n\n" + p.before
	p.diImports(text + signature)
	return signature, strings.Contains(text, "events"), nil
}

// noting is the statement by which a handler notes that it is through.
func noting(notes bool, indent string) string {
	if !notes {
		return ""
	}
	return indent + "events.append(" + pythonString(sentNote) + ")\n"
}

// closings are what the case's clean-ups note.
func closings(in Injection) []any {
	var out []any
	for _, d := range in.Dependencies {
		if d.cleansUp() {
			out = append(out, logged(d.Factory)+"_closed")
		}
	}
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return out
}
