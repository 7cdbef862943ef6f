package main

import (
	"fmt"
	"strings"
)

// replyApp is the app of a reply case: the handler returns the expected
// answers, one a step, through Response. It takes no arguments, since only the
// way out is under test.
func replyApp(c *Case) (string, error) {
	p, err := newProgram(c, true)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if len(c.Steps) > 1 {
		p.before = fmt.Sprintf("turns = iter(range(%d))\n", len(c.Steps))
		b.WriteString("def handler():\n    turn = next(turns)\n")
		for i, step := range c.Steps {
			fmt.Fprintf(&b, "    if turn == %d:\n        return answer_%d()\n", i, i)
			p.before += "\n" + replyFunction(fmt.Sprintf("answer_%d", i), step.Expect)
		}
	} else {
		b.WriteString(replyFunction("handler", c.Steps[0].Expect))
	}
	p.route = decorator(c.App.Route)
	p.handler = b.String()
	return p.source(), nil
}

// replyFunction writes a function that builds one expected answer.
func replyFunction(name string, expect Expect) string {
	var b strings.Builder
	fmt.Fprintf(&b, "def %s():\n", name)
	headers := map[string]any{}
	args := []string{pythonLiteral(samples(expect.Body)), fmt.Sprintf("status_code=%d", expect.Status)}
	for header, want := range expect.Headers {
		switch {
		case want == absent:
		case strings.EqualFold(header, "Content-Type"):
			args = append(args, "media_type="+pythonLiteral(sample(want)))
		default:
			headers[header] = sample(want)
		}
	}
	if len(headers) > 0 {
		args = append(args, "headers="+pythonLiteral(headers))
	}
	fmt.Fprintf(&b, "    response = Response(%s)\n", strings.Join(args, ", "))
	writeCookies(&b, expect.Cookies)
	b.WriteString("    return response\n")
	return b.String()
}

// checkReply compares an answer of a reply run with what the step expects.
func checkReply(c *Case, expect Expect, got *answer) error {
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if c.Grade.checks("body") && got.method != "HEAD" && statusAllowsBody(expect.Status) {
		if err := checkBody(expect, got); err != nil {
			return err
		}
	}
	if !statusAllowsBody(expect.Status) && len(got.body) > 0 {
		return fmt.Errorf("a body with status %d: %s", got.status, got.excerpt())
	}
	return checkHead(c.Grade, expect, got)
}
