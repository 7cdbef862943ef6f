//go:build (linux || darwin) && (amd64 || arm64)

package embedded

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kluctl/go-embed-python/python"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

const (
	// base is what the names of all unpacked folders begin with; a hash of
	// their contents follows.
	base = "cpython"
	// complete is the suffix of the mark beside a folder that was unpacked to
	// its end.
	complete = ".complete"
)

// Home unpacks the embedded Python, unless that was done before, and gives the
// folder that is its home: bin/python3 and lib/libpython3.14 are in it.
//
// The folder is spikard/python/cpython-<hash> in the user's cache folder, for
// this user alone. Folders of other versions are left in place, since another
// program may be running from them. Files that don't have their size any more
// are restored on each call, so changes to the shipped files don't last.
//
// # Errors
//
// When there is no private cache folder (the error names the variable to set),
// the disk is full, or the C library is not the one that the embedded Python
// was built for; or the context's error.
//
// # Concurrency
//
// Any number of processes and goroutines may call it at once: one unpacks, the
// others wait for it as long as their contexts live. A process killed while
// unpacking leaves a folder without its mark, which the next call removes. The
// unpacking itself is not cut short when the context ends.
func Home(ctx context.Context) (string, error) {
	if err := checkLibc(); err != nil {
		return "", err
	}
	dir, err := cachedir.Private("python")
	if err != nil {
		return "", fmt.Errorf("unpack the embedded python: %w", err)
	}
	unlock, err := cachedir.Lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return "", fmt.Errorf("unpack the embedded python: %w", err)
	}
	defer unlock()
	home, err := unpack(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("unpack the embedded python into %s: %w", dir, err)
	}
	return home, ctx.Err()
}

// unpack is called with the lock held.
//
// The package that has the files restores one that is missing or of another
// size, but writes in place, and takes a file of the right size for a good
// one. So a folder whose first unpacking did not come to its end is removed
// rather than trusted, and one that did is marked.
func unpack(ctx context.Context, dir string) (home string, err error) {
	if err := removeUnfinished(dir); err != nil {
		return "", err
	}
	unpacked, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(dir, base), true)
	if err != nil {
		return "", err
	}
	home = unpacked.GetExtractedPath()
	mark := home + complete
	if _, err := os.Lstat(mark); err == nil {
		return home, cachedir.CheckPrivate(home)
	}
	// It makes folders with 0755.
	if err := os.Chmod(home, 0o700); err != nil {
		return "", err
	}
	if err := compile(context.WithoutCancel(ctx), home); err != nil {
		return "", err
	}
	return home, os.WriteFile(mark, nil, 0o600)
}

// compile has Python write the byte code of what every start imports, which
// the shipped files lack: a start takes half the time with it, and a program
// may well run with PYTHONDONTWRITEBYTECODE set, as in most containers.
func compile(ctx context.Context, home string) error {
	const imports = "import asyncio, contextlib, dataclasses, decimal, inspect, json, logging, typing, uuid"
	// -I: nothing of the environment or the working directory has a say.
	program := exec.CommandContext(ctx, filepath.Join(home, "bin", "python3"), "-I", "-c", imports)
	if out, err := program.CombinedOutput(); err != nil {
		return fmt.Errorf("the unpacked python does not run: %w: %s", err, out)
	}
	return nil
}

func removeUnfinished(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), base+"-") || !isTree(entry) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		if _, err := os.Lstat(path + complete); err == nil {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// isTree leaves out marks and lock files. A link is none of ours, and goes.
func isTree(entry fs.DirEntry) bool {
	return entry.IsDir() || entry.Type()&fs.ModeSymlink != 0
}
