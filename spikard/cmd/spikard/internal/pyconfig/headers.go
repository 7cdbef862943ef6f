package pyconfig

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// includeFolders are those that exist.
func (r *report) includeFolders() []string {
	var dirs []string
	for _, dir := range r.Include {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func (r *report) checkHeaders() error {
	for _, dir := range r.Include {
		if _, err := os.Stat(filepath.Join(dir, "Python.h")); err == nil {
			return nil
		}
	}
	return &refusal{
		path:   r.probed,
		reason: "is python " + r.Version + " without its headers: there is no Python.h in " + strings.Join(slices.Compact(slices.Clone(r.Include)), " or "),
		hint: "install them: on Debian and Ubuntu the package libpython" + r.minorVersion() +
			"-dev, on Fedora python3-devel",
	}
}
