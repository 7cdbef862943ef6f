//go:build cgo && (linux || darwin) && (amd64 || arm64)

package asyncio

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// pythonList names the Pythons to test, separated as in PATH.
const pythonList = "SPIKARD_TEST_PYTHONS"

// python is a Python whose library can be loaded, with its test files.
type python struct {
	Executable string
	Minor      int // of 3
	Shared     bool
	Modules    []string // of test_asyncio; none: the files are not there
}

func (p python) version() string { return fmt.Sprintf("3.%d", p.Minor) }

// lookCode prints a python as JSON.
const lookCode = `import glob, json, os, sys, sysconfig
try:
    import test.test_asyncio as package
    found = glob.glob(os.path.join(package.__path__[0], "test_*.py"))
except ImportError:
    found = []
print(json.dumps({"Executable": sys.executable, "Minor": sys.version_info[1],
    "Shared": bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
    "Modules": sorted(os.path.basename(f)[:-3] for f in found)}))`

// pythons are those of this machine that can run the tests, one for each version, the
// newest first. It prints why others can't.
func pythons(t *testing.T) []python {
	t.Helper()
	var out []python
	for _, path := range executables() {
		p, err := look(t.Context(), path)
		switch {
		case err != nil: // a shim of pyenv's that stands for nothing
		case p.Minor < 10 || p.Minor > 14:
		case len(p.Modules) == 0:
			fmt.Printf("%s: not tested: it has no test_asyncio\n", p.Executable)
		case !p.Shared:
			fmt.Printf("%s: not tested: it has no shared library\n", p.Executable)
		case !slices.ContainsFunc(out, func(o python) bool { return o.Minor == p.Minor }):
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b python) int { return b.Minor - a.Minor })
	return out
}

// executables are those that the suite in tests/engine looks at.
func executables() []string {
	if list := os.Getenv(pythonList); list != "" {
		return filepath.SplitList(list)
	}
	var out []string
	if home, err := os.UserHomeDir(); err == nil {
		out, _ = filepath.Glob(filepath.Join(home, ".pyenv/versions/*/bin/python3")) // the pattern is well-formed
	}
	for minor := 10; minor <= 14; minor++ {
		if path, err := exec.LookPath(fmt.Sprintf("python3.%d", minor)); err == nil {
			out = append(out, path)
		}
	}
	return out
}

func look(ctx context.Context, path string) (p python, err error) {
	text, err := exec.CommandContext(ctx, path, "-c", lookCode).Output()
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}
