package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// annotation is a JSON Schema said in Python: a type, the constraints that go
// into its marker, and whether the marker must carry the schema itself because
// Python's types cannot say all of it.
type annotation struct {
	Type        string
	Constraints []string
	Whole       bool
}

// silent are the keywords that describe a value without narrowing it.
var silent = map[string]bool{
	"$comment": true, "$schema": true, "default": true, "deprecated": true, "description": true,
	"example": true, "examples": true, "readOnly": true, "title": true, "writeOnly": true,
}

// marks are the keywords that a marker has a constraint for, by JSON type.
var marks = map[string]map[string]string{
	"string":  {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"},
	"integer": numberMarks,
	"number":  numberMarks,
	"array":   {"minItems": "min_length", "maxItems": "max_length", "separator": "separator"},
}

var numberMarks = map[string]string{
	"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt", "multipleOf": "multiple_of",
}

var scalars = map[string]string{
	"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None",
}

// formats are those that a Python type of its own stands for. The others
// (duration among them: a timedelta's JSON form need not be the text that was
// sent) stay text with a schema.
var formats = map[string]string{
	"uuid": "UUID", "date": "date", "date-time": "datetime", "time": "time",
}

// annotate says a schema in Python. An empty schema gives an empty type: the
// parameter stays bare, and its type comes from elsewhere.
func annotate(schema map[string]any) annotation {
	names, whole := typeNames(schema["type"])
	if len(names) == 0 {
		return annotation{Whole: whole || narrows(schema)}
	}
	var a annotation
	a.Whole = whole
	seen := map[string]bool{"type": true}
	types := make([]string, len(names))
	for i, name := range names {
		types[i] = a.member(name, schema, seen)
	}
	a.Type = strings.Join(types, " | ")
	for _, k := range slices.Sorted(maps.Keys(schema)) {
		if !seen[k] && !silent[k] {
			a.Whole = true
		}
	}
	return a
}

// member gives the Python type for one of the schema's types, and marks the
// keywords it says.
func (a *annotation) member(name string, schema map[string]any, seen map[string]bool) string {
	for _, k := range slices.Sorted(maps.Keys(marks[name])) {
		if v, ok := schema[k]; ok && !seen[k] {
			a.Constraints = append(a.Constraints, marks[name][k]+"="+pythonLiteral(v))
			seen[k] = true
		}
	}
	if values, ok := schema["enum"].([]any); ok && literalValues(values) {
		seen["enum"] = true
		text := pythonLiteral(values)
		return "Literal" + text
	}
	switch name {
	case "array":
		items, _ := schema["items"].(map[string]any)
		return a.list(items, seen)
	case "object":
		return "dict[str, Any]"
	case "string":
		format, _ := schema["format"].(string)
		if t, ok := formats[format]; ok {
			seen["format"] = true
			return t
		}
	}
	return scalars[name]
}

// list gives the list type whose items the schema describes.
func (a *annotation) list(items map[string]any, seen map[string]bool) string {
	seen["items"] = true
	item := annotate(items)
	switch {
	case item.Whole || len(item.Constraints) > 0:
		// The items' own rules have no place in a marker on the list.
		a.Whole = true
	case item.Type == "":
		return "list[Any]"
	}
	if item.Type == "" {
		return "list[Any]"
	}
	return "list[" + item.Type + "]"
}

// typeNames reads the keyword "type", a name or a list of names. Its second
// result says that the keyword is neither.
func typeNames(v any) (names []string, odd bool) {
	switch v := v.(type) {
	case nil:
		return nil, false
	case string:
		names = []string{v}
	case []any:
		for _, item := range v {
			s, _ := item.(string)
			names = append(names, s)
		}
	default:
		return nil, true
	}
	for _, name := range names {
		if scalars[name] == "" && name != "array" && name != "object" {
			return nil, true
		}
	}
	return names, false
}

func narrows(schema map[string]any) bool {
	for k := range schema {
		if !silent[k] {
			return true
		}
	}
	return false
}

// literalValues says whether typing.Literal takes the values: it allows no
// floats and no containers.
func literalValues(values []any) bool {
	for _, v := range values {
		switch v := v.(type) {
		case nil, bool, string:
		case json.Number:
			if strings.ContainsAny(v.String(), ".eE") {
				return false
			}
		default:
			return false
		}
	}
	return len(values) > 0
}
