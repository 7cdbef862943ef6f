package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// trails are the hooks of a case by the part that they have in a trail.
type trails struct {
	before, after, errors []string
	// refuses are the statuses of those before.
	refuses []int
	// first are how many of those before are on_request hooks.
	first int
	// answered says that one of those for errors answers, which is then the last.
	answered bool
}

// trailsOf sorts the hooks that run for a step: where no route is found, those
// of the app alone.
func trailsOf(hooks []*hook, routed bool) trails {
	var t trails
	for _, h := range hooks {
		switch {
		case !routed && h.level != hookLevels[0]:
		case h.isBefore():
			t.before = append(t.before, h.function)
			t.refuses = append(t.refuses, h.refuses)
			if h.stage == onRequest {
				t.first++
			}
		case h.stage == onResponse:
			t.after = append(t.after, h.function)
		case !t.answered:
			t.errors = append(t.errors, h.function)
			t.answered = h.answers
		}
	}
	return t
}

// checkTrail compares who has run with who should have: each request hook in the
// order of stages and registration up to the one that refuses, the handler, the
// error hooks up to the one that answers, and the on_response hooks whoever
// answered.
func checkTrail(c *Case, s Step, hooks []*hook, got *answer) error {
	text := got.header.Get(trailHeader)
	trail := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	routed := s.Expect.Status != http.StatusNotFound && s.Expect.Status != http.StatusMethodNotAllowed
	t := trailsOf(hooks, routed)
	whole := append(slices.Clone(t.before), "handler")
	switch {
	case raises(c, s):
		if !t.answered && len(t.after) == 0 {
			return nil // nobody of the app's tells
		}
		return sameTrail(trail, slices.Concat(whole, t.errors, t.after))
	case reaches(c, s):
		return sameTrail(trail, append(whole, t.after...))
	}
	for i, status := range t.refuses {
		if status == s.Expect.Status && slices.Equal(trail, slices.Concat(t.before[:i+1], t.after)) {
			return nil
		}
	}
	if slices.Contains(t.refuses, s.Expect.Status) {
		return fmt.Errorf("trail %q does not end with the hook that refuses", text)
	}
	return t.checkFramework(trail)
}

// checkFramework compares the trail of what the framework refuses: it does so
// after any of the hooks before, but never ahead of those on_request.
func (t trails) checkFramework(trail []string) error {
	if len(t.after) == 0 {
		return sameTrail(trail, nil)
	}
	for n := t.first; n <= len(t.before); n++ {
		if slices.Equal(trail, slices.Concat(t.before[:n], t.after)) {
			return nil
		}
	}
	return sameTrail(trail, slices.Concat(t.before[:t.first], t.after))
}

func sameTrail(got, want []string) error {
	if !slices.Equal(got, want) {
		return fmt.Errorf("trail %q, want %q", got, want)
	}
	return nil
}
