package main

import (
	"fmt"
	"net/http"
	"strings"
)

// Event is one of a stream of events. Its data is text, in which nothing is escaped,
// or another value, which is sent as JSON.
type Event struct {
	Data  any    `json:"data"`
	Event string `json:"event"`
	ID    string `json:"id"`
	Retry *int   `json:"retry"`
}

// sampleEvents are sent where a case doesn't say what is: data alone, and all fields.
func sampleEvents() []Event {
	retry := 5000
	return []Event{
		{Data: map[string]any{"message": "text"}},
		{Data: "text", Event: "update", ID: "1", Retry: &retry},
	}
}

// literal is the event as Python source.
func (e Event) literal() string {
	args := []string{pythonLiteral(e.Data)}
	if e.Event != "" {
		args = append(args, "event_type="+pythonString(e.Event))
	}
	if e.ID != "" {
		args = append(args, "id="+pythonString(e.ID))
	}
	if e.Retry != nil {
		args = append(args, fmt.Sprintf("retry=%d", *e.Retry))
	}
	_, isText := e.Data.(string)
	if _, isObject := e.Data.(map[string]any); len(args) == 1 && (isText || isObject) {
		return args[0]
	}
	return "SseEvent(" + strings.Join(args, ", ") + ")"
}

// eventStreams runs the cases about server-sent events over HTTP. The handler is an
// asynchronous generator in one run and a plain one in the other; a client that comes
// back with the id of an event is sent those behind it.
type eventStreams struct{}

func (eventStreams) app(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	request, _, err := requestArguments(p, c)
	if err != nil {
		return "", err
	}
	const lastID = "last_event_id: Annotated[str | None, Header()] = None"
	p.needs(lastID)
	signature, notes, err := p.injects(c, strings.TrimPrefix(request+", "+lastID, ", "))
	if err != nil {
		return "", err
	}
	_, sleep := p.sleeping(c)
	p.route = fmt.Sprintf("@app.sse(%s)", pythonString(c.App.Route.Path))
	p.handler = fmt.Sprintf("%s handler(%s):\n%s    for event in feed[behind.get(last_event_id, 0):]:\n        yield event\n%s",
		definition(c), signature, sleep, noting(notes, "    "))
	p.before += p.feed(eventsOf(c))
	return p.source(), nil
}

// eventsOf are the case's events.
func eventsOf(c *Case) []Event {
	if len(c.App.Stream.Events) > 0 {
		return c.App.Stream.Events
	}
	return sampleEvents()
}

// feed writes the events, and where those behind an id begin.
func (p *program) feed(events []Event) string {
	behind := map[string]any{}
	var b strings.Builder
	b.WriteString("feed = [\n")
	for i, e := range events {
		text := e.literal()
		if strings.HasPrefix(text, "SseEvent(") {
			p.names["SseEvent"] = true
		}
		fmt.Fprintf(&b, "    %s,\n", text)
		if e.ID != "" {
			behind[e.ID] = i + 1
		}
	}
	return b.String() + "]\nbehind = " + pythonLiteral(behind) + "\n"
}

func (eventStreams) check(c *Case, i int, got *answer) error {
	step := c.Steps[i]
	if isState(c, i) {
		return checkState(step.Expect, got)
	}
	if got.status != step.Expect.Status {
		return fmt.Errorf("status %d, want %d: %s", got.status, step.Expect.Status, got.excerpt())
	}
	if step.Expect.Status == http.StatusOK && got.method != http.MethodHead {
		if err := checkEvents(wantedEvents(c, step.Request), string(got.content())); err != nil {
			return err
		}
	}
	return checkHead(c.Grade, step.Expect, got)
}

// settles is as that of [streaming].
func (eventStreams) settles(c *Case, i int) bool { return isState(c, i) }

// wantedEvents are those behind the last one that the client has had.
func wantedEvents(c *Case, r Request) []Event {
	events := eventsOf(c)
	last := headerOf(r.Headers, "Last-Event-ID")
	for i, e := range events {
		if last != "" && e.ID == last {
			return events[i+1:]
		}
	}
	return events
}

// checkEvents compares what a client reads with what the handler has yielded.
func checkEvents(want []Event, text string) error {
	got := readEvents(text)
	if len(got) != len(want) {
		return fmt.Errorf("%d events, want %d: %q", len(got), len(want), excerpt(text))
	}
	for i, e := range want {
		if difference := e.differs(got[i]); difference != "" {
			return fmt.Errorf("event %d: %s", i+1, difference)
		}
	}
	return nil
}

func (e Event) differs(got sentEvent) string {
	retry := -1
	if e.Retry != nil {
		retry = *e.Retry
	}
	if got.kind != e.Event || got.id != e.ID || got.retry != retry {
		return fmt.Sprintf("type %q, id %q, retry %d, want %q, %q, %d", got.kind, got.id, got.retry, e.Event, e.ID, retry)
	}
	if text, ok := e.Data.(string); ok {
		if want := lineEnds.Replace(text); got.data != want {
			return fmt.Sprintf("data %q, want %q", excerpt(got.data), excerpt(want))
		}
		return ""
	}
	value, err := decodeJSON([]byte(got.data))
	if err != nil {
		return fmt.Sprintf("data %q: %v", excerpt(got.data), err)
	}
	return differ(e.Data, value, "data")
}
