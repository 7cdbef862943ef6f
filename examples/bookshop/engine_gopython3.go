//go:build gopython3

package main

import "github.com/spikard/spikard-go/pybridge/gopython3"

// engine runs the Python that the program is linked with.
var engine = gopython3.Module
