package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// hooked runs the cases whose app has hooks. Those are real: they decide by the
// request, leave what they know in its state and note that they ran; the handler
// answers with what they left ([teller]), and whoever answers tells who ran
// before ([checkTrail]).
type hooked struct{}

func (hooked) app(c *Case) (string, error) {
	hooks, err := hooksOf(c)
	if err != nil {
		return "", err
	}
	bare := *c
	bare.App.Config = maps.Clone(c.App.Config)
	delete(bare.App.Config, hooksSetting)
	p, err := newProgram(&bare, false)
	if err != nil {
		return "", err
	}
	s, err := newSpeaker(p, &bare)
	if err != nil {
		return "", err
	}
	s.lead, s.begin = "request: Request", "    note(request, \"handler\")\n"
	p.route = decorator(c.App.Route, append(s.keywords(), routeHooks(hooks)...)...)
	p.before = hookFunctions(c, hooks)
	if usesRouter(hooks) {
		p.route = "@router" + strings.TrimPrefix(p.route, "@app")
	}
	s.write(hookTurns(c, hooks, s))
	p.hookImports(p.before + p.handler)
	return p.source(), nil
}

// hookTurns are what the handler does at each step that is to reach it.
func hookTurns(c *Case, hooks []*hook, s *speaker) []string {
	t := newTeller(c, hooks)
	var turns []string
	for _, step := range c.Steps {
		switch {
		case raises(c, step):
			turns = append(turns, raising(step, hooks))
		case reaches(c, step):
			content := t.knows(s, step).content(step.Expect.Body)
			turns = append(turns, s.says(content, step.Expect, hookedHeaders(c, hooks, step)))
		}
	}
	if len(turns) == 0 {
		expect := Expect{Status: http.StatusOK}
		turns = append(turns, s.says("None", expect, hookedHeaders(c, hooks, Step{Expect: expect})))
	}
	return turns
}

// hookedHeaders are the handler's: those that no hook sets.
func hookedHeaders(c *Case, hooks []*hook, step Step) string {
	headers := stepHeaders(step)
	order := orderHeaders(c)
	for name := range maps.Clone(headers) {
		if setByHook(hooks, name) || order[name] != "" {
			delete(headers, name)
		}
	}
	text := pythonLiteral(headers)
	for name := range step.Expect.Headers {
		if order[name] != "" {
			text = withHeader(text, name, order[name])
		}
	}
	return withHeader(text, trailHeader, "trail(request)")
}

// raises says whether a step's answer is that to a failure of the handler: it is
// no hook's refusal, and none of the framework's.
func raises(c *Case, s Step) bool {
	hooks, err := hooksOf(c)
	if err != nil || s.Expect.Status < http.StatusBadRequest {
		return false
	}
	answered := false
	for _, h := range hooks {
		if h.refuses == s.Expect.Status {
			return false
		}
		answered = answered || h.answers
	}
	path, _, _ := strings.Cut(s.Request.Target, "?")
	unrouted := s.Expect.Status == http.StatusNotFound && path != c.App.Route.Path || s.Request.Method != c.App.Route.Method
	return s.Expect.Status >= http.StatusInternalServerError || answered && !unrouted && !isProblem(s.Expect.Body)
}

// isProblem says whether a body is one of the framework's, or could be.
func isProblem(body any) bool {
	members, ok := body.(map[string]any)
	kind, _ := members["type"].(string)
	return !ok || members["detail"] != nil && len(members) == 1 || strings.HasPrefix(kind, "https://spikard.dev/errors/")
}

// raising writes the failure: one with the status where no hook gives it.
func raising(step Step, hooks []*hook) string {
	for _, h := range hooks {
		if h.answers {
			return `raise RuntimeError("the handler failed")`
		}
	}
	if step.Expect.Status == http.StatusInternalServerError {
		return `raise RuntimeError("the handler failed")`
	}
	return fmt.Sprintf(`raise HTTPException(%d, "the handler failed")`, step.Expect.Status)
}

func (hooked) check(c *Case, i int, got *answer) error {
	step := c.Steps[i]
	if got.status != step.Expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, step.Expect.Status, got.excerpt())
	}
	want := reaches(c, step)
	if reached := got.header.Get(reachedHeader) == reachedValue; reached != want {
		return fmt.Errorf("status %d, answered by the handler: %t", got.status, reached)
	}
	hooks, err := hooksOf(c)
	if err != nil {
		return err
	}
	expect := step.Expect
	if value, err := got.json(); err == nil {
		expect.Body = settled(expect.Body, value)
	}
	return errors.Join(
		checkTrail(c, step, hooks, got),
		checkOnce(hooks, got),
		checkContent(c, expect, want, got),
	)
}

// checkOnce has each header of a hook's once, and one id in header and body.
func checkOnce(hooks []*hook, got *answer) error {
	for _, h := range hooks {
		for _, name := range h.sets {
			if lines := got.header.Values(name); len(lines) > 1 {
				return fmt.Errorf("header %s, which a hook sets, comes %d times: %q", name, len(lines), lines)
			}
		}
	}
	value, _ := got.json()
	members, _ := value.(map[string]any)
	id, ok := members["request_id"].(string)
	if ok && setByHook(hooks, requestIDHeader) && got.header.Get(requestIDHeader) != id {
		return fmt.Errorf("header %s is %q, the handler had %q", requestIDHeader, got.header.Get(requestIDHeader), id)
	}
	return nil
}

// settled puts in place of each expected text that holds ".*" the one that came,
// if that fits it.
func settled(want, got any) any {
	switch want := want.(type) {
	case string:
		text, ok := got.(string)
		if ok && strings.Contains(want, ".*") && sameHeader("", want, text) {
			return text
		}
	case []any:
		list, _ := got.([]any)
		out := append([]any{}, want...)
		for i := range min(len(want), len(list)) {
			out[i] = settled(want[i], list[i])
		}
		return out
	case map[string]any:
		members, _ := got.(map[string]any)
		out := make(map[string]any, len(want))
		for k := range want {
			out[k] = settled(want[k], members[k])
		}
		return out
	}
	return want
}
