package pyconfig

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// framework makes what a framework build installs, and gives its version's folder.
func framework(t *testing.T) (frameworks, version, exe string) {
	t.Helper()
	frameworks = filepath.Join(t.TempDir(), "Frameworks")
	version = filepath.Join(frameworks, "Python.framework", "Versions", "3.12")
	exe = installationFor(t, "darwin", version, 12, func(r *report) {
		r.Framework, r.FrameworkPrefix, r.InstSoname = "Python", frameworks, "Python.framework/Versions/3.12/Python"
	})
	write(t, filepath.Join(version, "Python"), sharedFor("darwin", runtime.GOARCH), 0o600)
	link := filepath.Join(version, "lib", "libpython3.12.dylib")
	must(t, os.Remove(link))
	must(t, os.Symlink("../Python", link))
	return frameworks, version, exe
}

func TestFrameworkIsLinkedByItsLink(t *testing.T) {
	t.Parallel()
	frameworks, version, exe := framework(t)
	f := here(env())
	f.goos = "darwin"
	l := f.look(t.Context(), originOption, exe)
	must(t, l.err)
	if want := filepath.Join(version, "lib", "libpython3.12.dylib"); l.library != want {
		t.Errorf("library is %s, want %s", l.library, want)
	}
	if got, want := l.loaderFolders(), []string{filepath.Join(version, "lib"), frameworks}; !slices.Equal(got, want) {
		t.Errorf("the loader looks in %s, want %s", got, want)
	}
}

func TestFrameworkWithoutItsLink(t *testing.T) {
	t.Parallel()
	_, version, exe := framework(t)
	link := filepath.Join(version, "lib", "libpython3.12.dylib")
	must(t, os.Remove(link))
	f := here(env())
	f.goos = "darwin"
	requireError(t, f.look(t.Context(), originOption, exe).err,
		"a link to the framework's library "+filepath.Join(version, "Python"), "ln -s ../Python "+link)
}
