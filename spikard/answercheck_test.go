package spikard_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// pricing is a handler that promises a dict of floats and gives something.
func pricing(name string, gives any) pybridgetest.Func {
	str, float := &pybridge.Type{Kind: pybridge.TypeStr}, &pybridge.Type{Kind: pybridge.TypeFloat}
	return pybridgetest.Func{
		Name:    name,
		Returns: &pybridge.Type{Kind: pybridge.TypeDict, Items: []*pybridge.Type{str, float}},
		Run:     func(context.Context, []any) (any, error) { return gives, nil },
	}
}

func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/good", pricing("app.good", map[string]any{"a": 1.5}))
	app.Get("/bad", pricing("app.bad", map[string]any{"a": 1.5, "b": "free"}))
	app.Get("/error", pricing("app.error", &pybridgetest.Response{Status: 404, ContentType: jsonText, Body: []byte(`"?"`)}))
	app.Get("/text", pricing("app.text", &pybridgetest.Response{Status: 200, ContentType: "text/plain", Body: []byte(`"?"`)}))
	app.Get("/untold", answers("app.untold", "anything"))
	schema := &app.Manifest().Routes[len(app.Manifest().Routes)-1]
	schema.ResponseSchema = json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}}}`)
	s := serve(t, engine, spikard.Config{ValidateResponses: true}, spikard.PythonApp("app:app"))
	for path, status := range map[string]int{"/good": 200, "/bad": 500, "/error": 404, "/text": 200, "/untold": 500} {
		if got := s.get(t, path); got.StatusCode != status {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
	}
	if log := s.logs.String(); !strings.Contains(log, `$[\"b\"]`) {
		t.Errorf("the log doesn't name the place: %s", log)
	}
}

// TestSchemaOfAnswersMustMakeSense refuses the start.
func TestSchemaOfAnswersMustMakeSense(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/", answers("app.odd", "anything"))
	app.Manifest().Routes[0].ResponseSchema = json.RawMessage(`{"type":"number","minimum":"low"}`)
	app.Manifest().Routes[0].ValidateResponses = true
	fxApp, _, _ := newApp(engine, spikard.Config{}, spikard.PythonApp("app:app"))
	err := fxApp.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "app.odd") || !strings.Contains(err.Error(), "/minimum") {
		t.Errorf("got %v", err)
	}
}
