package main

import (
	"fmt"
	"net/http"
	"strings"
)

// answering runs the cases in which the framework has its say before a handler
// that has its own: the handler answers in the case's words, tells what it was
// given ([toldHeader]), and is not reached where the answer is the framework's.
type answering struct{}

func (answering) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	s, err := newSpeaker(p, c)
	if err != nil {
		return "", err
	}
	var turns []string
	for _, step := range c.Steps {
		if reaches(c, step) {
			content := pythonLiteral(samples(step.Expect.Body))
			turns = append(turns, s.says(content, step.Expect, pythonLiteral(stepHeaders(step))))
		}
	}
	if len(turns) == 0 && c.App.Config[staticSetting] != nil {
		// The route is the case's name for a file: a handler would go before it.
		return p.source(), nil
	}
	if len(turns) == 0 {
		expect := Expect{Status: http.StatusOK}
		turns = append(turns, s.says("None", expect, pythonLiteral(echoHeaders(expect))))
	}
	p.route = decorator(c.App.Route, s.keywords()...)
	s.write(turns)
	return p.source(), nil
}

// reaches says whether a step's request is to come to the handler.
func reaches(c *Case, s Step) bool {
	path, _, _ := strings.Cut(s.Request.Target, "?")
	return s.Expect.Status < http.StatusBadRequest && !isPreflight(c, s.Request) && !isStatic(c, path)
}

// isPreflight says whether a browser's question comes before the framework.
func isPreflight(c *Case, r Request) bool {
	cors, _ := c.App.Config["cors"].(map[string]any)
	return len(cors) > 0 && cors["enabled"] != false && r.Method == http.MethodOptions &&
		headerOf(r.Headers, "Origin") != "" && headerOf(r.Headers, "Access-Control-Request-Method") != ""
}

func (answering) check(c *Case, i int, got *answer) error {
	step := c.Steps[i]
	if got.status != step.Expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, step.Expect.Status, got.excerpt())
	}
	want := reaches(c, step)
	if reached := got.header.Get(reachedHeader) == reachedValue; reached != want {
		return fmt.Errorf("status %d, handler reached: %t", got.status, reached)
	}
	return checkContent(c, step.Expect, want, got)
}

// checkContent compares what the case checks of an answer besides its status.
func checkContent(c *Case, expect Expect, reached bool, got *answer) error {
	if err := checkCoding(got); err != nil {
		return err
	}
	hasBody := got.method != http.MethodHead && statusAllowsBody(got.status)
	if hasBody && (c.Grade.checks("body") || c.Grade.Use == UseGate || expect.ErrorsSubset != nil) {
		if err := checkBody(expect, got); err != nil {
			return err
		}
	}
	if reached && c.Grade.checks("echo") && expect.Echo != nil {
		if err := checkHandedOver(expect.Echo, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}
