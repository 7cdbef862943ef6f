package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// dependencies runs the cases about dependency injection. The app provides what
// the case says; its handler answers with what it was given ([describe]), and
// tells how often each factory has run, which must be what the lifetimes say.
type dependencies struct{}

// builtHeader tells how often each factory has run.
const builtHeader = "X-Built"

func (dependencies) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	w, err := wire(c.App.DI)
	if err != nil {
		return "", err
	}
	params, err := arguments(c.App.Route.Params)
	if err != nil {
		return "", err
	}
	keywords, body := diBody(c)
	p.route = decorator(c.App.Route, keywords...)
	if p.handler, err = diHandler(p, c, w, params, body); err != nil {
		return "", err
	}
	text := w.providers() + diState(c) + p.handler
	p.before = diPrelude(text) + w.providers() + diState(c)
	p.diImports(text)
	return p.source(), nil
}

// diBody is the route's body, where it has one.
func diBody(c *Case) (keywords []string, argument string) {
	argument = bodyArgument(c)
	if argument != "" {
		keywords = []string{"body_schema=" + pythonLiteral(c.App.Route.BodySchema)}
	}
	return keywords, argument
}

// diPrelude is what an app keeps its notes in, and what its factories make
// objects of, as far as it uses them.
func diPrelude(text string) string {
	var b strings.Builder
	for _, part := range []struct{ use, text string }{
		{"next(turns)", "turns = count()\n\n"},
		{"built[", "built = {}\n\n"},
		{"events", "events = []\n\n"},
		{"Made", "class Made:\n    def __init__(self, **members):\n        self.__dict__.update(members)\n\n"},
	} {
		if strings.Contains(text, part.use) {
			b.WriteString(part.text)
		}
	}
	return b.String()
}

// diImports imports what the app uses.
func (p *program) diImports(text string) {
	p.needs(text)
	for _, i := range []struct{ use, module, name string }{
		{"json.dumps", "json", ""},
		{"asyncio.sleep", "asyncio", ""},
		{"uuid4()", "uuid", "uuid4"},
		{"timezone.utc", "datetime", "timezone"},
		{"next(turns)", "itertools", "count"},
	} {
		switch {
		case !strings.Contains(text, i.use):
		case i.name == "":
			p.stdlib[i.module] = nil
		default:
			p.takes(i.module, i.name)
		}
	}
	if strings.Contains(text, "Provide(") {
		p.names["Provide"] = true
	}
}

// diState is the route that tells what was noted.
func diState(c *Case) string {
	b := c.App.Background
	if b.StatePath == "" {
		return ""
	}
	r := Route{Method: http.MethodGet, Path: b.StatePath}
	return fmt.Sprintf("\n\n%s\ndef state():\n    return {%s: events}", decorator(r), pythonString(b.StateKey))
}

// isState says whether a step asks the route that tells what was noted.
func isState(c *Case, i int) bool {
	path, _, _ := strings.Cut(c.Steps[i].Request.Target, "?")
	return c.App.Background.StatePath != "" && path == c.App.Background.StatePath && path != c.App.Route.Path
}

// diHandler writes the handler: what it does to what it was given, and an
// answer for each step that reaches it.
func diHandler(p *program, c *Case, w *wiring, params []argument, body string) (string, error) {
	args := w.arguments()
	var roots []*injected
	for _, a := range args {
		roots = append(roots, w.tree(a.key, a.name, nil))
	}
	answers, err := diAnswers(c, roots, requestRoots(c, params, body), w.counted())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	kind, sleep := p.sleeping(c)
	fmt.Fprintf(&b, "%s handler(%s):\n%s", kind, w.signature(args, echoSignature(params, body)), sleep)
	for _, statement := range w.touched(roots) {
		b.WriteString("    " + statement + "\n")
	}
	if len(answers) > 1 {
		b.WriteString("    turn = next(turns)\n")
		for i, answer := range answers[:len(answers)-1] {
			fmt.Fprintf(&b, "    if turn == %d:\n        return %s\n", i, answer)
		}
	}
	b.WriteString("    return " + answers[len(answers)-1])
	return b.String(), nil
}

