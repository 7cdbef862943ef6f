package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// reachedHeader is what an echo handler sets, so that the answer shows whether
// the request came as far as the handler.
const (
	reachedHeader = "X-Handler"
	reachedValue  = "hit"
)

// frameworkHeaders are those that only the framework may set in an echo run:
// a handler that set them itself would prove nothing.
var frameworkHeaders = map[string]bool{
	"allow": true, "connection": true, "content-encoding": true, "content-length": true, "content-type": true,
	"date": true, "retry-after": true, "server": true, "transfer-encoding": true, "vary": true,
	"www-authenticate": true, "x-request-id": true,
}

func ownedByFramework(name string) bool {
	name = strings.ToLower(name)
	return frameworkHeaders[name] || strings.HasPrefix(name, "access-control-") || strings.HasPrefix(name, "x-ratelimit-")
}

// plainFiles turns uploaded files into the form in which cases expect them.
const plainFiles = `def plain(value):
    if isinstance(value, UploadFile):
        data = value.read()
        return {
            "filename": value.filename,
            "size": value.size,
            "content": data.decode("utf-8", "replace"),
            "content_type": value.content_type,
        }
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
`

// echoApp is the app of a gate or status case: one argument for each
// parameter, a body argument where there is a body schema, and an answer of
// 200 with exactly what the framework handed over.
func echoApp(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	args, err := arguments(c.App.Route.Params)
	if err != nil {
		return "", err
	}
	var keywords []string
	body := bodyArgument(c)
	if body != "" {
		keywords = append(keywords, "body_schema="+pythonLiteral(c.App.Route.BodySchema))
	}
	if len(c.App.Route.Files) > 0 {
		keywords = append(keywords, "file_params="+pythonLiteral(c.App.Route.Files))
	}
	signature := echoSignature(args, body)
	p.needs(signature)
	p.route = decorator(c.App.Route, keywords...)
	p.handler = echoHandler(p, c, args, signature, body)
	return p.source(), nil
}

// echoSignature puts the body between the arguments without a default and
// those with one.
func echoSignature(args []argument, body string) string {
	var texts []string
	for _, a := range args {
		if !a.Required && body != "" {
			texts = append(texts, body)
			body = ""
		}
		texts = append(texts, a.Text)
	}
	if body != "" {
		texts = append(texts, body)
	}
	return strings.Join(texts, ", ")
}

func echoHandler(p *program, c *Case, args []argument, signature, body string) string {
	var b strings.Builder
	kind := "def"
	if c.App.SleepMS > 0 {
		kind = "async def"
		p.stdlib["asyncio"] = nil
	}
	fmt.Fprintf(&b, "%s handler(%s):\n", kind, signature)
	if c.App.SleepMS > 0 {
		fmt.Fprintf(&b, "    await asyncio.sleep(%d / 1000)\n", c.App.SleepMS)
	}
	entries := make([]string, len(args))
	for i, a := range args {
		entries[i] = pythonString(a.Key) + ": " + a.Name
	}
	answer := []string{`"params": {` + strings.Join(entries, ", ") + "}", `"body": ` + echoedBody(p, c, body)}
	expect := c.Steps[0].Expect
	if _, ok := c.App.Config["compression"]; ok {
		// Whether an answer is compressed hangs on its size, so it carries
		// what the case's own answer held.
		answer = append(answer, `"content": `+pythonLiteral(expect.Body))
	}
	fmt.Fprintf(&b, "    response = Response({%s}, headers=%s)\n", strings.Join(answer, ", "), pythonLiteral(echoHeaders(expect)))
	writeCookies(&b, expect.Cookies)
	b.WriteString("    return response")
	return b.String()
}

func echoedBody(p *program, c *Case, body string) string {
	if body == "" {
		return "None"
	}
	if !slices.ContainsFunc(c.Steps, func(s Step) bool { return mediaType(s.Request.Headers) == "multipart/form-data" }) {
		return "body"
	}
	p.names["UploadFile"] = true
	p.before = plainFiles
	return "plain(body)"
}

// echoHeaders are the expected headers that can only come from a handler.
func echoHeaders(expect Expect) map[string]any {
	headers := map[string]any{reachedHeader: reachedValue}
	if expect.Status >= 400 {
		return headers
	}
	for name, want := range expect.Headers {
		if want != absent && !ownedByFramework(name) {
			headers[name] = sample(want)
		}
	}
	return headers
}

// writeCookies sets the expected cookies on the answer.
func writeCookies(b *strings.Builder, cookies map[string]map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		attributes := cookies[name]
		args := []string{pythonString(name), pythonLiteral(attributes["value"])}
		for _, k := range slices.Sorted(maps.Keys(attributes)) {
			if k != "value" {
				args = append(args, k+"="+pythonLiteral(attributes[k]))
			}
		}
		fmt.Fprintf(b, "    response.set_cookie(%s)\n", strings.Join(args, ", "))
	}
}

// checkEcho compares an answer of an echo run with what the step expects.
func checkEcho(c *Case, expect Expect, got *answer) error {
	if expect.Status >= 400 {
		return checkRefusal(c, expect, got)
	}
	if got.status != 200 {
		return fmt.Errorf("status %d instead of the handler's 200: %s", got.status, got.excerpt())
	}
	if got.header.Get(reachedHeader) != reachedValue {
		return fmt.Errorf("the handler was not reached: no %s in the answer", reachedHeader)
	}
	if c.Grade.checks("echo") && expect.Echo != nil {
		if err := checkHandedOver(expect.Echo, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}

func checkRefusal(c *Case, expect Expect, got *answer) error {
	if got.status != expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, expect.Status, got.excerpt())
	}
	if got.header.Get(reachedHeader) != "" {
		return fmt.Errorf("the handler was reached, though the framework answers %d", got.status)
	}
	if c.Grade.Use == UseGate {
		if err := checkBody(expect, got); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, expect, got)
}

// checkHandedOver compares what the handler was given.
func checkHandedOver(echo map[string]any, got *answer) error {
	value, err := got.json()
	if err != nil {
		return err
	}
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("the answer is no echo: %s", got.excerpt())
	}
	for _, part := range []string{"params", "body"} {
		want, given := echo[part]
		if !given {
			continue
		}
		if diff := differ(want, members[part], part); diff != "" {
			return fmt.Errorf("echo: %s", diff)
		}
	}
	return nil
}
