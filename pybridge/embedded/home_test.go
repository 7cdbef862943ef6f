//go:build (linux || darwin) && (amd64 || arm64)

package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

// cache gives this test an empty cache folder and the folder of ours in it.
func cache(t *testing.T) (dir string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	base, err := os.UserCacheDir()
	must(t, err)
	return filepath.Join(base, "spikard", "python")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// requireRuns fails unless the Python at home starts and has its library.
func requireRuns(t *testing.T, home string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(home, "bin", "python3"), "-c",
		"import asyncio, json, ssl, sqlite3, sys; print(sys.prefix, '%d.%d' % sys.version_info[:2])")
	cmd.Env = append(os.Environ(), "PYTHONHOME="+home)
	out, err := cmd.CombinedOutput()
	if got, want := strings.TrimSpace(string(out)), home+" 3.14"; err != nil || got != want {
		t.Fatalf("python gave %q, %v; want %q", got, err, want)
	}
	name := "libpython3.14.so.1.0"
	if runtime.GOOS == "darwin" {
		name = "libpython3.14.dylib"
	}
	if info, err := os.Stat(filepath.Join(home, "lib", name)); err != nil || info.Size() < 1<<20 {
		t.Errorf("library is %v, %v", info, err)
	}
}

func TestHome(t *testing.T) {
	dir := cache(t)
	home, err := Home(t.Context())
	must(t, err)
	if filepath.Dir(home) != dir {
		t.Errorf("unpacked to %s, want a folder in %s", home, dir)
	}
	must(t, cachedir.CheckPrivate(home))
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of %s is %v, %v; want 0700", home, info.Mode(), err)
	}
	requireRuns(t, home)

	t.Run("again", func(t *testing.T) {
		before, err := os.Stat(filepath.Join(home, "bin", "python3"))
		must(t, err)
		again, err := Home(t.Context())
		if err != nil || again != home {
			t.Fatalf("a second Home gave %q, %v", again, err)
		}
		after, err := os.Stat(filepath.Join(home, "bin", "python3"))
		must(t, err)
		if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
			t.Error("a complete folder was written again")
		}
	})
	t.Run("repairs", func(t *testing.T) {
		must(t, os.Truncate(filepath.Join(home, "lib", "python3.14", "os.py"), 100))
		must(t, os.RemoveAll(filepath.Join(home, "lib", "python3.14", "json")))
		_, err := Home(t.Context())
		must(t, err)
		requireRuns(t, home)
	})
	t.Run("waits for the lock no longer than its context", func(t *testing.T) {
		unlock, err := cachedir.Lock(t.Context(), filepath.Join(dir, "lock"))
		must(t, err)
		defer unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		if home, err := Home(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Home gave %q, %v", home, err)
		}
	})
	t.Run("without its mark", func(t *testing.T) {
		// Of the right size, so only the missing mark gives it away.
		victim := filepath.Join(home, "lib", "python3.14", "encodings", "__init__.py")
		text, err := os.ReadFile(victim)
		must(t, err)
		must(t, os.WriteFile(victim, []byte(strings.Repeat("#", len(text))), 0o600))
		must(t, os.Remove(home+complete))
		again, err := Home(t.Context())
		if err != nil || again != home {
			t.Fatalf("Home gave %q, %v", again, err)
		}
		requireRuns(t, home)
	})
	t.Run("writable by others", func(t *testing.T) {
		must(t, os.Chmod(home, 0o777))
		got, err := Home(t.Context())
		if err == nil || !strings.Contains(err.Error(), "is writable by others") {
			t.Errorf("Home gave %q, %v", got, err)
		}
	})
}

func child(t *testing.T, out *strings.Builder) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), asChild+"=1")
	cmd.Stdout, cmd.Stderr = out, out
	must(t, cmd.Start())
	return cmd
}

func TestHomeInProcessesAtOnce(t *testing.T) {
	cache(t)
	var outs [3]strings.Builder
	var cmds [3]*exec.Cmd
	for i := range cmds {
		cmds[i] = child(t, &outs[i])
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil || outs[i].String() != outs[0].String() {
			t.Errorf("process %d: %v: %s", i, err, outs[i].String())
		}
	}
	requireRuns(t, outs[0].String())
}

func TestHomeAfterKills(t *testing.T) {
	dir := cache(t)
	for _, files := range []int{1, 3} {
		var out strings.Builder
		cmd := child(t, &out)
		waitForFiles(t, dir, files)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		if marks, _ := filepath.Glob(filepath.Join(dir, base+"-*"+complete)); len(marks) > 0 {
			t.Fatalf("the process had unpacked everything before it was killed: %s", out.String())
		}
	}
	home, err := Home(t.Context())
	must(t, err)
	requireRuns(t, home)
}

// waitForFiles waits until a process has unpacked so many files of bin.
func waitForFiles(t *testing.T, dir string, files int) {
	t.Helper()
	for range 10_000 {
		if found, _ := filepath.Glob(filepath.Join(dir, base+"-*", "bin", "*")); len(found) >= files {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("no %d files in %s/%s-*/bin", files, dir, base)
}

func TestHomeWithoutACacheFolder(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	home, err := Home(t.Context())
	var unusable *cachedir.UnusableError
	if !errors.As(err, &unusable) || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("Home gave %q, %v; want an error that names the variable", home, err)
	}
}

func TestHomeInALinkedFolder(t *testing.T) {
	dir := cache(t)
	must(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	must(t, os.Symlink(t.TempDir(), dir))
	if home, err := Home(t.Context()); err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
		t.Errorf("Home gave %q, %v", home, err)
	}
}
