package locate

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// libraryName matches libpython3.12.so, libpython3.12.so.1.0,
// libpython3.13t.dylib and the like. The letters are ABI flags: d for a debug
// build, t for a free-threaded one, m and u for those before 3.8.
var libraryName = regexp.MustCompile(`^libpython(\d+)\.(\d+)([a-z]*)\.(?:so|dylib)(?:\.[0-9.]+)?$`)

// looksLikeLibrary says whether a user who gives this path means a library.
func looksLikeLibrary(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, "libpython") || base == "Python" && isFramework(path)
}

// isFramework matches Python.framework/Versions/3.12/Python of macOS.
func isFramework(path string) bool {
	return filepath.Base(filepath.Dir(filepath.Dir(path))) == "Versions"
}

// library finds the shared library of a probed Python.
func (r *report) library() (string, error) {
	var tried []string
	for _, path := range r.libraryPaths() {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		err := checkShared(path, runtime.GOOS, runtime.GOARCH)
		if err == nil {
			return path, nil
		}
		tried = append(tried, fmt.Sprintf("%s %v", path, err))
	}
	if len(tried) > 0 {
		return "", &refusal{
			path:   r.probed,
			reason: fmt.Sprintf("is python %s without a library that fits: %s", r.Version, strings.Join(tried, ", ")),
			hint:   "install a python built for " + runtime.GOOS + "/" + runtime.GOARCH,
		}
	}
	return "", r.staticOnly()
}

// libraryPaths lists where the library may be, the likeliest first.
func (r *report) libraryPaths() []string {
	var paths []string
	for _, dir := range r.libraryDirs() {
		for _, name := range r.libraryNames() {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	if r.BasePrefix != "" && isFramework(filepath.Join(r.BasePrefix, "Python")) {
		paths = append(paths, filepath.Join(r.BasePrefix, "Python"))
	}
	return paths
}

// libraryDirs puts the folders inside the base prefix first. The others were
// fixed when Python was built; for one that was moved since (uv's, conda's,
// the embedded one) they may hold another Python's library.
func (r *report) libraryDirs() []string {
	var dirs []string
	add := func(base string, more ...string) {
		if !filepath.IsAbs(base) {
			return
		}
		if dir := filepath.Join(append([]string{base}, more...)...); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	add(r.LibDir)
	add(r.LibDir, r.Multiarch)
	add(r.BasePrefix, "lib")
	add(r.BasePrefix, "lib", r.Multiarch)
	add(r.BasePrefix, "lib64")
	add(r.LibPL)
	inside := func(dir string) int {
		if rel, err := filepath.Rel(r.BasePrefix, dir); err == nil && filepath.IsLocal(rel) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return inside(a) - inside(b) })
	return dirs
}

// libraryNames are what the build calls it, and then what it must be called:
// conda's builds name the static library only.
func (r *report) libraryNames() []string {
	var names []string
	version := fmt.Sprintf("%d.%d%s", r.Major, r.Minor, r.ABIFlags)
	for _, name := range []string{
		filepath.Base(r.InstSoname), filepath.Base(r.LDLibrary),
		"libpython" + version + ".so.1.0", "libpython" + version + ".so", "libpython" + version + ".dylib",
	} {
		major, minor, _, ok := parseLibraryName(name)
		if ok && major == r.Major && minor == r.Minor && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func parseLibraryName(name string) (major, minor int, flags string, ok bool) {
	m := libraryName.FindStringSubmatch(name)
	if m == nil {
		return 0, 0, "", false
	}
	major, errMajor := strconv.Atoi(m[1])
	minor, errMinor := strconv.Atoi(m[2])
	return major, minor, m[3], errMajor == nil && errMinor == nil
}

func (r *report) staticOnly() error {
	built := "was built without a shared library"
	if r.EnableShared {
		built = "has its shared library elsewhere or not installed"
	}
	version := fmt.Sprintf("3.%d", r.Minor)
	return &refusal{
		path: r.probed,
		reason: fmt.Sprintf("is python %s, which %s: no %s in %s", r.Version, built,
			strings.Join(r.libraryNames(), " or "), strings.Join(r.libraryDirs(), ", ")),
		hint: "on Debian and Ubuntu install the package libpython" + version +
			"; with pyenv, PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install " + version +
			"; or take one that has it: uv python install " + version,
	}
}
