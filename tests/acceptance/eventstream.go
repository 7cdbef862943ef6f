package main

import (
	"strconv"
	"strings"
)

// sentEvent is one that a client is given (HTML standard, section 9.2.6). What it
// lacks is empty; a reconnection time that it doesn't set is -1.
type sentEvent struct {
	kind, data, id string
	retry          int
}

// lineEnds are all that end a line of a stream of events.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// readEvents reads a stream of events as the standard says. Other than there, an
// event has only an id and a reconnection time of its own, not the last ones set.
func readEvents(text string) []sentEvent {
	var out []sentEvent
	var data []string
	event := sentEvent{retry: -1}
	for line := range strings.Lines(lineEnds.Replace(strings.TrimPrefix(text, "\ufeff"))) {
		line = strings.TrimSuffix(line, "\n") // an event that breaks off has no empty line
		if line == "" {
			if data != nil {
				event.data = strings.Join(data, "\n")
				out = append(out, event)
			}
			event, data = sentEvent{retry: -1}, nil
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		if name == "data" {
			data = append(data, value)
		}
		event.set(name, value)
	}
	return out
}

// set takes a field down. A comment is one without a name.
func (e *sentEvent) set(name, value string) {
	switch name {
	case "event":
		e.kind = value
	case "id":
		if !strings.Contains(value, "\x00") {
			e.id = value
		}
	case "retry":
		if n, err := strconv.Atoi(value); err == nil && n >= 0 {
			e.retry = n
		}
	}
}
