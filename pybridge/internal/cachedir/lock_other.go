//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package cachedir

import (
	"errors"
	"os"
)

// tryLock refuses: no engine runs on this platform, so nothing is unpacked.
func tryLock(*os.File) error { return errors.ErrUnsupported }
