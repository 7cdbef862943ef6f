package main

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/wire"
)

func TestCodecBodies(t *testing.T) {
	t.Parallel()
	for _, b := range codecBodies() {
		var want any
		if err := json.Unmarshal(b.text, &want); err != nil || len(b.text) < codecSize {
			t.Errorf("%s: %d bytes, %v", b.name, len(b.text), err)
		}
		got, rest, err := wire.Decode(b.wire)
		if err != nil || len(rest) > 0 {
			t.Errorf("%s: %v, %d bytes are left", b.name, err, len(rest))
		}
		if !reflect.DeepEqual(floats(got), want) {
			t.Errorf("%s: the wire form is of another value", b.name)
		}
	}
}

// floats makes all numbers what encoding/json makes them.
func floats(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = floats(v[key])
		}
	}
	return v
}

func TestCodecSaysHowToGetOrjson(t *testing.T) {
	t.Parallel()
	if err := codec(t.Context(), io.Discard, 1, ""); err == nil || !strings.Contains(err.Error(), "pip install --target DIR") {
		t.Errorf("got %v", err)
	}
}
