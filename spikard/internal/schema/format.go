package schema

import (
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// IsFormat gives the check of one of the formats that JSON Schema names. It
// panics for a name that it doesn't know.
func IsFormat(name string) func(v string) bool {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	doc := map[string]any{"format": name}
	if err := c.AddResource(documentName, doc); err != nil {
		panic(fmt.Sprintf("format %s: %v", name, err))
	}
	s, err := c.Compile(documentName)
	if err != nil || s.Format == nil {
		panic(fmt.Sprintf("format %s is unknown: %v", name, err))
	}
	valid := s.Format.Validate
	return func(v string) bool { return valid(strings.Clone(v)) == nil }
}
