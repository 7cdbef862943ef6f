//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// workers are threads for calls that block or compute. A goroutine that is in C
// keeps one of Go's processors until the scheduler's monitor takes it away, and
// the monitor, where it found nothing to take for a while, looks only every 10 ms,
// and takes what it finds the same twice: while calls block for 10 ms and there are
// as many as processors, it takes none. So such calls leave Go: their goroutines
// wait as for any other, and a pipe in Go's poller tells of those that are done.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type workers struct {
	pipe *os.File // the end that is read

	mu      sync.Mutex
	under   int // jobs under way
	readers sync.WaitGroup
}

// prepare makes the pipe. It is called once in a process, which keeps it.
func (w *workers) prepare() error {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return fmt.Errorf("make a pipe: %w", os.NewSyscallError("pipe", err))
	}
	for _, fd := range ends {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return fmt.Errorf("make a pipe: %w", os.NewSyscallError("fcntl", err))
		}
	}
	w.pipe = os.NewFile(uintptr(ends[0]), "python workers")
	shim.BeginWorkers(ends[1])
	return nil
}

// do has a thread do a job of a call, and waits for it.
func (w *workers) do(c *call, job shim.Job) {
	w.mu.Lock()
	w.under++
	if w.under == 1 {
		w.readers.Go(w.read)
	}
	w.mu.Unlock()
	c.frame.HandOver(job)
	<-c.done
}

// read tells callers that their jobs are done, until none is under way.
func (w *workers) read() {
	bytes, frames := make([]byte, 64), make([]shim.Frame, 64)
	for {
		if _, err := w.pipe.Read(bytes); err != nil {
			panic(fmt.Sprintf("the pipe of the python workers can't be read: %v", err)) // nobody closes it
		}
		for n := shim.TakeDone(frames); n > 0; n = shim.TakeDone(frames) {
			for _, f := range frames[:n] {
				callOf(f).done <- struct{}{}
			}
			if w.over(n) {
				return
			}
		}
	}
}

// over counts jobs that are done; true: they were the last ones.
func (w *workers) over(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under -= n
	return w.under == 0
}

// end ends the threads. Those that still have a job end later.
func (w *workers) end() {
	w.mu.Lock()
	under := w.under
	w.mu.Unlock()
	if under == 0 {
		w.readers.Wait()
	}
	shim.EndWorkers()
}
