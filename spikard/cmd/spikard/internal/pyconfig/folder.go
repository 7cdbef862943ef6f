package pyconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// cacheFolder is the folder of one Python's files.
func cacheFolder(l *look) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &refusal{reason: fmt.Sprintf("there is no cache folder: %v", err), hint: "name a folder with -o"}
	}
	return filepath.Join(dir, "spikard", "pyconfig", l.report.LDVersion+"-"+key(l)), nil
}

// checkOurs refuses a folder in which somebody else has files of our names.
func checkOurs(dir string, texts map[string]string) error {
	for name := range texts {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if first, _, _ := strings.Cut(string(text), "\n"); !strings.Contains(first, mark) {
			return &refusal{
				path: path, reason: "is there, and was not " + mark,
				hint: "remove it, or name another folder with -o",
			}
		}
	}
	return nil
}

// writeFiles makes the folder hold these files. Those that are as they must be
// are left alone, so that a build does not see new ones.
func writeFiles(dir string, texts map[string]string) error {
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && string(old) == text {
			continue
		}
		if err := replace(path, text); err != nil {
			return &refusal{path: path, reason: fmt.Sprintf("can't be written: %v", err), hint: "name another folder with -o", err: err}
		}
	}
	return nil
}

// replace writes a file under another name and renames it: whoever reads it
// meanwhile has the old one or the new one, never a part.
func replace(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
