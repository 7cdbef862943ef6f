//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"sync"
)

// waitFor waits for a group; false: ctx ended first. The goroutine that waits
// for the group then ends with the group.
func waitFor(ctx context.Context, group *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
