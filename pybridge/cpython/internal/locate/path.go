package locate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// lookPath finds an executable as a shell does, but in absolute folders only:
// an empty or relative entry of PATH means the working directory.
func lookPath(name, path string) string {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return file
		}
	}
	return ""
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// checkExecutable says what is wrong with a file before it is run: the system's
// own errors don't tell a dangling link from a missing file.
func checkExecutable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	switch {
	case info.IsDir():
		return &refusal{path: path, reason: "is a folder, not an executable"}
	case info.Mode().Perm()&0o111 == 0:
		return &refusal{path: path, reason: "is not executable", hint: "chmod +x it, or name another"}
	}
	return nil
}

func unreadable(path string, err error) error {
	target, linkErr := os.Readlink(path)
	switch {
	case linkErr == nil && errors.Is(err, fs.ErrNotExist):
		return &refusal{path: path, reason: "is a link to " + target + ", which does not exist", err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &refusal{path: path, reason: "does not exist", err: err}
	case errors.Is(err, fs.ErrPermission):
		return &refusal{path: path, reason: "is not readable for this user", err: err}
	}
	return &refusal{path: path, reason: fmt.Sprint(err), err: err}
}
