package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// argument is one parameter of a generated handler.
type argument struct {
	// Key is the case's name for it, Name the Python one: they differ only
	// where the case's is no Python name or is taken.
	Key, Name string
	Text      string
	Required  bool
}

// markers by the place a parameter comes from.
var markers = map[string]string{"query": "Query", "path": "Path", "header": "Header", "cookie": "Cookie"}

// taken are the names that a generated handler uses itself.
var taken = map[string]bool{
	"HTTPException": true, "Request": true, "Response": true, "RuntimeError": true, "all": true, "asyncio": true,
	"body": true, "json": true, "len": true, "next": true, "note": true, "order": true, "plain": true,
	"ran": true, "request": true, "response": true, "self": true, "sleep": true, "str": true, "trail": true, "turn": true, "turns": true,
}

// arguments gives the handler's arguments, those without a default first.
//
// # Errors
//
// A parameter from an unknown place is an error that names it.
func arguments(params map[string]Param) ([]argument, error) {
	var required, optional []argument
	for i, key := range slices.Sorted(maps.Keys(params)) {
		p := params[key]
		if markers[p.In] == "" {
			return nil, fmt.Errorf("parameter %s: no marker for %q", key, p.In)
		}
		name := key
		if !isName(name) || taken[name] {
			name = fmt.Sprintf("argument_%d", i)
		}
		a := parameter(key, name, p)
		if a.Required {
			required = append(required, a)
		} else {
			optional = append(optional, a)
		}
	}
	return append(required, optional...), nil
}

// parameter writes one argument the way a user would: bare where the name and
// the type say it all, with a marker where they do not.
func parameter(key, name string, p Param) argument {
	schemaDefault, hasDefault := p.Schema["default"]
	note := annotate(p.Schema)
	marker := slices.Clone(note.Constraints)
	if !spelled(name, p) {
		marker = append(marker, "alias="+pythonString(p.Name))
	}
	if note.Whole {
		marker = append(marker, "schema="+pythonLiteral(p.Schema))
	}
	a := argument{Key: key, Name: name, Required: p.Required && !hasDefault || p.In == "path"}
	kind := note.Type
	if kind == "" && note.Whole {
		kind = "Any"
	}
	if !a.Required && !hasDefault && kind != "" && kind != "Any" && !strings.Contains(kind, "None") {
		kind += " | None"
	}
	implied := p.In == "path" || p.In == "query" && kind != "" && !strings.Contains(kind, "dict[") && kind != "Any"
	if !implied || len(marker) > 0 {
		if kind == "" {
			kind = "Any"
		}
		kind = fmt.Sprintf("Annotated[%s, %s(%s)]", kind, markers[p.In], strings.Join(marker, ", "))
	}
	a.Text = name
	if kind != "" {
		a.Text += ": " + kind
	}
	if !a.Required {
		a.Text += " = " + pythonLiteral(schemaDefault)
	}
	return a
}

// spelled says whether the Python name alone gives the name on the wire: a
// header's underscores stand for hyphens, and its case is free.
func spelled(name string, p Param) bool {
	if p.In == "header" {
		return strings.EqualFold(strings.ReplaceAll(name, "_", "-"), p.Name)
	}
	return name == p.Name
}
