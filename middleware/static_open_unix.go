//go:build unix

package middleware

import (
	"errors"
	"os"
	"syscall"
)

// openFlags keep the opening of a named pipe from waiting for its writer.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// exhausted tells a file that could not be opened now from one that isn't
// there.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
