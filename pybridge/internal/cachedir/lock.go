package cachedir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a held lock is tried again. The system's waiting call
// can't be given up when a context ends.
const lockPoll = 10 * time.Millisecond

// errHeld is what tryLock gives while another process or goroutine holds the
// lock.
var errHeld = errors.New("lock is held")

// Lock waits until it holds the lock file at path, which it makes, and gives
// the function that lets go. The system lets go for a process that dies, so
// the file that stays behind blocks nobody.
//
// # Errors
//
// The context's error when it ends first, or an [*UnusableError] when the file
// can't be made or its file system has no locks.
//
// # Concurrency
//
// It excludes other processes and other goroutines of this one alike.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unmade(path, err)
	}
	for {
		err := tryLock(file)
		if err == nil {
			// Closing the only descriptor drops the lock.
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, errHeld) {
			_ = file.Close()
			return nil, &UnusableError{
				Path: path, Reason: fmt.Sprintf("can't be locked (%v)", err),
				Hint: baseHint() + " on a local disk", Err: err,
			}
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, fmt.Errorf("wait for the process that holds %s: %w", path, context.Cause(ctx))
		case <-time.After(lockPoll):
		}
	}
}
