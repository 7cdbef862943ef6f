package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

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
	return fmt.Sprintf("from spikard import Spikard, SseEvent\n\napp = Spikard()\nEXAMPLES = %s\n\n\n"+
		"@app.websocket(%s, message_schema=%s)\nasync def handler(message):\n    return {\"took\": message}\n\n\n"+
		"@app.sse(%s)\nasync def events():\n    for example in EXAMPLES:\n        yield SseEvent(example)\n",
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
			delete(less, fmt.Sprint(name))
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
	value, err := decodeJSON(data)
	if err != nil {
		return err
	}
	answer, _ := value.(map[string]any)
	given, took := answer["took"]
	if took != want || !took && answer["type"] != "error" {
		return fmt.Errorf("taken: %t, want %t: %s", took, want, excerpt(string(data)))
	}
	if difference := differ(message, given, "$"); took && difference != "" {
		return fmt.Errorf("taken otherwise: %s", difference)
	}
	return nil
}

// playEvents sees the examples come as events.
func playEvents(ctx context.Context, c *Case, addr string) error {
	got, err := send(ctx, addr, Request{Method: "GET", Target: eventRoute})
	if err != nil {
		return err
	}
	events := make([]Event, len(c.Raw.Examples))
	for i, example := range c.Raw.Examples {
		events[i] = Event{Data: example}
	}
	return checkEvents(events, string(got.content()))
}

// contradicts says whether an example of the case is none by its own schema.
func contradicts(c *Case) bool {
	if c.Raw == nil || len(c.Raw.Schema) == 0 {
		return false
	}
	return slices.ContainsFunc(c.Raw.Examples, func(example any) bool { return !fits(c.Raw.Schema, example) })
}

// fits says whether a message is one by the schema. So it is by a schema that can't
// be read: the server is to say so.
func fits(schema map[string]any, message any) bool {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("case.json", schema); err != nil {
		return true
	}
	compiled, err := compiler.Compile("case.json")
	return err != nil || compiled.Validate(message) == nil
}
