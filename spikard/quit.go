package spikard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// exitQuit is how Go's own runtime ends a process on SIGQUIT.
const exitQuit = 2

// tellOnQuit has SIGQUIT write Python's stacks and then Go's, and end the process
// as Go does, which knows nothing of Python's. stop ends that; the signal is Go's
// alone again.
func tellOnQuit(w io.Writer, server *Server, exit func(code int)) (stop func()) {
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGQUIT)
	go func() {
		defer close(ended)
		if _, ok := <-signals; ok {
			signal.Reset(syscall.SIGQUIT) // a second one doesn't wait for Python
			tellAll(w, server)
			exit(exitQuit)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-ended
	}
}

// tellAll writes all stacks of the process.
func tellAll(w io.Writer, server *Server) {
	var text bytes.Buffer
	fmt.Fprintln(&text, "SIGQUIT: quit")
	server.inspect(context.Background()).write(&text)
	fmt.Fprintln(&text)
	_, _ = w.Write(text.Bytes()) // nobody is left to be told
	stacks := make([]byte, 1<<20)
	for {
		n := runtime.Stack(stacks, true)
		if n < len(stacks) || len(stacks) >= 64<<20 {
			_, _ = w.Write(stacks[:n])
			return
		}
		stacks = make([]byte, 2*len(stacks))
	}
}
