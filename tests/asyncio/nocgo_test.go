//go:build !cgo || !(linux || darwin) || !(amd64 || arm64)

package asyncio

import "testing"

func TestAsyncio(t *testing.T) { t.Skip("the in-process engine needs cgo, and Linux or macOS") }
