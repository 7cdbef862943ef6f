//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pythonList names the installed Pythons to test, separated as in PATH.
const pythonList = "SPIKARD_TEST_PYTHONS"

// candidate is a Python that may be tested.
type candidate struct {
	executable string
	version    string // as "3.12"
	skip       string // why it is not
}

// candidates are the Pythons of this machine, one for each version.
func candidates(ctx context.Context) []candidate {
	var out []candidate
	seen := map[string]bool{}
	for _, path := range executables() {
		c := inspect(ctx, path)
		if c.skip == "" && seen[c.version] {
			c.skip = "another python " + c.version + " is tested"
		}
		seen[c.version] = true
		out = append(out, c)
	}
	return out
}

func executables() []string {
	if list := os.Getenv(pythonList); list != "" {
		return filepath.SplitList(list)
	}
	var out []string
	if home, err := os.UserHomeDir(); err == nil {
		found, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/*/bin/python3")) // the pattern is well-formed
		out = append(out, found...)
	}
	for minor := 10; minor <= 14; minor++ {
		if path, err := exec.LookPath(fmt.Sprintf("python3.%d", minor)); err == nil {
			out = append(out, path)
		}
	}
	return out
}

// inspect asks a Python what it is.
func inspect(ctx context.Context, path string) candidate {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	const code = `import sys, sysconfig
print("%d.%d" % sys.version_info[:2], sys.implementation.name, sysconfig.get_config_var("Py_ENABLE_SHARED"),
      sys.executable)`
	text, err := exec.CommandContext(ctx, path, "-c", code).Output()
	words := strings.Fields(string(text))
	if err != nil || len(words) < 4 {
		return candidate{executable: path, skip: fmt.Sprintf("it does not run: %v", err)}
	}
	// A shim, as pyenv's, may stand for another Python in the next process.
	c := candidate{executable: words[3], version: words[0]}
	switch {
	case words[1] != "cpython":
		c.skip = "it is " + words[1]
	case len(c.version) < 4 || c.version < "3.10" || c.version > "3.14":
		c.skip = "version " + c.version + " is not supported"
	case words[2] != "1":
		c.skip = "it has no shared library"
	}
	return c
}

// inChild runs a test of this binary in a process with that Python.
func inChild(t *testing.T, executable, test string) {
	t.Helper()
	args := []string{"-test.run=^" + test + "$", "-test.v=" + fmt.Sprint(testing.Verbose())}
	if deadline, ok := t.Deadline(); ok {
		args = append(args, "-test.timeout="+time.Until(deadline).Round(time.Second).String())
	}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asChild+"="+executable, "SPIKARD_PYTHON="+executable)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	} else if testing.Verbose() {
		t.Logf("%s", out)
	}
}
