package main

import (
	"fmt"
	"slices"
	"strings"
)

// trailHeader tells which hooks have run, and the handler, in order.
const trailHeader = "X-Trail"

// trailFunctions note that a hook has run, and tell which have.
const trailFunctions = `def note(request, name):
    if not hasattr(request.state, "trail"):
        request.state.trail = []
    request.state.trail.append(name)

def ran(request, *names):
    return all(name in request.state.trail for name in names)

def trail(request):
    return ", ".join(request.state.trail)

`

// orderFunction gives the list that append hooks add to.
const orderFunction = `def order(request):
    if not hasattr(request.state, "order"):
        request.state.order = []
    return request.state.order

`

// hookFunctions writes the hooks, with what they need and the router that some
// belong to.
func hookFunctions(c *Case, hooks []*hook) string {
	var functions strings.Builder
	for _, h := range hooks {
		functions.WriteString(h.source(c))
	}
	functions.WriteString(onAnswers(c, hooks))
	var b strings.Builder
	if usesRouter(hooks) {
		b.WriteString("router = Router()\napp.include_router(router)\n\n")
	}
	for _, part := range []struct{ use, text string }{
		{"log.", "log = logging.getLogger(\"hooks\")\n\n"},
		{"windows", "windows = {}\n\n"},
		{"tokens", tokens},
		{"order(request)", orderFunction},
	} {
		if strings.Contains(functions.String(), part.use) {
			b.WriteString(part.text)
		}
	}
	return b.String() + trailFunctions + functions.String()
}

// onAnswers are the other halves of hooks that learn before the handler what an
// answer's headers are to tell.
func onAnswers(c *Case, hooks []*hook) string {
	first := func(handler string) *hook {
		i := slices.IndexFunc(hooks, func(h *hook) bool { return h.isBefore() && h.handler == handler })
		if i < 0 {
			return nil
		}
		return hooks[i]
	}
	text := ""
	if first("add_request_id") != nil {
		text += requestIDOnAnswer
	}
	told := slices.ContainsFunc(c.Steps, func(s Step) bool {
		return hasValue(s.Expect, "X-RateLimit-Limit") || hasValue(s.Expect, "X-RateLimit-Remaining")
	})
	if h := first("check_rate_limit"); h != nil && told {
		text += limitOnAnswer(h)
	}
	return text
}

// source is the hook's function. One that changes an answer tells with it that
// it ran.
func (h *hook) source(c *Case) string {
	body := fmt.Sprintf("note(request, %s)\n", pythonString(h.function))
	if h.stage == onResponse {
		body += fmt.Sprintf("response.headers[%s] = trail(request)\n", pythonString(trailHeader))
	}
	kind := "def"
	if h.waits {
		kind = "async def"
	}
	return fmt.Sprintf("%s%s %s(%s):\n%s\n\n", h.decorator(), kind, h.function, h.signature(), indent(body+h.write(h, c)))
}

func usesRouter(hooks []*hook) bool {
	return slices.ContainsFunc(hooks, func(h *hook) bool { return h.level == "router" })
}

// hookImports imports what the app uses.
func (p *program) hookImports(text string) {
	p.names["Request"] = true
	for name, use := range map[string]string{"Router": "Router()", "HTTPException": "HTTPException("} {
		if strings.Contains(text, use) {
			p.names[name] = true
		}
	}
	for _, i := range []struct{ use, module, name string }{
		{"logging.", "logging", ""},
		{"asyncio.", "asyncio", ""},
		{"uuid4()", "uuid", "uuid4"},
		{"monotonic()", "time", "monotonic"},
	} {
		switch {
		case !strings.Contains(text, i.use):
		case i.name == "":
			p.stdlib[i.module] = nil
		default:
			p.takes(i.module, i.name)
		}
	}
}
