package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// toldHeader is where a handler that answers in its case's words tells what it
// was given.
const toldHeader = "X-Told"

// withTold adds to a handler's headers what it was given, a Python expression.
func withTold(p *program, headers, given string) string {
	p.stdlib["json"] = nil
	return withHeader(headers, toldHeader, "json.dumps("+given+", default=str)")
}

// withHeader adds a header whose value is a Python expression.
func withHeader(headers, name, python string) string {
	return strings.TrimSuffix(headers, "}") + ", " + pythonString(name) + ": " + python + "}"
}

// told is what the handler was given: in its header, else in its answer.
func (a *answer) told() (any, error) {
	text := a.header.Get(toldHeader)
	if text == "" {
		return a.json()
	}
	value, err := decodeJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("header %s: %w: %s", toldHeader, err, excerpt(text))
	}
	return value, nil
}

// wordsMatter says that the answer is to be the case's own, whatever the
// handler was given: whether it is compressed hangs on its size.
func wordsMatter(c *Case, expect Expect) bool {
	_, ok := c.App.Config["compression"]
	return ok && expect.Body != nil && expect.Status < http.StatusBadRequest
}

// speaker writes a handler that answers in its case's words.
type speaker struct {
	p    *program
	c    *Case
	args []argument
	body string
	// lead are arguments ahead of the case's, begin is what the handler does first.
	lead, begin string
}

func newSpeaker(p *program, c *Case) (*speaker, error) {
	args, err := arguments(c.App.Route.Params)
	if err != nil {
		return nil, err
	}
	return &speaker{p: p, c: c, args: args, body: bodyArgument(c)}, nil
}

// keywords are those of the route's decorator.
func (s *speaker) keywords() []string {
	if s.body == "" {
		return nil
	}
	return []string{"body_schema=" + pythonLiteral(s.c.App.Route.BodySchema)}
}

// says writes the answer of a step. The headers are a Python dict's source.
func (s *speaker) says(content string, expect Expect, headers string) string {
	if s.c.Grade.checks("echo") {
		headers = withTold(s.p, headers, echoed(s.p, s.c, s.args, s.body))
	}
	media := ""
	if want := headerOf(expect.Headers, "Content-Type"); isLiteral(want) && want != "application/json" {
		media = ", media_type=" + pythonString(want)
	}
	return fmt.Sprintf("return Response(%s, status_code=%d%s, headers=%s)", content, expect.Status, media, headers)
}

// write writes the handler: at each of its turns it does what that one says,
// and from the last one on what the last one says.
func (s *speaker) write(turns []string) {
	if !slices.ContainsFunc(turns, func(turn string) bool { return turn != turns[0] }) {
		turns = turns[:1]
	}
	signature := echoSignature(s.args, s.body)
	s.p.needs(signature)
	if s.lead != "" {
		signature = strings.TrimSuffix(s.lead+", "+signature, ", ")
	}
	var b strings.Builder
	kind, sleep := s.p.sleeping(s.c)
	fmt.Fprintf(&b, "%s handler(%s):\n%s%s", kind, signature, s.begin, sleep)
	if last := len(turns) - 1; last > 0 {
		s.p.takes("itertools", "count")
		s.p.before = strings.TrimSpace(s.p.before) + "\n\nturns = count()\n"
		b.WriteString("    turn = next(turns)\n")
		for i, turn := range turns[:last] {
			fmt.Fprintf(&b, "    if turn == %d:\n        %s\n", i, turn)
		}
	}
	b.WriteString("    " + turns[len(turns)-1])
	s.p.handler = b.String()
}