// requestRoots are what the handler has of the request.
func requestRoots(c *Case, params []argument, body string) []*injected {
	var roots []*injected
	for _, a := range params {
		roots = append(roots, &injected{python: a.Name, name: a.Key, given: true})
	}
	if body == "" {
		return roots
	}
	node := &injected{python: "body", name: "body", given: true}
	if value, err := decodeJSON(c.Steps[0].Request.Body); err == nil {
		node.fill(value, false)
	}
	return append(roots, node)
}

// diAnswers are the answers to the steps that reach the handler, one for all of
// them where they are made alike. Without such a step there is one that must
// not come.
func diAnswers(c *Case, given, request []*injected, counted bool) ([]string, error) {
	var answers []string
	for i, step := range c.Steps {
		if step.Expect.Status >= 400 || isState(c, i) {
			continue
		}
		content := "None"
		if step.Expect.Body != nil {
			var ok bool
			if content, ok = diContent(step.Expect.Body, given, request); !ok {
				return nil, fmt.Errorf("step %d: no rule explains all of %s by what is injected", i+1, compact(step.Expect.Body))
			}
		}
		answers = append(answers, diResponse(content, step.Expect, counted))
	}
	if len(answers) == 0 {
		answers = []string{diResponse("None", Expect{Status: http.StatusOK}, counted)}
	}
	if !slices.ContainsFunc(answers, func(a string) bool { return a != answers[0] }) {
		answers = answers[:1]
	}
	return answers, nil
}

// diContent writes an answer's content. An answer that nothing injected has a
// part in would prove nothing.
func diContent(want any, given, request []*injected) (string, bool) {
	members, ok := want.(map[string]any)
	if !ok {
		return only(want, reach(given))
	}
	byInjection := func(name string) bool {
		_, ok := explainMember(name, members[name], given)
		return ok
	}
	if !slices.ContainsFunc(slices.Sorted(maps.Keys(members)), byInjection) {
		return "", false
	}
	return describe(members, append(slices.Clone(given), request...))
}

func diResponse(content string, expect Expect, counted bool) string {
	headers := pythonLiteral(echoHeaders(expect))
	if counted {
		headers = strings.TrimSuffix(headers, "}") + ", " + pythonString(builtHeader) + ": json.dumps(built)}"
	}
	return fmt.Sprintf("Response(%s, status_code=%d, headers=%s)", content, expect.Status, headers)
}

// withFaults says whether the case wants an answer that the app gives only if
// it is served in spite of its faults.
func (dependencies) withFaults(c *Case) bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Expect.Status >= http.StatusInternalServerError })
}

func (d dependencies) check(c *Case, i int, got *answer) error {
	expect := c.Steps[i].Expect
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if !isState(c, i) {
		if reached := got.header.Get(reachedHeader) == reachedValue; reached != (expect.Status < 400) {
			return fmt.Errorf("status %d, handler reached: %t", got.status, reached)
		}
		if err := d.checkBuilt(c, i, got); err != nil {
			return err
		}
	}
	if c.Grade.checks("body") || expect.ErrorsSubset != nil {
		if err := checkBody(expect, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}

// checkBuilt compares how often the factories have run with their lifetimes. It
// can be told as long as every step before has reached the handler.
func (d dependencies) checkBuilt(c *Case, i int, got *answer) error {
	n := 0
	for j := range c.Steps[:i+1] {
		if c.Steps[j].Expect.Status >= 400 {
			return nil
		}
		if !isState(c, j) {
			n++
		}
	}
	w, err := wire(c.App.DI)
	if err != nil {
		return err
	}
	if !w.counted() {
		return nil
	}
	var built map[string]int
	if err := json.Unmarshal([]byte(got.header.Get(builtHeader)), &built); err != nil {
		return fmt.Errorf("header %s: %w", builtHeader, err)
	}
	if want := w.builds(n); !maps.Equal(want, built) {
		return fmt.Errorf("the factories have run %v times, want %v", built, want)
	}
	return nil
}
