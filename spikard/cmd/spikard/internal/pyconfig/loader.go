package pyconfig

import (
	"path/filepath"
	"slices"
)

// loaderFolders are where the program looks for the library when it starts,
// beside the system's folders. A framework's library may call itself
// @rpath/Python.framework/Versions/3.12/Python.
func (l *look) loaderFolders() []string {
	var dirs []string
	if dir := filepath.Dir(l.library); !isSystemFolder(dir, l.report.Multiarch) {
		dirs = append(dirs, dir)
	}
	if l.report.Framework != "" && filepath.IsAbs(l.report.FrameworkPrefix) {
		dirs = append(dirs, l.report.FrameworkPrefix)
	}
	return dirs
}

// isSystemFolder knows the folders that every loader searches. /usr/local/lib is
// not one of them: some need to be told.
func isSystemFolder(dir, multiarch string) bool {
	if multiarch != "" && filepath.Base(dir) == multiarch {
		dir = filepath.Dir(dir)
	}
	return slices.Contains([]string{"/lib", "/lib64", "/usr/lib", "/usr/lib64"}, dir)
}
