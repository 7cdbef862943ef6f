//go:build !cgo

package main

import "testing"

func TestAcceptance(t *testing.T) {
	t.Skip("built without cgo, so there is no engine to serve the cases with")
}
