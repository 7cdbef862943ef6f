//go:build cgo && linux && (amd64 || arm64)

package engine

import (
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// disposition is the kernel's struct sigaction on amd64 and arm64.
type disposition struct {
	handler, flags, restorer, mask uintptr
}

const (
	saOnStack  = 0x08000000
	lastSignal = 64
)

// testSignals is run when Python has been at work: every handler must run on
// Go's signal stacks, and those that end the process must be Go's.
func testSignals(t *testing.T) {
	interrupt := dispositionOf(t, unix.SIGINT)
	terminate := dispositionOf(t, unix.SIGTERM)
	if interrupt.handler <= 1 || interrupt.handler != terminate.handler {
		t.Errorf("the handlers of SIGINT and SIGTERM are %#x and %#x, not Go's one", interrupt.handler, terminate.handler)
	}
	if got := dispositionOf(t, unix.SIGURG).handler; got != interrupt.handler {
		t.Errorf("the handler of SIGURG is %#x, that of SIGINT %#x: one of them is not Go's", got, interrupt.handler)
	}
	for signal := unix.Signal(1); signal <= lastSignal; signal++ {
		if d := dispositionOf(t, signal); d.handler > 1 && d.flags&saOnStack == 0 {
			t.Errorf("the handler of signal %d runs on the thread's own stack", signal)
		}
	}
}

func dispositionOf(t *testing.T, signal unix.Signal) disposition {
	t.Helper()
	var d disposition
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(signal), 0,
		uintptr(unsafe.Pointer(&d)), unsafe.Sizeof(d.mask), 0, 0)
	if errno != 0 {
		t.Fatalf("rt_sigaction of signal %d: %v", signal, errno)
	}
	return d
}
