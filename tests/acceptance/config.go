package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sections are the settings of ServerConfig that are dataclasses.
var sections = map[string]string{
	"api_key_auth": "ApiKeyConfig",
	"compression":  "CompressionConfig",
	"cors":         "CorsConfig",
	"jsonrpc":      "JsonRpcConfig",
	"jwt_auth":     "JwtConfig",
	"openapi":      "OpenApiConfig",
	"rate_limit":   "RateLimitConfig",
}

// plainSettings are the settings of ServerConfig that are not.
var plainSettings = map[string]bool{
	"enable_request_id": true, "graceful_shutdown": true, "max_body_size": true,
	"max_header_size": true, "request_timeout": true, "shutdown_timeout": true,
}

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
		class := sections[name]
		fields, isSection := value.(map[string]any)
		switch {
		case class != "" && isSection:
			if text, ok := section(class, fields); ok {
				args = append(args, name+"="+text)
				imports = append(imports, class)
			}
		case plainSettings[name]:
			args = append(args, name+"="+pythonLiteral(value))
		case !lax:
			return nil, nil, fmt.Errorf("the case needs the setting %q, which ServerConfig does not have", name)
		}
	}
	return args, imports, nil
}

// section writes one settings class. One that is empty or not enabled is left
// at its default, which is off.
func section(class string, fields map[string]any) (string, bool) {
	if enabled, ok := fields["enabled"].(bool); ok && !enabled || len(fields) == 0 {
		return "", false
	}
	var args []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if k == "enabled" && class != "OpenApiConfig" {
			continue
		}
		args = append(args, k+"="+pythonLiteral(fields[k]))
	}
	return class + "(" + strings.Join(args, ", ") + ")", true
}
