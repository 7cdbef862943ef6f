package main

import (
	"fmt"
	"maps"
	"slices"
)

// formField is one field of a form, as a generated handler takes it.
type formField struct {
	name, python string
	file, many   bool
	required     bool
	sent         int // how many requests have it
}

// uploadNames are the names that a handler of files uses itself.
var uploadNames = map[string]bool{"f": true, "isinstance": true, "len": true, "sum": true, "turn": true, "turns": true, "uploads": true, "whole": true}

// formFields are the fields that the route's rules, its schema and the case's
// requests know, by name.
func formFields(c *Case) []formField {
	fields := map[string]*formField{}
	field := func(name string) *formField {
		if fields[name] == nil {
			fields[name] = &formField{name: name}
		}
		return fields[name]
	}
	for name := range c.App.Route.Files {
		field(name).file = true
	}
	properties, _ := c.App.Route.BodySchema["properties"].(map[string]any)
	for name, schema := range properties {
		schema, _ := schema.(map[string]any)
		field(name).describe(schema)
	}
	for _, step := range c.Steps {
		count := map[string]int{}
		for _, p := range requestParts(step.Request) {
			count[p.name]++
			field(p.name).file = fields[p.name].file || p.file
		}
		for name, n := range count {
			f := field(name)
			f.sent++
			f.many = f.many || n > 1
		}
	}
	out := make([]formField, 0, len(fields))
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		f.required = isRequired(c, f)
		f.python = name
		if !isName(name) || taken[name] || uploadNames[name] {
			f.python = fmt.Sprintf("field_%d", i)
		}
		out = append(out, *f)
	}
	return out
}

// describe takes from a schema what the handler's annotation says.
func (f *formField) describe(schema map[string]any) {
	if items, ok := schema["items"].(map[string]any); ok || schema["type"] == "array" {
		f.many = true
		schema = items
	}
	f.file = f.file || schema["format"] == "binary"
}

// isRequired says whether the handler takes the field without a default: by
// the route's rule, by its schema, or else because each request has it.
func isRequired(c *Case, f *formField) bool {
	if rule, ok := c.App.Route.Files[f.name].(map[string]any); ok {
		required, _ := rule["required"].(bool)
		return required
	}
	if names, ok := c.App.Route.BodySchema["required"].([]any); ok || len(c.App.Route.BodySchema) > 0 {
		return slices.Contains(names, any(f.name))
	}
	return f.sent == len(c.Steps)
}

// argument writes the field as an argument: bare where the type says it all.
func (f *formField) argument() string {
	kind, marker := "str", "Form"
	if f.file {
		kind, marker = "UploadFile", "File"
	}
	if f.many {
		kind = "list[" + kind + "]"
	}
	if !f.required {
		kind += " | None"
	}
	switch {
	case f.python != f.name:
		kind = fmt.Sprintf("Annotated[%s, %s(alias=%s)]", kind, marker, pythonString(f.name))
	case !f.file:
		kind = fmt.Sprintf("Annotated[%s, %s()]", kind, marker)
	}
	text := f.python + ": " + kind
	if !f.required {
		text += " = None"
	}
	return text
}
