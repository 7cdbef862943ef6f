package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// Stream is what a handler sends in parts.
type Stream struct {
	ContentType string  `json:"content_type"`
	Chunks      []Chunk `json:"chunks"`
	// Events are those of a stream of events. Only the own cases have them.
	Events []Event `json:"events"`
}

// streaming runs the cases whose handler answers in parts. They come from an
// asynchronous iterator in one run and from a plain one in the other ([variants]),
// and the answer has to be the parts one behind the other.
type streaming struct{}

func (streaming) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	request, keywords, err := requestArguments(p, c)
	if err != nil {
		return "", err
	}
	signature, notes, err := p.injects(c, request)
	if err != nil {
		return "", err
	}
	parts, err := partsOf(p, c, notes)
	if err != nil {
		return "", err
	}
	p.names["StreamingResponse"] = true
	p.route = decorator(c.App.Route, keywords...)
	expect := wantedOf(c)
	p.handler = fmt.Sprintf("%s handler(%s):\n%s\n    return StreamingResponse(parts(), status_code=%d, headers=%s%s)\n",
		definition(c), signature, parts, expect.Status, pythonLiteral(echoHeaders(expect)), mediaArgument(c, expect))
	return p.source(), nil
}

// requestArguments are what a handler takes of its request, and the keywords of its
// decorator that belong to them.
func requestArguments(p *program, c *Case) (signature string, keywords []string, err error) {
	args, err := arguments(c.App.Route.Params)
	if err != nil {
		return "", nil, err
	}
	keywords, body := diBody(c)
	signature = echoSignature(args, body)
	p.needs(signature)
	return signature, keywords, nil
}

// definition begins a handler's definition, in the way of the variant.
func definition(c *Case) string {
	if c.App.blocking {
		return "def"
	}
	return "async def"
}

// partsOf writes the iterator.
func partsOf(p *program, c *Case, notes bool) (string, error) {
	var b strings.Builder
	_, sleep := p.sleeping(c)
	fmt.Fprintf(&b, "    %s parts():\n", definition(c))
	if sleep != "" {
		b.WriteString("    " + sleep)
	}
	for _, chunk := range c.App.Stream.Chunks {
		text, err := chunk.literal()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "        yield %s\n", text)
	}
	if len(c.App.Stream.Chunks) == 0 {
		b.WriteString("        for part in ():\n            yield part\n")
	}
	return b.String() + noting(notes, "        "), nil
}

// wantedOf is what the first step expects that comes to the handler.
func wantedOf(c *Case) Expect {
	for i, step := range c.Steps {
		if step.Expect.Status < http.StatusBadRequest && !isNoted(c, i) {
			return step.Expect
		}
	}
	return Expect{Status: http.StatusOK}
}

func mediaArgument(c *Case, expect Expect) string {
	media := c.App.Stream.ContentType
	if want := headerOf(expect.Headers, "Content-Type"); media == "" && isLiteral(want) {
		media = want
	}
	if media == "" {
		return ""
	}
	return ", media_type=" + pythonString(media)
}

func (streaming) check(c *Case, i int, got *answer) error {
	expect := c.Steps[i].Expect
	if isState(c, i) {
		return checkState(expect, got)
	}
	if err := checkReached(expect, got); err != nil {
		return err
	}
	if expect.Status < http.StatusBadRequest && got.method != http.MethodHead {
		if err := checkParts(c, expect, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}

// checkReached compares the status, and whether the handler has answered.
func checkReached(expect Expect, got *answer) error {
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if reached := got.header.Get(reachedHeader) == reachedValue; reached != (expect.Status < http.StatusBadRequest) {
		return fmt.Errorf("status %d, handler reached: %t", got.status, reached)
	}
	return nil
}

// checkParts compares the answer with the parts, and with what the case says of it.
func checkParts(c *Case, expect Expect, got *answer) error {
	want, err := joined(c.App.Stream.Chunks)
	if err != nil {
		return err
	}
	if !bytes.Equal(want, got.content()) {
		return fmt.Errorf("the parts are %d bytes %q, want %d bytes %q",
			len(got.content()), got.excerpt(), len(want), excerpt(string(want)))
	}
	text, ok := expect.Body.(string)
	switch {
	case !c.Grade.checks("body"):
		return nil
	case !ok || text == present:
		return checkBody(expect, got)
	case text != string(want) && unescaped(text) != string(bytes.ToValidUTF8(want, []byte("\ufffd"))):
		return fmt.Errorf("body %q, want %q", got.excerpt(), excerpt(unescaped(text)))
	}
	return nil
}

// settles says whether a step asks what was noted: a clean-up behind the last part
// may come after its client has read that part.
func (streaming) settles(c *Case, i int) bool { return isState(c, i) }

// checkState compares what was noted.
func checkState(expect Expect, got *answer) error {
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	return checkBody(expect, got)
}
