//go:build cgo

package main

import "testing"

// TestServer checks that the bench server serves every workload.
func TestServer(t *testing.T) { serves(t, serverPackage) }
