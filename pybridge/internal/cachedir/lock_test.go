package cachedir_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

func TestLockExcludesGoroutines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	// Atomics, since the race detector doesn't know a file lock as one.
	var inside, entered atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			unlock, err := cachedir.Lock(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			entered.Add(1)
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold the lock", n)
			}
			runtime.Gosched()
			inside.Add(-1)
		})
	}
	wg.Wait()
	if n := entered.Load(); n != 8 {
		t.Errorf("%d got the lock, want 8", n)
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := cachedir.Lock(t.Context(), path)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := cachedir.Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a held lock gave %v", err)
	}
	unlock()
	again, err := cachedir.Lock(t.Context(), path)
	must(t, err)
	again()
}
