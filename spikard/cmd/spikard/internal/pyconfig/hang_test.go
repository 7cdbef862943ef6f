//go:build unix

package pyconfig

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A shim that started something else must not outlive its refusal, nor keep
// the pipes open.
func TestRefusedWhenItHangs(t *testing.T) {
	t.Parallel()
	exe := filepath.Join(t.TempDir(), "python3")
	pidFile := filepath.Join(t.TempDir(), "pid")
	script(t, exe, "sleep 60 & echo $! > "+pidFile+"; wait")
	f := here(env())
	f.timeout = 500 * time.Millisecond
	requireError(t, f.look(t.Context(), originOption, exe).err, exe, "gave no answer within 500ms and was stopped")
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Skipf("the script did not get as far as starting its child: %v", err)
	}
	requireGone(t, string(pid))
}

// requireGone waits until a process has ended. A killed one that nobody has
// waited for yet counts as ended.
func requireGone(t *testing.T, text string) {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	must(t, err)
	for range 500 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if _, state, ok := strings.Cut(string(stat), ") "); ok && strings.HasPrefix(state, "Z") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is alive", pid)
}
