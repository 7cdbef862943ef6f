//go:build cgo && darwin && (amd64 || arm64)

package engine

import "testing"

func testSignals(t *testing.T) { t.Skip("signal dispositions are read on linux only") }
