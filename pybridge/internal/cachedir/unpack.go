package cachedir

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// unpackWait is how long Unpack waits for another process that unpacks the
// same name: far longer than that takes, short enough to report a stuck one.
const unpackWait = 30 * time.Second

// Unpack writes the files of fsys to the folder spikard/name-<hash> in the
// user's cache folder and gives its path. The hash is of the contents, so two
// builds of a program never share a folder, and equal ones always do.
//
// A folder appears under its name complete or not at all: it is written beside
// it first and then renamed. One that is there already is compared with fsys,
// byte by byte, and replaced if a file is missing or differs (a disk that lost
// power can leave empty files); files that fsys doesn't have are left alone,
// since Python puts its __pycache__ there. Files are 0600 and folders 0700.
//
// fsys must hold regular files and folders only, and be small: it is read on
// each call.
//
// # Errors
//
// An [*UnusableError] when there is no private folder ([UnpackTemp] needs
// none); other errors name the file.
//
// # Concurrency
//
// Any number of processes and goroutines may unpack the same thing at once. A
// process killed halfway leaves a folder that nobody uses and that the next
// Unpack of this name removes.
func Unpack(fsys fs.FS, name string) (dir string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	c, err := readContents(fsys)
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", name, err)
	}
	parent, err := Private("")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(parent, name+"-"+c.hash())
	if c.matches(dir) {
		return dir, CheckPrivate(dir)
	}
	if err := unpackLocked(c, parent, name, dir); err != nil {
		return "", fmt.Errorf("unpack %s: %w", name, err)
	}
	return dir, CheckPrivate(dir)
}

// checkName keeps dots out, so that no name's temporary folders look like
// another's.
func checkName(name string) error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	if name == "" || strings.TrimFunc(name, plain) != "" {
		return fmt.Errorf("unpack: name %q has other characters than letters, digits, - and _", name)
	}
	return nil
}

func unpackLocked(c *contents, parent, name, dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), unpackWait)
	defer cancel()
	unlock, err := Lock(ctx, filepath.Join(parent, "."+name+".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if c.matches(dir) {
		return nil // by the process that held the lock
	}
	// Everything temporary of this name is made under the lock, so what is
	// there now was left by a process that died.
	temporary := "." + name + ".tmp-"
	if err := removeLike(parent, temporary); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, temporary+"*")
	if err != nil {
		return unmade(filepath.Join(parent, temporary+"*"), err)
	}
	if err := c.write(fresh); err != nil {
		_ = os.RemoveAll(fresh)
		return err
	}
	return replace(dir, fresh)
}

// replace puts fresh in the place of dir. A folder in the way is damaged; it is
// renamed first because a rename onto a folder that isn't empty is refused.
func replace(dir, fresh string) error {
	aside := fresh + "-old"
	err := os.Rename(dir, aside)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

func removeLike(parent, prefix string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(parent, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// UnpackTemp is for a program without a usable cache folder, such as a service
// user without a home: it writes the files of fsys to a new folder in
// [os.TempDir], 0700 and with a random name, and gives the function that
// removes it. A program that is killed leaves the folder behind, which is why
// [Unpack] is the first choice.
//
// # Errors
//
// They name the folder or file that could not be written.
func UnpackTemp(fsys fs.FS, name string) (dir string, cleanup func() error, err error) {
	if err := checkName(name); err != nil {
		return "", nil, err
	}
	c, err := readContents(fsys)
	if err != nil {
		return "", nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	dir, err = os.MkdirTemp("", root+"-"+name+"-*")
	if err != nil {
		return "", nil, fmt.Errorf("unpack %s: %w: set TMPDIR to a folder that this user can write", name, err)
	}
	cleanup = func() error { return os.RemoveAll(dir) }
	if err := c.write(dir); err != nil {
		_ = cleanup()
		return "", nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return dir, cleanup, nil
}
