package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// messageRoute is where the messages of a schema are sent, and eventRoute where its
// examples come from as events.
const (
	messageRoute = "/messages"
	eventRoute   = "/events"
)

// schemaApp writes the app of a schema of messages: a session that takes them, and
// events that are its examples.
func schemaApp(c *Case) (string, error) {
	if len(c.Raw.Schema) == 0 || len(c.Raw.Examples) == 0 {
		return "", fmt.Errorf("the case has neither a session nor a schema with examples")
	}
	return fmt.Sprintf("from spikard import Spikard\n\napp = Spikard()\nEXAMPLES = %s\n\n\n"+
		"@app.websocket(%s, message_schema=%s)\nasync def handle(message):\n    return {\"took\": message}\n\n\n"+
		"@app.sse(%s)\nasync def events():\n    for example in EXAMPLES:\n        yield example\n",
		pythonLiteral(c.Raw.Examples), pythonString(messageRoute), pythonLiteral(c.Raw.Schema), pythonString(eventRoute)), nil
}

// playSchema sends each example, and each without one of the required members: the
// first is taken, the second refused.
func playSchema(ctx context.Context, c *Case, addr string) error {
	s, err := dialSocket(ctx, addr, messageRoute)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	required, _ := c.Raw.Schema["required"].([]any)
	for i, example := range c.Raw.Examples {
		if err := takes(s, example, true); err != nil {
			return fmt.Errorf("example %d: %w", i+1, err)
		}
		members, ok := example.(map[string]any)
		for _, name := range required {
			if !ok {
				break
			}
			less := maps.Clone(members)
			delete(less, name.(string))
			if err := takes(s, less, false); err != nil {
				return fmt.Errorf("example %d without %s: %w", i+1, name, err)
			}
		}
	}
	return playEvents(ctx, c, addr)
}

// takes sends a message and sees whether the handler gets it.
func takes(s *socket, message any, want bool) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if err := s.send(textFrame, text); err != nil {
		return err
	}
	_, data, err := s.receive()
	if err != nil {
		return err
	}
	var got struct {
		Took any    `json:"took"`
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		return err
	}
	if took := got.Took != nil; took != want || !took && got.Type != "error" {
		return fmt.Errorf("taken: %t, want %t: %s", took, want, excerpt(string(data)))
	}
	return nil
}

// playEvents sees the examples come as events.
func playEvents(ctx context.Context, c *Case, addr string) error {
	got, err := send(ctx, addr, Request{Method: "GET", Target: eventRoute})
	if err != nil {
		return err
	}
	events := readEvents(string(got.body))
	if len(events) != len(c.Raw.Examples) {
		return fmt.Errorf("%d events, want %d: %s", len(events), len(c.Raw.Examples), got.excerpt())
	}
	for i, want := range c.Raw.Examples {
		value, err := decodeJSON([]byte(events[i]))
		if err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		if difference := differ(want, value, "$"); difference != "" {
			return fmt.Errorf("event %d: %s", i+1, difference)
		}
	}
	return nil
}

// readEvents gives the data of each event (HTML standard, section 9.2.6).
func readEvents(text string) []string {
	var out []string
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var data []string
		for line := range strings.SplitSeq(block, "\n") {
			if value, ok := strings.CutPrefix(line, "data: "); ok {
				data = append(data, value)
			}
		}
		if len(data) > 0 {
			out = append(out, strings.Join(data, "\n"))
		}
	}
	return out
}

// contradicts says whether an example of the case is none by its own schema.
func contradicts(c *Case) bool {
	if c.Raw == nil || len(c.Raw.Schema) == 0 {
		return false
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("case.json", plainNumbers(c.Raw.Schema)); err != nil {
		return false
	}
	schema, err := compiler.Compile("case.json")
	if err != nil {
		return false
	}
	for _, example := range c.Raw.Examples {
		if schema.Validate(plainNumbers(example)) != nil {
			return true
		}
	}
	return false
}

// plainNumbers gives a value as encoding/json would, which the library wants.
func plainNumbers(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was JSON
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}
