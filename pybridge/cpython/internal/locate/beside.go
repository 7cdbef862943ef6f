package locate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// fromLibrary takes a library by its path, and asks the python beside it.
func (f *finder) fromLibrary(ctx context.Context, path string) (*Python, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, unreadable(path, err)
	}
	if err := checkShared(path, runtime.GOOS, runtime.GOARCH); err != nil {
		return nil, &refusal{
			path: path, reason: err.Error(),
			hint: "give a shared libpython for " + runtime.GOOS + "/" + runtime.GOARCH, err: err,
		}
	}
	major, minor, err := libraryVersion(path)
	if err != nil {
		return nil, err
	}
	exe, looked := pythonBeside(path, major, minor)
	if exe == "" {
		return nil, &refusal{
			path:   path,
			reason: "is a library without its python: there is no " + strings.Join(looked, ", nor "),
			hint:   "give the python executable instead",
		}
	}
	report, err := f.inspect(ctx, exe, "")
	if err != nil {
		return nil, err
	}
	if report.Major != major || report.Minor != minor {
		return nil, &refusal{
			path:   path,
			reason: fmt.Sprintf("is the library of python %d.%d, but %s beside it is python %s", major, minor, exe, report.Version),
			hint:   "give the python executable instead",
		}
	}
	return report.python(path), nil
}

// libraryVersion derives the version from the name, or from the folder of a
// macOS framework.
func libraryVersion(path string) (major, minor int, err error) {
	if isFramework(path) {
		if major, minor, ok := parseMinor(filepath.Base(filepath.Dir(path))); ok {
			return major, minor, nil
		}
	}
	major, minor, flags, ok := parseLibraryName(filepath.Base(path))
	if !ok {
		return 0, 0, &refusal{
			path: path, reason: "has no version in its name, as in libpython3.12.so",
			hint: "give that library or the python executable",
		}
	}
	if strings.Contains(flags, "t") {
		return 0, 0, &refusal{
			path: path, reason: "is the library of a free-threaded build",
			hint: "use the build with the GIL",
		}
	}
	return major, minor, nil
}

// pythonBeside looks for the executable of a library: in ../bin, as in most
// installations, ../../bin for Debian's lib/x86_64-linux-gnu, and bin for a
// macOS framework; then the same from where a link leads.
func pythonBeside(library string, major, minor int) (exe string, looked []string) {
	name := fmt.Sprintf("python%d.%d", major, minor)
	dirs := []string{filepath.Dir(library)}
	if target, err := filepath.EvalSymlinks(library); err == nil && filepath.Dir(target) != dirs[0] {
		dirs = append(dirs, filepath.Dir(target))
	}
	for _, dir := range dirs {
		ups := []string{"..", "../.."}
		if isFramework(library) {
			ups = []string{"."}
		}
		for _, up := range ups {
			exe := filepath.Join(dir, up, "bin", name)
			if checkExecutable(exe) == nil {
				return exe, nil
			}
			looked = append(looked, exe)
		}
	}
	return "", looked
}
