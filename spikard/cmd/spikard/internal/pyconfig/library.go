package pyconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// library finds the shared library by the name that a linker looks for.
func (f *finder) library(r *report) (string, error) {
	var tried []string
	for _, path := range inFolders(r.libraryFolders(), r.linkName(f.goos)) {
		err := checkShared(path, f.goos, f.goarch)
		if err == nil {
			return path, nil
		}
		tried = append(tried, fmt.Sprintf("%s %v", path, err))
	}
	if len(tried) > 0 {
		return "", &refusal{
			path:   r.probed,
			reason: fmt.Sprintf("is python %s without a library that fits: %s", r.Version, strings.Join(tried, ", ")),
			hint:   "the go command builds for " + f.goos + "/" + f.goarch + ": use a python for that",
		}
	}
	return "", f.noLibrary(r)
}

// linkName is what -lpython3.12 makes the linker look for. LDVERSION has the
// letters of the build at its end, as in 3.12d.
func (r *report) linkName(goos string) string {
	if goos == "darwin" {
		return "libpython" + r.LDVersion + ".dylib"
	}
	return "libpython" + r.LDVersion + ".so"
}

// libraryFolders lists where the library may be. Those inside the base prefix
// come first: the others were fixed when Python was built, and for one that was
// moved since (uv's, conda's) they may hold another Python's library. A macOS
// framework has its library as Versions/3.12/Python, and links to it in the lib
// folder beside that, which is in its prefix.
func (r *report) libraryFolders() []string {
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
	if r.Framework != "" {
		add(r.FrameworkPrefix, r.Framework+".framework", "Versions", r.minorVersion(), "lib")
	}
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

// noLibrary tells what is there in place of the library.
func (f *finder) noLibrary(r *report) error {
	link, dirs, version := r.linkName(f.goos), r.libraryFolders(), r.minorVersion()
	refuse := func(reason, hint string) error {
		return &refusal{path: r.probed, reason: "is python " + r.Version + " " + reason, hint: hint}
	}
	shared := "install one with a shared library: on Debian and Ubuntu the package libpython" + version +
		"-dev; with pyenv, PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install " + version
	if found := inFolders(dirs, r.sonames()...); len(found) > 0 {
		return refuse("without "+link+", the name that a linker looks for: there is only "+found[0],
			"on Debian and Ubuntu install the package libpython"+version+"-dev; elsewhere, ln -s "+found[0]+
				" "+filepath.Join(filepath.Dir(found[0]), link))
	}
	if framework := r.frameworkLibrary(); framework != "" {
		lib := filepath.Join(filepath.Dir(framework), "lib", link)
		return refuse("without "+lib+", a link to the framework's library "+framework, "ln -s ../"+r.Framework+" "+lib)
	}
	if found := inFolders(dirs, "libpython"+r.LDVersion+".a"); len(found) > 0 {
		return refuse("with a static library only, "+found[0]+": a program has to share the library with Python's extension modules",
			shared)
	}
	return refuse("without its library: there is no "+link+" in "+strings.Join(dirs, ", "), shared)
}

// sonames are what the library is called at run time.
func (r *report) sonames() []string {
	names := []string{"libpython" + r.LDVersion + ".so.1.0"}
	if strings.HasPrefix(r.InstSoname, "libpython") && !strings.HasSuffix(r.InstSoname, ".a") {
		names = append(names, r.InstSoname)
	}
	return names
}

func (r *report) frameworkLibrary() string {
	if r.Framework == "" {
		return ""
	}
	for _, dir := range []string{
		r.BasePrefix,
		filepath.Join(r.FrameworkPrefix, r.Framework+".framework", "Versions", r.minorVersion()),
	} {
		if found := inFolders([]string{dir}, r.Framework); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

func inFolders(dirs []string, names ...string) []string {
	var found []string
	for _, dir := range dirs {
		for _, name := range names {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				found = append(found, filepath.Join(dir, name))
			}
		}
	}
	return found
}
