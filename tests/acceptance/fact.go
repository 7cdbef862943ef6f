package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fileFacts is what a handler can tell of one file, by the members that
// answers give it in.
var fileFacts = map[string]string{
	"filename":     "%s.filename",
	"name":         "%s.filename",
	"size":         "%s.size",
	"content_type": "%s.content_type",
	"content":      "whole(%s).decode()",
	"as_bytes":     "isinstance(whole(%s), bytes)",
	"as_string":    "isinstance(whole(%s).decode(), str)",
}

// formFacts is what it can tell of all the files.
var formFacts = map[string]string{
	"count":          "len(uploads)",
	"file_count":     "len(uploads)",
	"uploaded_files": "len(uploads)",
	"filenames":      "[f.filename for f in uploads]",
	"sizes":          "[f.size for f in uploads]",
	"content_types":  "[f.content_type for f in uploads]",
	"total_size":     "sum(f.size for f in uploads)",
}

// answerOf writes the handler's answer: what the request explains is taken
// from the arguments, and the rest are the handler's own words. An answer that
// the request explains nothing of would prove nothing.
func answerOf(want any, parts []part, fields []formField) (string, error) {
	members, ok := want.(map[string]any)
	if !ok {
		return "", fmt.Errorf("no rule for an answer like %s", compact(want))
	}
	explained := false
	items := make([]string, 0, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text, known := factOf(name, members[name], parts, fields)
		if !known {
			text = pythonLiteral(samples(members[name]))
		}
		explained = explained || known
		items = append(items, pythonString(name)+": "+text)
	}
	if !explained {
		return "", errors.New("nothing in the answer comes from the request")
	}
	return "{" + strings.Join(items, ", ") + "}", nil
}

// factOf writes a member of the answer: a field by its name, what is known of
// the files by the member's, and a text that only one field has by its value.
func factOf(name string, want any, parts []part, fields []formField) (string, bool) {
	for _, f := range fields {
		if f.name == name {
			return fieldFact(f, want), true
		}
	}
	if text, ok := formFacts[name]; ok {
		if _, flag := want.(bool); !flag {
			return text, true
		}
	}
	if text, ok := fileFacts[name]; ok {
		return fmt.Sprintf(text, "uploads[0]"), true
	}
	if items, ok := want.([]any); ok && len(items) > 0 {
		if members, ok := items[0].(map[string]any); ok {
			return "[" + describeFile("f", members) + " for f in uploads]", true
		}
	}
	if text, ok := want.(string); ok {
		return fieldWith(text, parts, fields)
	}
	return "", false
}

// fieldFact gives a field back: a file by what the answer has of it.
func fieldFact(f formField, want any) string {
	if !f.file {
		return f.python
	}
	switch want := want.(type) {
	case map[string]any:
		return describeFile(f.python, want)
	case []any:
		if len(want) > 0 {
			if members, ok := want[0].(map[string]any); ok {
				return "[" + describeFile("f", members) + " for f in " + f.python + "]"
			}
		}
		return "[f.filename for f in " + f.python + "]"
	}
	return fmt.Sprintf(fileFacts["content"], f.python)
}

func describeFile(file string, members map[string]any) string {
	var items []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text := pythonLiteral(samples(members[name]))
		if fact, ok := fileFacts[name]; ok {
			text = fmt.Sprintf(fact, file)
		}
		items = append(items, pythonString(name)+": "+text)
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// fieldWith finds the one text field of the request that has the value.
func fieldWith(value string, parts []part, fields []formField) (string, bool) {
	found := ""
	for _, p := range parts {
		if !p.file && string(p.content) == value {
			if found != "" {
				return "", false
			}
			found = p.name
		}
	}
	for _, f := range fields {
		if found != "" && f.name == found && !f.many {
			return f.python, true
		}
	}
	return "", false
}
