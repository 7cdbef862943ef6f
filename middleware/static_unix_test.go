//go:build unix

package middleware_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

// TestStaticSpecialFiles has a named pipe, at which opening could wait for ever,
// and files that can't be read.
func TestStaticSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"locked.txt": "x", "plain.txt": "x"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"/pipe.txt": 404, "/plain.txt": 200, "/link.txt": 200, "/loop.txt": 404, "/null.txt": 404}
	for name, to := range map[string]string{"link.txt": "plain.txt", "loop.txt": "loop.txt", "null.txt": "/dev/null"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() != 0 { // who may read everything
		os.Chmod(filepath.Join(dir, "locked.txt"), 0)
		want["/locked.txt"] = 404
	}
	engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: dir}))
	for path, status := range want {
		if resp := fetched(engine, "GET", path, nil); resp.StatusCode != status {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
