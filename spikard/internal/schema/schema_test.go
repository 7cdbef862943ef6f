package schema

import (
	"encoding/json"
	"strings"
	"testing"
)

func compile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompileNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := Compile(json.RawMessage(`{
		"type": ["string", "text"],
		"minLength": -1, "maxLength": 1.5, "minItems": "1", "maxItems": 2.0,
		"minimum": "1", "multipleOf": 0,
		"pattern": "(", "format": 1, "uuidVersion": 9,
		"enum": 1, "required": ["a", 1], "uniqueItems": 1,
		"properties": {"a/b~": {"type": "x"}, "b": 1, "c": {"$ref": "#/nowhere"}, "d": {"$ref": "other.json#/x"}, "e": {"$ref": "#name"}},
		"patternProperties": {"[": true},
		"dependencies": {"a": [1]}, "dependentRequired": {"a": {}},
		"allOf": [], "anyOf": {}, "not": [], "$id": 1, "prefixItems": [{"const": 1, "maximum": null}]
	}`))
	if err == nil {
		t.Fatal("compiled")
	}
	for _, want := range []string{
		`#/type: "text" is not a type`,
		"#/minLength: -1 is not a whole number",
		"#/maxLength: 1.5 is not a whole number",
		`#/minItems: "1" is not a number`,
		`#/minimum: "1" is not a number`,
		"#/multipleOf: 0 is not above 0",
		`#/pattern: pattern "("`,
		"#/format: 1 is not a string",
		"#/uuidVersion: 9 is not a version",
		"#/enum: 1 is not an array",
		"#/required: 1 is not a string",
		"#/uniqueItems: 1 is not a boolean",
		`#/properties/a~1b~0/type: "x" is not a type`,
		"#/properties/b: a schema is an object or a boolean: 1 is not an object",
		`#/properties/c/$ref: "#/nowhere" leads to nothing`,
		`#/properties/d/$ref: "other.json#/x" is outside of this schema`,
		`#/properties/e/$ref: "#name" leads to nothing`,
		`#/patternProperties: pattern "["`,
		"#/dependencies: 1 is not a string",
		"#/dependentRequired: {} is not an array",
		"#/allOf: an empty array",
		"#/anyOf: {} is not an array",
		"#/not: a schema is an object or a boolean",
		"#/prefixItems/0/maximum: null is not a number",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault %q in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "maxItems") {
		t.Error("2.0 is a whole number")
	}
}

func TestCompileRefusesWhatIsNoSchema(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1", "null", "[]", `"x"`, "{", "{} x", "{]"} {
		if _, err := Compile(json.RawMessage(text)); err == nil {
			t.Errorf("%q compiled", text)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	s := compile(t, `{
		"$id": "https://example.com/tree",
		"properties": {
			"self": {"$ref": "#"}, "id": {"$ref": "https://example.com/tree#/$defs/a~1b"}, "anchor": {"$ref": "#here"},
			"escaped": {"$ref": "#/$defs/with%20space"}, "item": {"$ref": "#/$defs/list/prefixItems/1"}, "old": {"$ref": "#old"},
			"far": {"$ref": "#/x-more/deep"}
		},
		"$defs": {"a/b": {"type": "string"}, "at": {"$anchor": "here", "type": "integer"}, "with space": {"type": "null"},
			"list": {"prefixItems": [true, {"type": "array"}]}},
		"definitions": {"old": {"$id": "#old", "type": "boolean"}},
		"x-more": {"deep": {"$ref": "#/$defs/at"}}
	}`)
	want := map[string]string{
		"self": "#", "id": "#/$defs/a~1b", "anchor": "#/$defs/at", "escaped": "#/$defs/with space",
		"item": "#/$defs/list/prefixItems/1", "old": "#/definitions/old", "far": "#/x-more/deep",
	}
	for _, p := range s.Properties {
		if p.Schema.Ref == nil || p.Schema.Ref.Pointer != want[p.Name] {
			t.Errorf("%s: %+v", p.Name, p.Schema.Ref)
		}
	}
	if s.Foreign != nil {
		t.Error("left to another validator")
	}
}

func TestEndlessReferencesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"$ref": "#"}`,
		`{"allOf": [{"anyOf": [{"$ref": "#"}]}]}`,
		`{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}`,
		`{"if": true, "then": {"$ref": "#"}}`,
		`{"dependentSchemas": {"a": {"$ref": "#"}}}`,
	} {
		if _, err := Compile(json.RawMessage(text)); err == nil || !strings.Contains(err.Error(), "without an end") {
			t.Errorf("%s: %v", text, err)
		}
	}
	compile(t, `{"anyOf": [{"type": "null"}, {"items": {"$ref": "#"}}]}`)
}

func TestOldSpellings(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"items": [{"type": "string"}], "additionalItems": false,
		"dependencies": {"a": ["b"], "c": {"minProperties": 2}}}`)
	if len(s.Prefix) != 1 || s.Items == nil || !s.Items.Never || len(s.DependentRequired) != 1 || len(s.DependentSchemas) != 1 {
		t.Errorf("got %+v", s)
	}
	s = compile(t, `{"additionalItems": false}`)
	if s.Items != nil {
		t.Error("additionalItems counts without an array of items")
	}
	s = compile(t, `{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "type": "null", "definitions": {"a": {}}}`)
	if s.Types != 0 || s.Ref == nil {
		t.Errorf("a $ref has siblings in draft-07: %+v", s)
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, valid, invalid string }{
		{`{"properties": {"a": true}, "unevaluatedProperties": false}`, `{"a": 1}`, `{"b": 1}`},
		{`{"prefixItems": [true], "unevaluatedItems": false}`, `[1]`, `[1, 2]`},
		{`{"$defs": {"x": {"$id": "https://example.com/x", "type": "string"}}, "$ref": "https://example.com/x"}`, `"a"`, "1"},
		{`{"$ref": "https://json-schema.org/draft/2020-12/schema"}`, `{"type": "string"}`, `{"type": 1}`},
	} {
		s := compile(t, c.schema)
		if s.Foreign == nil {
			t.Errorf("%s: not foreign", c.schema)
			continue
		}
		if got, err := s.Foreign.Check(c.valid); err != nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", c.valid, got, err)
		}
		if got, err := s.Foreign.Check(c.invalid); err != nil || len(got) == 0 {
			t.Errorf("%s: %v, %v", c.invalid, got, err)
		}
	}
	s := compile(t, `{"type": "integer", "unevaluatedItems": false}`)
	for _, text := range []string{"1e2000000", "1" + strings.Repeat("0", 6000), "[1e-99999]", `{"a": 1e99999999999999999999}`} {
		if _, err := s.Foreign.Check(text); err == nil {
			t.Errorf("%.20s is reckoned with", text)
		}
	}
	_, err := Compile(json.RawMessage(`{"unevaluatedItems": false, "properties": {"a": {"$ref": "https://example.com/x"}}}`))
	if err == nil || !strings.Contains(err.Error(), "nothing is loaded") {
		t.Errorf("got %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`{"type": "object", "properties": {"a": {"$ref": "#"}}}`, `{"items": [true], "additionalItems": {}}`, `true`,
		`{"$defs": {"a": {"$anchor": "b"}}, "$ref": "#b"}`, `{"unevaluatedProperties": false}`, `{"pattern": "(?=a)"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Compile(json.RawMessage(text))
		if err == nil && s == nil {
			t.Error("neither a schema nor an error")
		}
	})
}
