package pyconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// onPath lists the executables of these names in the order of PATH, but in
// absolute folders only: an empty or relative entry means the working directory.
func onPath(path string, names ...string) []string {
	var found []string
	for _, dir := range filepath.SplitList(path) {
		for _, name := range names {
			if filepath.IsAbs(dir) && checkExecutable(filepath.Join(dir, name)) == nil {
				found = append(found, filepath.Join(dir, name))
			}
		}
	}
	return found
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// resolve gives the executable that somebody named: a path, a name on PATH or
// the folder of an environment.
func (f *finder) resolve(value string) (string, error) {
	base := filepath.Base(value)
	if strings.HasPrefix(base, "libpython") {
		return "", &refusal{path: value, reason: "is a library", hint: "give the python executable that it belongs to, with -python"}
	}
	info, err := os.Stat(value)
	isFolder := err == nil && info.IsDir()
	if !isFolder && !strings.ContainsRune(value, filepath.Separator) {
		if found := onPath(f.getenv("PATH"), value); len(found) > 0 {
			return found[0], nil
		}
		return "", &refusal{
			path: value, reason: "is not on PATH, and not a folder here",
			hint: "give the path of a python executable or an environment's folder",
		}
	}
	path, err := filepath.Abs(value)
	if err != nil {
		return "", &refusal{path: value, reason: fmt.Sprintf("has no absolute path (%v)", err), err: err}
	}
	if isFolder {
		return executableOf(path)
	}
	return path, checkExecutable(path)
}

// executableOf gives that of a virtual environment, an installation or one of
// conda's environments.
func executableOf(dir string) (string, error) {
	for _, name := range []string{"python3", "python"} {
		exe := filepath.Join(dir, "bin", name)
		if _, err := os.Lstat(exe); err == nil {
			return exe, checkExecutable(exe)
		}
	}
	return "", &refusal{
		path: dir, reason: "has no bin/python3",
		hint: "give the path of a python executable or an environment's folder",
	}
}

// checkExecutable says what is wrong with a file before it is run: the system's
// own errors don't tell a dangling link from a missing file.
func checkExecutable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	switch {
	case !info.Mode().IsRegular():
		return &refusal{path: path, reason: "is not a file"}
	case info.Mode().Perm()&0o111 == 0:
		return &refusal{path: path, reason: "is not executable", hint: "chmod +x it, or name another"}
	}
	return nil
}

func unreadable(path string, err error) error {
	target, linkErr := os.Readlink(path)
	switch {
	case linkErr == nil && errors.Is(err, fs.ErrNotExist):
		return &refusal{
			path: path, reason: "is a link to " + target + ", which does not exist",
			hint: "install that python again, or make the environment again", err: err,
		}
	case errors.Is(err, fs.ErrNotExist):
		return &refusal{path: path, reason: "does not exist", err: err}
	}
	return &refusal{path: path, reason: err.Error(), err: err}
}
