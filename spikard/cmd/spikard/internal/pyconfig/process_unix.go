//go:build unix

package pyconfig

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes cancelling reach what the command has started as well: a shim
// is a shell script, and killing the shell alone leaves the rest running.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
