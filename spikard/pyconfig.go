package spikard

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"
)

// pyConfig is what a Python app's ServerConfig sets: nil is a field that the
// app left alone, or set to None.
type pyConfig struct {
	host, unixSocket, tlsCert, tlsKey *string
	port                              *int
	maxBodySize, maxFormFieldSize     *int64
	maxFileMemory                     *int64
	maxFormFields, maxFormFiles       *int
	maxHeaderSize                     *int
	maxQueryParams, maxObjectKeys     *int
	requestID                         *bool
	trustedProxies                    *[]string

	shutdown, header, read, write, idle *float64 // seconds
}

// field gives the place of a field that is honoured, or nil.
func (c *pyConfig) field(name string) any {
	switch name {
	case "host":
		return &c.host
	case "port":
		return &c.port
	case "unix_socket":
		return &c.unixSocket
	case "tls_cert_file":
		return &c.tlsCert
	case "tls_key_file":
		return &c.tlsKey
	case "max_body_size":
		return &c.maxBodySize
	case "max_header_size":
		return &c.maxHeaderSize
	case "max_form_fields":
		return &c.maxFormFields
	case "max_form_files":
		return &c.maxFormFiles
	case "max_form_field_size":
		return &c.maxFormFieldSize
	case "max_file_memory":
		return &c.maxFileMemory
	case "max_query_params":
		return &c.maxQueryParams
	case "max_object_keys":
		return &c.maxObjectKeys
	case "enable_request_id":
		return &c.requestID
	case "trusted_proxies":
		return &c.trustedProxies
	case "shutdown_timeout":
		return &c.shutdown
	case "header_timeout":
		return &c.header
	case "read_timeout":
		return &c.read
	case "write_timeout":
		return &c.write
	case "idle_timeout":
		return &c.idle
	}
	return nil
}

// readPyConfig reads the fields that a manifest carries and refuses those that
// this version can't honour, each by its name. Python has checked the values.
func readPyConfig(target string, fields map[string]json.RawMessage) (pyConfig, []error) {
	var c pyConfig
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if reason := c.take(name, fields[name]); reason != "" {
			faults = append(faults, &ConfigError{Field: target + " ServerConfig." + name, Reason: reason})
		}
	}
	return c, faults
}

func (c *pyConfig) take(name string, value json.RawMessage) string {
	switch name {
	case "workers":
		return onlyValue(value, "1", "this version serves from one process")
	case "graceful_shutdown":
		return onlyValue(value, "true", "this version always drains")
	}
	to := c.field(name)
	if to == nil {
		return onlyValue(value, "null", "this version has no such setting")
	}
	if err := json.Unmarshal(value, to); err != nil {
		return fmt.Sprintf("%s is of the wrong type", value)
	}
	return ""
}

// onlyValue refuses all but the one value that is honoured.
func onlyValue(value json.RawMessage, only, why string) string {
	if string(value) == only {
		return ""
	}
	return fmt.Sprintf("%s is not supported: %s", value, why)
}

// apply sets the fields of a Config that Go left unset.
func (c *pyConfig) apply(to Config) Config {
	if to.Addr == "" && to.UnixSocket == "" {
		to.Addr = c.addr()
		fill(&to.UnixSocket, c.unixSocket)
	}
	if to.TLSCertFile == "" && to.TLSKeyFile == "" {
		fill(&to.TLSCertFile, c.tlsCert)
		fill(&to.TLSKeyFile, c.tlsKey)
	}
	fill(&to.MaxBodySize, c.maxBodySize)
	fill(&to.MaxHeaderBytes, c.maxHeaderSize)
	fill(&to.MaxFormFields, c.maxFormFields)
	fill(&to.MaxFormFiles, c.maxFormFiles)
	fill(&to.MaxFormFieldSize, c.maxFormFieldSize)
	fill(&to.MaxFileMemory, c.maxFileMemory)
	fill(&to.MaxQueryParams, c.maxQueryParams)
	fill(&to.MaxObjectKeys, c.maxObjectKeys)
	fillSeconds(&to.ShutdownTimeout, c.shutdown)
	fillSeconds(&to.ReadHeaderTimeout, c.header)
	fillSeconds(&to.ReadTimeout, c.read)
	fillSeconds(&to.WriteTimeout, c.write)
	fillSeconds(&to.IdleTimeout, c.idle)
	if to.TrustedProxies == nil && c.trustedProxies != nil {
		to.TrustedProxies = *c.trustedProxies
	}
	return to
}

func (c *pyConfig) addr() string {
	if c.host == nil && c.port == nil {
		return ""
	}
	host, port, _ := net.SplitHostPort(defaultAddr)
	if c.host != nil {
		host = *c.host
	}
	if c.port != nil {
		port = strconv.Itoa(*c.port)
	}
	return net.JoinHostPort(host, port)
}

func fill[T comparable](field, value *T) {
	if value != nil {
		setDefault(field, *value)
	}
}

func fillSeconds(field *time.Duration, seconds *float64) {
	if seconds != nil {
		setDefault(field, time.Duration(*seconds*float64(time.Second)))
	}
}

// conflicts names the fields that two apps of one server set differently.
func conflicts(a, b map[string]json.RawMessage) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if other, both := b[name]; both && string(other) != string(a[name]) {
			out = append(out, name)
		}
	}
	return out
}
