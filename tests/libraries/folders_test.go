//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// folderList names the folders with the libraries, separated as in PATH.
const folderList = "SPIKARD_TEST_LIBRARIES"

// embeddedVersion is what packages of the embedded Python are for.
const embeddedVersion = "3.14"

// wanted are the versions that CI has to have.
var wanted = []string{"3.12", "3.13", embeddedVersion}

func inCI() bool { return os.Getenv("CI") == "true" }

// folder is one with libraries.
type folder struct {
	path    string
	version string // as "3.12"
	site    string // where the packages are
	venv    bool
}

// environment is what a process of the folder's Python is given.
func (f folder) environment() []string {
	if f.venv {
		return []string{"SPIKARD_PYTHON=" + f.path, "PYTHONPATH=", "VIRTUAL_ENV="}
	}
	return []string{"SPIKARD_PYTHON=", "PYTHONPATH=" + f.path, "VIRTUAL_ENV="}
}

// missing are the modules that the folder has not.
func (f folder) missing(modules []string) []string {
	return slices.DeleteFunc(slices.Clone(modules), func(name string) bool {
		for _, path := range []string{name, name + ".py"} {
			if _, err := os.Stat(filepath.Join(f.site, path)); err == nil {
				return true
			}
		}
		return false
	})
}

// folders are those to test with. Without any the test is skipped.
func folders(t *testing.T) []folder {
	t.Helper()
	list := filepath.SplitList(os.Getenv(folderList))
	if len(list) == 0 {
		t.Skip("not run: " + folderList + " names no folders with libraries; .ci/run libraries makes them")
	}
	var out []folder
	for _, path := range list {
		f, err := inspect(path)
		if err != nil {
			t.Fatalf("%s of %s: %v", path, folderList, err)
		}
		out = append(out, f)
	}
	for _, version := range wanted {
		if inCI() && !slices.ContainsFunc(out, func(f folder) bool { return f.version == version }) {
			t.Fatalf("no folder of %s is for Python %s: CI has to have one", folderList, version)
		}
	}
	return out
}

func inspect(path string) (folder, error) {
	if _, err := os.Stat(filepath.Join(path, "pyvenv.cfg")); err != nil {
		_, err := os.Stat(path)
		return folder{path: path, version: embeddedVersion, site: path}, err
	}
	sites, err := filepath.Glob(filepath.Join(path, "lib", "python3.*", "site-packages"))
	if err == nil && len(sites) != 1 {
		err = fmt.Errorf("a virtual environment with %d site-packages, want 1", len(sites))
	}
	if err != nil {
		return folder{}, err
	}
	version := strings.TrimPrefix(filepath.Base(filepath.Dir(sites[0])), "python")
	return folder{path: path, version: version, site: sites[0], venv: true}, nil
}

// onEach runs a test of an app with each folder that has its modules.
func onEach(t *testing.T, app string, modules []string, env []string, test func(t *testing.T, s *server)) {
	t.Helper()
	for _, f := range folders(t) {
		t.Run(f.version, func(t *testing.T) {
			if missing := f.missing(modules); len(missing) > 0 {
				reason := fmt.Sprintf("%s has no %s", f.path, strings.Join(missing, ", "))
				if inCI() {
					t.Fatal(reason)
				}
				fmt.Printf("%s: not tested: %s\n", t.Name(), reason)
				t.Skip(reason)
			}
			s := start(t, app, append(f.environment(), env...))
			s.get("/version", strconv.Quote(f.version))
			test(t, s)
		})
	}
}
