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

var frameworkPrefixes = []string{"access-control-", "ratelimit", "x-ratelimit-"}

func ownedByFramework(name string) bool {
	name = strings.ToLower(name)
	return frameworkHeaders[name] || slices.ContainsFunc(frameworkPrefixes, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
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
	kind, sleep := p.sleeping(c)
	fmt.Fprintf(&b, "%s handler(%s):\n%s", kind, signature, sleep)
	step := c.Steps[0]
	content, headers := echoed(p, c, args, body), pythonLiteral(stepHeaders(step))
	if wordsMatter(c, step.Expect) {
		headers = withTold(p, headers, content)
		content = pythonLiteral(samples(step.Expect.Body))
	}
	fmt.Fprintf(&b, "    response = Response(%s, headers=%s)\n", content, headers)
	writeCookies(&b, step.Expect.Cookies)
	b.WriteString("    return response")
	return b.String()
}

// echoed is what the framework handed over.
func echoed(p *program, c *Case, args []argument, body string) string {
	entries := make([]string, len(args))
	for i, a := range args {
		entries[i] = pythonString(a.Key) + ": " + a.Name
	}
	return `{"params": {` + strings.Join(entries, ", ") + `}, "body": ` + echoedBody(p, c, body) + "}"
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

// stepHeaders are [echoHeaders] and a request id that the client has not sent:
// the framework keeps or makes one, so that a given one is the handler's.
func stepHeaders(s Step) map[string]any {
	headers := echoHeaders(s.Expect)
	id := headerOf(s.Expect.Headers, requestIDHeader)
	if s.Expect.Status < 400 && isLiteral(id) && headerOf(s.Request.Headers, requestIDHeader) != id {
		headers[requestIDHeader] = id
	}
	return headers
}

const requestIDHeader = "X-Request-Id"

// isLiteral says whether an expected header has this one value.
func isLiteral(want string) bool {
	return want != "" && want != absent && want != present && want != anyUUID && !strings.Contains(want, ".*")
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
	if err := checkCoding(got); err != nil {
		return err
	}
	if wordsMatter(c, expect) && got.method != "HEAD" {
		if err := checkBody(expect, got); err != nil {
			return err
		}
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
	value, err := got.told()
	if err != nil {
		return err
	}
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("the answer is no echo: %s", compact(value))
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
