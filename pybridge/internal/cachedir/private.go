package cachedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// root is the folder of ours in the user's cache folder.
const root = "spikard"

// Private gives the folder spikard/sub in the user's cache folder, and makes
// what is missing of it. An empty sub gives the folder spikard itself.
//
// Each level from spikard down is 0700 when it is made here. One that exists
// must be a real folder of this user that neither its group nor others can
// write. The base above it is the user's own choice and is not judged:
// container volumes are often world-writable by design.
//
// # Errors
//
// An [*UnusableError] when there is no base (it names the variables), or a
// level can't be made or is not private; a plain error when sub is not a
// relative path that stays inside.
func Private(sub string) (string, error) {
	if sub != "" && !filepath.IsLocal(sub) {
		return "", fmt.Errorf("cache folder %q is not a relative path without \"..\"", sub)
	}
	base, err := userBase()
	if err != nil {
		return "", err
	}
	dir := base
	for _, level := range strings.Split(filepath.Join(root, sub), string(filepath.Separator)) {
		dir = filepath.Join(dir, level)
		if err := makePrivate(dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// userBase gives the user's cache folder and makes it if it is missing: 0700,
// as the XDG base directory specification asks.
func userBase() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		reason := "neither XDG_CACHE_HOME nor HOME is set"
		if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
			reason = fmt.Sprintf("XDG_CACHE_HOME is not an absolute path: %q", dir)
		}
		return "", &UnusableError{Reason: reason, Hint: baseHint(), Err: err}
	}
	// A relative HOME would put the folder wherever the program was started.
	if !filepath.IsAbs(base) {
		return "", &UnusableError{Path: base, Reason: "HOME is not an absolute path", Hint: baseHint()}
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", unmade(base, err)
	}
	return base, nil
}

func makePrivate(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return unmade(dir, err)
	}
	return CheckPrivate(dir)
}

func unmade(dir string, err error) error {
	reason := "can't be made"
	if errors.Is(err, fs.ErrPermission) || isReadOnly(err) {
		reason = "can't be made, it is not writable for this user"
	}
	return &UnusableError{Path: dir, Reason: fmt.Sprintf("%s (%v)", reason, cause(err)), Hint: baseHint(), Err: err}
}

// cause is err without the path that the caller has named already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// CheckPrivate says whether dir is a real folder of this user that nobody else
// can write.
//
// # Errors
//
// An [*UnusableError] that says what is wrong and what to do.
func CheckPrivate(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return &UnusableError{Path: dir, Reason: fmt.Sprintf("can't be read (%v)", cause(err)), Hint: baseHint(), Err: err}
	}
	refuse := func(reason, hint string) error {
		return &UnusableError{Path: dir, Reason: reason, Hint: hint}
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return refuse("is a symbolic link", "remove it, or "+baseHint())
	case !mode.IsDir():
		return refuse("is not a folder", "remove it, or "+baseHint())
	}
	if owner, ours := ownedByUs(info); !ours {
		return refuse(fmt.Sprintf("belongs to user %d, not to user %d who runs this", owner, os.Geteuid()), baseHint())
	}
	if perm := info.Mode().Perm(); perm&0o022 != 0 && permissionsCount {
		return refuse(fmt.Sprintf("is writable by others (mode %04o)", perm),
			"check what is in it, then chmod go-w it, or "+baseHint())
	}
	return nil
}
