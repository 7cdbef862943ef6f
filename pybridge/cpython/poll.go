//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// poller watches a descriptor with Go's network poller. epoll and kqueue
// descriptors can be watched like any other.
type poller struct {
	ready chan struct{} // holds at most one
	file  *os.File
	want  chan struct{}
	armed bool // of the loop's goroutine
	ended sync.WaitGroup
}

func newPoller(fd int) (*poller, error) {
	file, err := duplicate(fd)
	if err != nil {
		return nil, err
	}
	conn, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{}) // fails if Go's poller can't watch it
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	p := &poller{ready: make(chan struct{}, 1), want: make(chan struct{}, 1), file: file}
	p.ended.Go(func() {
		for range p.want {
			if conn.Read(readable) != nil {
				return // closed
			}
			p.ready <- struct{}{}
		}
	})
	return p, nil
}

// arm asks for one message on ready, if none is asked for yet.
func (p *poller) arm() {
	if !p.armed {
		p.armed = true
		p.want <- struct{}{}
	}
}

func (p *poller) disarm() { p.armed = false }

func (p *poller) close() {
	close(p.want)
	_ = p.file.Close() // a duplicate: there is nothing to lose
	p.ended.Wait()
}

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
