package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// uploads runs the cases that send files to a handler which takes each field
// of the form as an argument of its own. What the handler answers follows from
// the members of the expected answer ([factOf]); where a case expects no body,
// the handler tells what it was given, and that must be what was sent.
type uploads struct{}

func (uploads) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	fields := formFields(c)
	signature, keywords := uploadSignature(c, fields)
	p.needs(signature)
	p.route = decorator(c.App.Route, keywords...)
	p.names["UploadFile"] = true
	var b strings.Builder
	fmt.Fprintf(&b, "def handler(%s):\n%s", signature, uploadPrelude(fields))
	answers, err := uploadAnswers(c, fields)
	if err != nil {
		return "", err
	}
	p.before = wholeFile
	if len(answers) > 1 {
		p.before += fmt.Sprintf("\n\nturns = iter(range(%d))\n", len(answers))
		b.WriteString("    turn = next(turns)\n")
		for i, answer := range answers[:len(answers)-1] {
			fmt.Fprintf(&b, "    if turn == %d:\n        return %s\n", i, answer)
		}
	}
	fmt.Fprintf(&b, "    return %s", answers[len(answers)-1])
	p.handler = b.String()
	return p.source(), nil
}

// uploadSignature writes the handler's arguments, those without a default
// first, and the route's keywords.
func uploadSignature(c *Case, fields []formField) (signature string, keywords []string) {
	if len(c.App.Route.BodySchema) > 0 {
		keywords = append(keywords, "body_schema="+pythonLiteral(c.App.Route.BodySchema))
	}
	if len(c.App.Route.Files) > 0 {
		keywords = append(keywords, "file_params="+pythonLiteral(c.App.Route.Files))
	}
	var required, optional []string
	for _, f := range fields {
		if f.required {
			required = append(required, f.argument())
		} else {
			optional = append(optional, f.argument())
		}
	}
	return strings.Join(append(required, optional...), ", "), keywords
}

// uploadPrelude collects the files of all the arguments.
func uploadPrelude(fields []formField) string {
	var items []string
	for _, f := range fields {
		switch {
		case !f.file:
		case f.many && f.required:
			items = append(items, "*"+f.python)
		case f.many:
			items = append(items, "*("+f.python+" or [])")
		default:
			items = append(items, f.python)
		}
	}
	return "    uploads = [f for f in [" + strings.Join(items, ", ") + "] if isinstance(f, UploadFile)]\n"
}

// uploadAnswers are the answers to the steps that reach the handler. Without
// such a step there is one that must not come.
func uploadAnswers(c *Case, fields []formField) ([]string, error) {
	var answers []string
	for i, step := range c.Steps {
		if step.Expect.Status >= 400 {
			continue
		}
		content := givenFiles
		if step.Expect.Body != nil {
			facts, err := answerOf(step.Expect.Body, requestParts(step.Request), fields)
			if err != nil {
				return nil, fmt.Errorf("step %d: %w", i+1, err)
			}
			content = facts
		}
		answers = append(answers, fmt.Sprintf("Response(%s, status_code=%d, headers=%s)",
			content, step.Expect.Status, pythonLiteral(echoHeaders(step.Expect))))
	}
	if len(answers) == 0 {
		answers = []string{fmt.Sprintf("Response(%s, headers=%s)", givenFiles, pythonLiteral(echoHeaders(Expect{Status: 200})))}
	}
	return answers, nil
}

// wholeFile reads a file anew each time.
const wholeFile = `def whole(file):
    file.seek(0)
    return file.read()`

// givenFiles is what the handler answers where the case does not say: sentFiles
// is the same, as the request has it.
const givenFiles = "[[f.filename, f.size, whole(f).hex()] for f in uploads]"

func sentFiles(r Request) []any {
	files := []any{}
	for _, p := range requestParts(r) {
		if p.file {
			files = append(files, []any{p.filename, json.Number(fmt.Sprint(len(p.content))), hex.EncodeToString(p.content)})
		}
	}
	return files
}

func (uploads) check(c *Case, i int, got *answer) error {
	expect := c.Steps[i].Expect
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if reached := got.header.Get(reachedHeader) == reachedValue; reached != (expect.Status < 400) {
		return fmt.Errorf("status %d, handler reached: %t", got.status, reached)
	}
	if expect.Status < 400 && expect.Body == nil {
		given, err := got.json()
		if err != nil {
			return err
		}
		if diff := differSets(sentFiles(c.Steps[i].Request), given); diff != "" {
			return fmt.Errorf("%s", diff)
		}
	}
	if c.Grade.checks("body") || expect.ErrorsSubset != nil {
		if err := checkBody(expect, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}

// differSets compares lists whose order is free: files come in the order of
// the arguments that take them.
func differSets(want []any, got any) string {
	items, ok := got.([]any)
	if !ok || len(items) != len(want) {
		return fmt.Sprintf("the handler was given %s, want %s", compact(got), compact(want))
	}
	left := slices.Clone(items)
	for _, w := range want {
		at := slices.IndexFunc(left, func(g any) bool { return differ(w, g, "") == "" })
		if at < 0 {
			return fmt.Sprintf("the handler was given %s, want %s", compact(got), compact(want))
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}
