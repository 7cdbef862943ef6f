package python_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/python"
)

func TestFilesHoldThePackage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"__init__.py", "_manifest.py", "_app.py", "py.typed"} {
		if _, err := fs.Stat(python.Files, "spikard/"+name); err != nil {
			t.Errorf("spikard/%s: %v", name, err)
		}
	}
}

// Every source file must be shipped, and nothing else.
func TestFilesAreThoseOnDisk(t *testing.T) {
	t.Parallel()
	onDisk := map[string]bool{}
	err := filepath.WalkDir("spikard", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(path, "__pycache__") {
			onDisk[filepath.ToSlash(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(python.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !onDisk[path] {
			t.Errorf("%s is embedded but not on disk", path)
		}
		delete(onDisk, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range onDisk {
		t.Errorf("%s is on disk but not embedded", path)
	}
	if _, err := os.Stat("spikard/__init__.py"); err != nil {
		t.Fatal(err)
	}
}
