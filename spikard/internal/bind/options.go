package bind

import (
	"encoding/json"

	"github.com/spikard/spikard-go/pybridge"
)

// Options are what a route says of its requests besides its parameters.
type Options struct {
	// BodySchema is a JSON Schema that the body must match, whether or not a
	// parameter takes it.
	BodySchema json.RawMessage
	// Files are the rules for files of the form, by the field's name.
	Files map[string]pybridge.FileRule
}
