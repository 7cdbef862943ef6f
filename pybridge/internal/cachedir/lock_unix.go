//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package cachedir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock uses flock, not fcntl: an fcntl lock belongs to the process, so it
// neither excludes goroutines nor survives another descriptor's close.
func tryLock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errHeld
		default:
			return err
		}
	}
}
