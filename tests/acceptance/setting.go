package main

import (
	"slices"
	"strings"
)

// section is a setting of ServerConfig that is a dataclass.
type section struct {
	class string
	// on says that it is on by default, so that None turns it off.
	on     bool
	fields string
	// names are other names that cases have for its fields.
	names map[string]string
}

func (s section) has(field string) bool { return slices.Contains(strings.Fields(s.fields), field) }

// sections by their names.
var sections = map[string]section{
	"api_key_auth": {class: "ApiKeyConfig", fields: "keys header_name query_name", names: map[string]string{
		"api_keys": "keys",
	}},
	"compression": {class: "CompressionConfig", on: true, fields: "gzip brotli zstd min_size quality"},
	"cors": {
		class:  "CorsConfig",
		fields: "allow_origins allow_methods allow_headers expose_headers allow_credentials max_age allow_origin_regex allow_private_network",
		names: map[string]string{
			"allowed_origins": "allow_origins", "allowed_methods": "allow_methods",
			"allowed_headers": "allow_headers", "exposed_headers": "expose_headers",
			"allowed_origin_regex": "allow_origin_regex",
		},
	},
	"health":  {class: "HealthConfig", on: true, fields: "liveness_path readiness_path timeout"},
	"jsonrpc": {class: "JsonRpcConfig", fields: "endpoint_path enable_batch max_batch_size"},
	"jwt_auth": {
		class: "JwtConfig", fields: "secret algorithm algorithms audience issuer leeway jwks_url",
	},
	"openapi": {
		class:  "OpenApiConfig",
		fields: "enabled title version description swagger_ui_path redoc_path openapi_json_path contact license servers security_schemes",
	},
	"rate_limit": {class: "RateLimitConfig", fields: "per_second burst ip_based by"},
	"security_headers": {
		class: "SecurityHeadersConfig",
		fields: "content_type_options frame_options referrer_policy opener_policy content_security_policy " +
			"permissions_policy strict_transport_security",
	},
}

// staticSection is each of the folders of static_files.
var staticSection = section{class: "StaticFilesConfig", fields: "directory route_prefix index_file cache_control precompressed"}

// plainSettings are the settings of ServerConfig that are not dataclasses.
var plainSettings = map[string]bool{
	"access_log": true, "debug": true, "enable_request_id": true, "graceful_shutdown": true,
	"max_body_size": true, "max_form_field_size": true, "max_form_fields": true, "max_form_files": true,
	"max_header_size": true, "max_object_keys": true, "max_query_params": true, "request_timeout": true,
	"route_queue": true, "route_threads": true,
	"shutdown_timeout": true, "trusted_proxies": true, "validate_responses": true,
}
