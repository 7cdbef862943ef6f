package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// backgroundWork runs the cases whose handler leaves work to be done. It is given to
// background.run in one run, and is the answer's in the other ([variants]); what it
// does is seen by a route that tells it.
type backgroundWork struct{}

// settleLimit is how long what goes on behind an answer may take to be seen.
const settleLimit = 2 * time.Second

func (backgroundWork) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	s, err := newSpeaker(p, c)
	if err != nil {
		return "", err
	}
	request, keywords, err := requestArguments(p, c)
	if err != nil {
		return "", err
	}
	// The route that tells is this script's own: it may have the path of the case's.
	quiet := *c
	quiet.App.Background.StatePath = ""
	signature, _, err := p.injects(&quiet, request)
	if err != nil {
		return "", err
	}
	p.before += p.noted(c)
	p.route = decorator(c.App.Route, keywords...)
	expect := wantedOf(c)
	p.handler = fmt.Sprintf("async def handler(%s):\n    response = Response(%s, status_code=%d, headers=%s)\n    %s\n    return response\n",
		signature, backgroundContent(p, c, s, expect), expect.Status, pythonLiteral(echoHeaders(expect)), left(c, s.body != ""))
	return p.source(), nil
}

// backgroundContent is what the handler answers: what it was given, or the case's words.
func backgroundContent(p *program, c *Case, s *speaker, expect Expect) string {
	if expect.Body != nil && expect.Echo == nil {
		return pythonLiteral(samples(expect.Body))
	}
	return echoed(p, c, s.args, s.body)
}

// noted writes the work and the route that tells what it has done. Work whose request
// had something to clean up waits for that: it outlives the request.
func (p *program) noted(c *Case) string {
	b := c.App.Background
	p.stdlib["asyncio"] = nil
	notes, wait := "noted = []", "    await asyncio.sleep(0.01)\n"
	if closed := closings(c.App.DI); len(closed) > 0 {
		notes = "noted = events"
		wait = fmt.Sprintf("    while not set(%s) <= set(noted):\n        await asyncio.sleep(0.001)\n", pythonLiteral(closed))
	}
	if !c.App.blocking {
		p.names["background"] = true
	}
	text := fmt.Sprintf("%s\n\n\nasync def note(value):\n%s    noted.append(value)\n", notes, wait)
	if b.StatePath == "" {
		return text
	}
	state := Route{Method: http.MethodGet, Path: b.StatePath}
	return text + fmt.Sprintf("\n\n%s\ndef state():\n    return {%s: noted}\n", decorator(state), pythonString(b.StateKey))
}

// left is the statement by which the handler leaves its work to be done.
func left(c *Case, hasBody bool) string {
	value := pythonString(c.App.Background.ValueField)
	switch {
	case hasBody && c.App.Background.ValueField != "":
		value = "body[" + value + "]"
	case hasBody:
		value = "body"
	}
	if c.App.blocking {
		return "response.background = note(" + value + ")"
	}
	return "background.run(note(" + value + "))"
}

func (backgroundWork) check(c *Case, i int, got *answer) error {
	step := c.Steps[i]
	if isNoted(c, i) {
		return checkState(step.Expect, got)
	}
	if err := checkReached(step.Expect, got); err != nil {
		return err
	}
	return checkContent(c, step.Expect, step.Expect.Status < http.StatusBadRequest, got)
}

// isNoted says whether a step asks for what the work has done: it may do so at the
// path of the case's route, by another method.
func isNoted(c *Case, i int) bool {
	r := c.Steps[i].Request
	path, _, _ := strings.Cut(r.Target, "?")
	return r.Method == http.MethodGet && path == c.App.Background.StatePath &&
		(path != c.App.Route.Path || !strings.EqualFold(c.App.Route.Method, http.MethodGet))
}

// settles says that such a step asks until it sees what it wants.
func (backgroundWork) settles(c *Case, i int) bool { return isNoted(c, i) }
