package cachedir_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

// requireSame fails unless every file of fsys is in dir, and private.
func requireSame(t *testing.T, dir string, fsys fstest.MapFS) {
	t.Helper()
	for name, file := range fsys {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(data) != string(file.Data) {
			t.Fatalf("%s holds %q, %v; want %q", name, data, err, file.Data)
		}
	}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o, want nothing for others", path, info.Mode().Perm())
		}
		return err
	}))
}

// temporary lists what unpacking has left in the cache folder.
func temporary(t *testing.T, base string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(base, "spikard", ".*.tmp-*"))
	must(t, err)
	return found
}

func TestUnpack(t *testing.T) {
	base := home(t)
	dir, err := cachedir.Unpack(fewFiles(), "pkg")
	must(t, err)
	requireSame(t, dir, fewFiles())
	if got, want := filepath.Dir(dir), filepath.Join(base, "spikard"); got != want {
		t.Errorf("unpacked in %s, want %s", got, want)
	}
	if left := temporary(t, base); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	other := fewFiles()
	other["pkg/_core.py"].Data = []byte("answer = 43\n")
	second, err := cachedir.Unpack(other, "pkg")
	must(t, err)
	if second == dir {
		t.Error("other contents of the same sizes share a folder")
	}
	requireSame(t, dir, fewFiles())
}

func TestUnpackKeepsWhatPythonAdds(t *testing.T) {
	home(t)
	dir, err := cachedir.Unpack(fewFiles(), "pkg")
	must(t, err)
	cached := filepath.Join(dir, "pkg", "__pycache__", "_core.cpython-313.pyc")
	must(t, os.Mkdir(filepath.Dir(cached), 0o700))
	must(t, os.WriteFile(cached, []byte("code"), 0o600))
	before, err := os.Stat(filepath.Join(dir, "pkg", "_core.py"))
	must(t, err)
	again, err := cachedir.Unpack(fewFiles(), "pkg")
	must(t, err)
	after, err := os.Stat(filepath.Join(again, "pkg", "_core.py"))
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("a complete folder was written again")
	}
	if _, err := os.Stat(cached); err != nil {
		t.Errorf("__pycache__ is gone: %v", err)
	}
}

func TestUnpackRepairs(t *testing.T) {
	damage := map[string]func(t *testing.T, dir string){
		"missing file":    func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "pkg/_core.py"))) },
		"emptied file":    func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "pkg/_core.py"), 0)) },
		"missing folder":  func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, "pkg/sub"))) },
		"other same size": func(t *testing.T, dir string) { overwrite(t, filepath.Join(dir, "pkg/_core.py"), "answer = 13\n") },
		"linked file": func(t *testing.T, dir string) {
			elsewhere := filepath.Join(t.TempDir(), "evil.py")
			overwrite(t, elsewhere, "answer = 42\n")
			must(t, os.Remove(filepath.Join(dir, "pkg/_core.py")))
			must(t, os.Symlink(elsewhere, filepath.Join(dir, "pkg/_core.py")))
		},
		"linked whole": func(t *testing.T, dir string) {
			elsewhere := filepath.Join(t.TempDir(), "moved")
			must(t, os.Rename(dir, elsewhere))
			must(t, os.Symlink(elsewhere, dir))
		},
		"a file in its place": func(t *testing.T, dir string) {
			must(t, os.RemoveAll(dir))
			overwrite(t, dir, "x")
		},
	}
	for name, break_ := range damage {
		t.Run(name, func(t *testing.T) {
			base := home(t)
			dir, err := cachedir.Unpack(fewFiles(), "pkg")
			must(t, err)
			break_(t, dir)
			again, err := cachedir.Unpack(fewFiles(), "pkg")
			must(t, err)
			if again != dir {
				t.Fatalf("unpacked to %s, then to %s", dir, again)
			}
			requireSame(t, dir, fewFiles())
			if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
				t.Errorf("%s is not a real folder: %v, %v", dir, info, err)
			}
			if left := temporary(t, base); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func overwrite(t *testing.T, path, data string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(data), 0o600))
}

func TestUnpackRefusesNamesAndFiles(t *testing.T) {
	home(t)
	for _, name := range []string{"", ".", "..", "a/b", "a.b", "a b", "*"} {
		if dir, err := cachedir.Unpack(fewFiles(), name); err == nil {
			t.Errorf("Unpack under the name %q gave %s", name, dir)
		}
	}
	linked := fstest.MapFS{"a": {Data: []byte("b"), Mode: fs.ModeSymlink}}
	if dir, err := cachedir.Unpack(linked, "pkg"); err == nil || !strings.Contains(err.Error(), "a is neither") {
		t.Errorf("a symbolic link gave %q, %v", dir, err)
	}
}

func TestUnpackIntoReadOnlyCache(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes to read-only folders")
	}
	base := home(t)
	must(t, os.MkdirAll(filepath.Dir(base), 0o700))
	must(t, os.MkdirAll(base, 0o500))
	dir, err := cachedir.Unpack(fewFiles(), "pkg")
	if err == nil || !strings.Contains(err.Error(), "not writable for this user") {
		t.Errorf("Unpack gave %q, %v", dir, err)
	}
}

func child(t *testing.T) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), asChild+"=1")
	return cmd
}

func TestUnpackInManyProcesses(t *testing.T) {
	base := home(t)
	const processes = 6
	cmds := make([]*exec.Cmd, processes)
	outs := make([]strings.Builder, processes)
	for i := range cmds {
		cmds[i] = child(t)
		cmds[i].Stdout, cmds[i].Stderr = &outs[i], &outs[i]
		must(t, cmds[i].Start())
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v: %s", i, err, outs[i].String())
		}
		if outs[i].String() != outs[0].String() {
			t.Errorf("process %d unpacked to %s, another to %s", i, outs[i].String(), outs[0].String())
		}
	}
	requireSame(t, outs[0].String(), manyFiles())
	if left := temporary(t, base); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestUnpackAfterKill(t *testing.T) {
	base := home(t)
	cmd := child(t)
	must(t, cmd.Start())
	for halfway := false; !halfway; time.Sleep(time.Millisecond) {
		for _, dir := range temporary(t, base) {
			if entries, err := os.ReadDir(dir); err == nil && len(entries) > 1 {
				halfway = true
			}
		}
		if done, _ := filepath.Glob(filepath.Join(base, "spikard", "many-*")); len(done) > 0 {
			break // it was faster; what follows must hold all the same
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	dir, err := cachedir.Unpack(manyFiles(), "many")
	must(t, err)
	requireSame(t, dir, manyFiles())
	if left := temporary(t, base); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestUnpackTemp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, cleanFirst, err := cachedir.UnpackTemp(fewFiles(), "pkg")
	must(t, err)
	second, cleanSecond, err := cachedir.UnpackTemp(fewFiles(), "pkg")
	must(t, err)
	if first == second {
		t.Error("two temporary folders share a name")
	}
	requireSame(t, first, fewFiles())
	requireSame(t, second, fewFiles())
	must(t, cleanFirst())
	must(t, cleanSecond())
	if _, err := os.Lstat(first); !os.IsNotExist(err) {
		t.Errorf("the folder is there after clean-up: %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(first, "gone"))
	if dir, _, err := cachedir.UnpackTemp(fewFiles(), "pkg"); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("without a temporary folder UnpackTemp gave %q, %v", dir, err)
	}
}
