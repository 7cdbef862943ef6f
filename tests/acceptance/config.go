package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unsupportedPrefix marks a setting that Spikard's own Python API lacks. Ours
// may have it under the bare name.
const unsupportedPrefix = "unsupported:"

// serverConfig writes the case's settings as ServerConfig's arguments. A lax
// call leaves out what ServerConfig does not have: there only the handler's
// answer matters.
//
// # Errors
//
// Without lax, a setting that does not exist is an error that names it: to
// leave it out would test something else.
func serverConfig(config map[string]any, lax bool) (args, imports []string, err error) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		name := strings.TrimPrefix(key, unsupportedPrefix)
		value := config[key]
		known, isSection := sections[name]
		fields, isObject := value.(map[string]any)
		switch {
		case isSection && isObject:
			text, err := known.write(name, fields, lax)
			if err != nil {
				return nil, nil, err
			}
			if text != "" {
				args = append(args, name+"="+text)
			}
			if strings.HasPrefix(text, known.class) {
				imports = append(imports, known.class)
			}
		case name == staticSetting:
			text, err := writeFolders(value, lax)
			if err != nil {
				return nil, nil, err
			}
			args = append(args, name+"="+text)
			imports = append(imports, staticSection.class)
		case plainSettings[name], isSection && value == nil:
			args = append(args, name+"="+pythonLiteral(value))
		case !lax:
			return nil, nil, unknownSetting(name)
		}
	}
	return args, imports, nil
}

func unknownSetting(name string) error {
	return fmt.Errorf("the case needs the setting %q, which ServerConfig does not have", name)
}

// write gives the section's value, or an empty text where it is left at its
// default. One that is empty is; so is one that is not enabled, unless it is on
// by default.
func (s section) write(name string, fields map[string]any, lax bool) (string, error) {
	enabled, switched := fields["enabled"].(bool)
	switch {
	case switched && !enabled && s.on:
		return "None", nil
	case switched && !enabled, len(fields) == 0:
		return "", nil
	}
	return s.call(name, fields, lax)
}

// call writes the construction of the settings class.
func (s section) call(name string, fields map[string]any, lax bool) (string, error) {
	var args []string
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		field := strings.TrimPrefix(key, unsupportedPrefix)
		if ours, ok := s.names[field]; ok {
			field = ours
		}
		switch {
		case s.has(field):
			args = append(args, field+"="+pythonLiteral(fields[key]))
		case key == "enabled", lax:
		default:
			return "", unknownSetting(name + "." + key)
		}
	}
	return s.class + "(" + strings.Join(args, ", ") + ")", nil
}

// writeFolders writes the folders of static files. Where they lie is known once
// they are staged ([stage]).
func writeFolders(value any, lax bool) (string, error) {
	list, ok := value.([]any)
	if !ok {
		return "", fmt.Errorf("%s is %s, want a list", staticSetting, compact(value))
	}
	calls := make([]string, len(list))
	for i := range list {
		fields, _ := list[i].(map[string]any)
		fields = without(fields, staticFiles)
		text, err := staticSection.call(staticSetting, fields, lax)
		if err != nil {
			return "", err
		}
		calls[i] = text
	}
	return "[" + strings.Join(calls, ", ") + "]", nil
}

// trustedRunner has the app trust the runner as its proxy, where a case counts
// by client addresses and its requests come by one: without that, X-Forwarded-For
// is a client's own claim.
func trustedRunner(c *Case) string {
	_, limited := c.App.Config["rate_limit"].(map[string]any)
	_, given := c.App.Config["trusted_proxies"]
	forwarded := slices.ContainsFunc(c.Steps, func(s Step) bool {
		return headerOf(s.Request.Headers, "X-Forwarded-For") != "" || headerOf(s.Request.Headers, "Forwarded") != ""
	})
	if !limited || given || !forwarded {
		return ""
	}
	return `trusted_proxies=["127.0.0.1"]`
}
