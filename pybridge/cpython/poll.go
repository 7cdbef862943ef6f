//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"os"

	"golang.org/x/sys/unix"
)

// duplicate gives a descriptor of our own for Go's poller, which closes it.
func duplicate(fd int) (*os.File, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	// os.NewFile adds a descriptor to the poller if it is non-blocking.
	if err := unix.SetNonblock(own, true); err != nil {
		_ = unix.Close(own)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(own), "event loop"), nil
}

// readable asks whether a descriptor has events, without waiting.
func readable(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n > 0 || err != nil && err != unix.EINTR
}
