//go:build !gopython3

package chosen

import (
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/pybridge/embedded"
)

// Linked tells that the engine runs the Python that the program is linked with.
const Linked = false

// Module provides the engine.
var Module = embedded.Module

// New gives the engine, without a Python of its own.
func New(options cpython.Options) *cpython.Engine { return cpython.New(options) }
