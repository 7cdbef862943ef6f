package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Stream is what a handler sends in parts.
type Stream struct {
	ContentType string  `json:"content_type"`
	Chunks      []Chunk `json:"chunks"`
}

// Chunk is one part: text, in which escapes stand for what can't be seen, or bytes.
type Chunk struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Base64 string `json:"base64"`
}

// streaming runs the cases whose handler answers in parts: as an asynchronous
// generator, and its answer has to be the parts one behind the other.
type streaming struct{}

func (streaming) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	p.names["StreamingResponse"] = true
	expect := c.Steps[0].Expect
	var body strings.Builder
	for _, chunk := range c.App.Stream.Chunks {
		part, err := chunk.literal()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&body, "        yield %s\n", part)
	}
	p.route = decorator(c.App.Route)
	p.handler = fmt.Sprintf("async def handler():\n    async def parts():\n%s\n    return StreamingResponse(parts(), %d, media_type=%s)\n",
		body.String(), expect.Status, pythonString(c.App.Stream.ContentType))
	return p.source(), nil
}

// literal is the part as Python source.
func (c Chunk) literal() (string, error) {
	if c.Type != "bytes" {
		return pythonString(unescaped(c.Value)), nil
	}
	raw, err := base64.StdEncoding.DecodeString(c.Base64)
	if err != nil {
		return "", fmt.Errorf("a chunk: %w", err)
	}
	var b strings.Builder
	for _, one := range raw {
		fmt.Fprintf(&b, `\x%02x`, one)
	}
	return `b"` + b.String() + `"`, nil
}

func (streaming) check(c *Case, i int, got *answer) error {
	expect := c.Steps[i].Expect
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if want, ok := expect.Body.(string); ok && c.Grade.checks("body") && string(got.content()) != unescaped(want) {
		return fmt.Errorf("body %q, want %q", got.content(), unescaped(want))
	}
	return checkHead(c.Grade, expect, got)
}

// unescaped reads the escapes that cases write for characters that can't be seen.
func unescaped(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		var code rune
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, `\n`):
			out.WriteByte('\n')
			i++
		case len(rest) >= 6 && strings.HasPrefix(rest, `\u`):
			if _, err := fmt.Sscanf(rest[2:6], "%04x", &code); err == nil {
				out.WriteRune(code)
				i += 5
				continue
			}
			out.WriteByte(text[i])
		default:
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

// eventStreams runs the cases about server-sent events over HTTP: what they ask for is
// in the header.
type eventStreams struct{ streaming }

func (eventStreams) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	p.names["SseEvent"] = true
	p.route = fmt.Sprintf("@app.sse(%s)", pythonString(c.App.Route.Path))
	p.handler = "async def handler():\n    yield {\"message\": \"text\"}\n" +
		"    yield SseEvent(\"text\", event_type=\"update\", id=\"1\", retry=5000)\n"
	return p.source(), nil
}

// backgroundWork runs the cases whose handler leaves work to be done: what it does is
// seen by a route that tells it, within the time that a case may take.
type backgroundWork struct{}

// settleLimit is how long background work may take to be seen.
const settleLimit = 2 * time.Second

func (backgroundWork) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	b := c.App.Background
	p.names["background"] = true
	p.stdlib["asyncio"] = nil
	p.takes("typing", "Any")
	p.takes("typing", "Annotated")
	p.names["Body"] = true
	state := Route{Method: http.MethodGet, Path: b.StatePath}
	p.before = "noted = []\n\n\nasync def note(value):\n    await asyncio.sleep(0.01)\n    noted.append(value)\n\n\n" +
		fmt.Sprintf("%s\ndef state():\n    return {%s: noted}\n", decorator(state), pythonString(b.StateKey))
	p.route = decorator(c.App.Route, "body_schema="+pythonLiteral(c.App.Route.BodySchema))
	p.handler = fmt.Sprintf("async def handler(body: Annotated[dict[str, Any], Body()]):\n    background.run(note(body[%s]))\n"+
		"    return Response({\"params\": {}, \"body\": body}, status_code=%d, headers={%s: %s})\n",
		pythonString(b.ValueField), c.Steps[0].Expect.Status, pythonString(reachedHeader), pythonString(reachedValue))
	return p.source(), nil
}

func (backgroundWork) check(c *Case, i int, got *answer) error {
	step := c.Steps[i]
	if step.Request.Method != http.MethodGet {
		return answering{}.check(c, i, got)
	}
	if got.status != step.Expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, step.Expect.Status, got.excerpt())
	}
	return checkBody(step.Expect, got)
}
