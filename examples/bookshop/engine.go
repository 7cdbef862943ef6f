//go:build !gopython3

package main

import "github.com/spikard/spikard-go/pybridge/embedded"

// engine runs the Python that the program carries, unless another is chosen.
var engine = embedded.Module
