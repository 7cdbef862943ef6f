//go:build gopython3

package chosen

import (
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/pybridge/gopython3"
)

// Linked tells that the engine runs the Python that the program is linked with.
const Linked = true

// Module provides the engine.
var Module = gopython3.Module

// New gives the engine.
func New(options cpython.Options) *gopython3.Engine { return gopython3.New(options) }
