package cachedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

// home points the user's cache folder into a new folder and gives it.
func home(t *testing.T) (base string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the cache folder is not set by XDG_CACHE_HOME or HOME here")
	}
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func TestPrivateMakesEveryLevel(t *testing.T) {
	base := home(t)
	dir, err := cachedir.Private("python/x")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(base, "spikard", "python", "x"); dir != want {
		t.Errorf("Private gave %s, want %s", dir, want)
	}
	for level := dir; level != filepath.Dir(base); level = filepath.Dir(level) {
		info, err := os.Lstat(level)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %04o, want 0700", level, info.Mode().Perm())
		}
	}
	if again, err := cachedir.Private("python/x"); err != nil || again != dir {
		t.Errorf("a second Private gave %q, %v", again, err)
	}
}

func TestPrivateRefusesPathsThatLeave(t *testing.T) {
	home(t)
	for _, sub := range []string{"../x", "/etc", "a/../../b"} {
		if dir, err := cachedir.Private(sub); err == nil {
			t.Errorf("Private(%q) gave %s", sub, dir)
		}
	}
}

func TestPrivateRefusals(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T, base string)
		says []string
	}{
		{"symbolic link", func(t *testing.T, base string) {
			elsewhere := t.TempDir()
			must(t, os.MkdirAll(base, 0o700))
			must(t, os.Symlink(elsewhere, filepath.Join(base, "spikard")))
		}, []string{"spikard: is a symbolic link", "remove it"}},
		{"dangling symbolic link", func(t *testing.T, base string) {
			must(t, os.MkdirAll(base, 0o700))
			must(t, os.Symlink("/nonexistent/x", filepath.Join(base, "spikard")))
		}, []string{"spikard: is a symbolic link"}},
		{"symbolic link below", func(t *testing.T, base string) {
			must(t, os.MkdirAll(filepath.Join(base, "spikard"), 0o700))
			must(t, os.Symlink(t.TempDir(), filepath.Join(base, "spikard", "python")))
		}, []string{"python: is a symbolic link"}},
		{"file", func(t *testing.T, base string) {
			must(t, os.MkdirAll(base, 0o700))
			must(t, os.WriteFile(filepath.Join(base, "spikard"), nil, 0o600))
		}, []string{"spikard: is not a folder"}},
		{"writable by the group", func(t *testing.T, base string) {
			must(t, os.MkdirAll(filepath.Join(base, "spikard"), 0o700))
			must(t, os.Chmod(filepath.Join(base, "spikard"), 0o770))
		}, []string{"writable by others (mode 0770)", "chmod go-w"}},
		{"writable by all", func(t *testing.T, base string) {
			must(t, os.MkdirAll(filepath.Join(base, "spikard", "python"), 0o700))
			must(t, os.Chmod(filepath.Join(base, "spikard", "python"), 0o702))
		}, []string{"python: is writable by others (mode 0702)"}},
		{"another owner", func(t *testing.T, base string) {
			if os.Geteuid() != 0 {
				t.Skip("giving a folder away needs root")
			}
			must(t, os.MkdirAll(filepath.Join(base, "spikard"), 0o700))
			must(t, os.Chown(filepath.Join(base, "spikard"), 4242, -1))
		}, []string{"belongs to user 4242, not to user 0"}},
		{"base is a file", func(t *testing.T, base string) {
			must(t, os.MkdirAll(filepath.Dir(base), 0o700))
			must(t, os.WriteFile(base, nil, 0o600))
		}, []string{"can't be made", "set "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := home(t)
			tt.make(t, base)
			dir, err := cachedir.Private("python")
			var unusable *cachedir.UnusableError
			if !errors.As(err, &unusable) {
				t.Fatalf("Private gave %q, %v; want an UnusableError", dir, err)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestPrivateWithoutHome(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		t.Skip("the cache folder is not found by HOME here")
	}
	tests := []struct{ name, xdg, home, says string }{
		{"nothing set", "", "", "HOME is set: set "},
		{"relative HOME", "", "somewhere", "HOME is not an absolute path"},
		{"HOME does not exist and can't", "", "/dev/null/home", "can't be made"},
	}
	if runtime.GOOS != "darwin" {
		tests = append(tests, struct{ name, xdg, home, says string }{
			"relative XDG_CACHE_HOME", "somewhere", "/tmp", `XDG_CACHE_HOME is not an absolute path: "somewhere"`,
		})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", tt.xdg)
			t.Setenv("HOME", tt.home)
			dir, err := cachedir.Private("python")
			var unusable *cachedir.UnusableError
			if !errors.As(err, &unusable) {
				t.Fatalf("Private gave %q, %v; want an UnusableError", dir, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error does not say %q: %v", tt.says, err)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
