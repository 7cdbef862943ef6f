package pyconfig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// become runs a command in place of this process: its exit code, the signals and
// the terminal are the command's own. It returns only if that does not start.
func become(args, environ []string) error {
	path, err := exec.LookPath(args[0])
	if errors.Is(err, exec.ErrDot) {
		return &refusal{path: args[0], reason: "is in the working directory", hint: "write ./" + args[0], err: err}
	}
	if err != nil {
		return &refusal{path: args[0], reason: fmt.Sprintf("can't be run: %v", err), hint: "name a command on PATH or its path", err: err}
	}
	// A signal that was ignored when this process began is so for the command too.
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	err = syscall.Exec(path, args, environ)
	return &refusal{path: path, reason: fmt.Sprintf("can't be run: %v", err), err: err}
}
