package pyconfig

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const goPython = "github.com/DataDog/go-python3"

// realPythons gives this machine's own that are fit, by pyenv's folder and PATH,
// and skips the test if there are none.
func realPythons(t *testing.T) []*look {
	t.Helper()
	root := os.Getenv("PYENV_ROOT")
	if home, err := os.UserHomeDir(); err == nil && root == "" {
		root = filepath.Join(home, ".pyenv")
	}
	versions, err := filepath.Glob(filepath.Join(root, "versions", "3.*", "bin", "python3"))
	must(t, err)
	f := here(env("PATH", os.Getenv("PATH")))
	looks := f.allOnPath(t.Context())
	for _, exe := range versions {
		if l := f.look(t.Context(), originOption, exe); !slices.ContainsFunc(looks, l.sameAs) {
			looks = append(looks, l)
		}
	}
	fit := slices.DeleteFunc(looks, func(l *look) bool {
		if l.err != nil {
			t.Logf("left out: %v", l.err)
		}
		return l.err != nil
	})
	if len(fit) == 0 {
		t.Skip("no CPython 3.10 to 3.14 with its headers and a shared library in ~/.pyenv or PATH")
	}
	return fit
}

// program makes a module with the program that imports go-python3.
func program(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		text, err := os.ReadFile(filepath.Join("testdata", "gopython3", name+".txt"))
		must(t, err)
		write(t, filepath.Join(dir, name), string(text), 0o600)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	download := exec.CommandContext(ctx, "go", "mod", "download", goPython)
	download.Dir, download.Env = dir, append(os.Environ(), environ()...)
	out, err := download.CombinedOutput()
	switch {
	case err != nil && strings.Contains(string(out), "checksum mismatch"):
		t.Fatalf("%s", out)
	case err != nil:
		t.Skipf("%s can't be fetched: %v: %s", goPython, err, out)
	}
	return dir
}

// needBuild skips a test that builds with cgo where that can't be.
func needBuild(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("building go-python3 takes long")
	}
	if os.Getenv("CGO_ENABLED") == "0" {
		t.Skip("cgo is switched off by CGO_ENABLED=0")
	}
	out, err := exec.Command("go", "env", "CC").Output()
	must(t, err)
	for _, name := range append([]string{"pkg-config"}, strings.Fields(string(out))[:1]...) {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

func environ() []string {
	return []string{"SPIKARD_PYTHON=", "VIRTUAL_ENV=", "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off", "PYTHONHOME="}
}

// requireVersion runs the program and has it say that it is linked with a Python.
func requireVersion(t *testing.T, exe string, l *look) {
	t.Helper()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "PYTHONHOME=", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	requireSays(t, string(out), "library "+l.report.Version+" ", "python "+l.report.Build, "done")
}

// Each Python builds the same program into the same file. What changes between
// the builds is the Python alone, and the go command has to see that.
func TestRealBuilds(t *testing.T) {
	needBuild(t)
	looks := realPythons(t)
	dir := program(t)
	for _, l := range append(looks, looks[0]) {
		t.Run(l.report.Version, func(t *testing.T) {
			build := command(t, environ(), "-python", l.path, "go", "build", "-o", "program")
			build.Dir = dir
			if out, err := build.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%v: %s", err, out)
			}
			requireVersion(t, filepath.Join(dir, "program"), l)
		})
	}
}

// smallProgram links Python without the time that go-python3 takes to compile.
const smallProgram = `package main

// #cgo pkg-config: python3
// #include <Python.h>
import "C"

func main() { println(C.GoString(C.Py_GetVersion())) }
`

// A virtual environment has no files of its own: those of its base are taken.
// Odd names come through to the compiler, the linker and the loader.
func TestRealBuildOfAnEnvironmentInAnOddFolder(t *testing.T) {
	needBuild(t)
	l := realPythons(t)[0]
	odd := filepath.Join(t.TempDir(), "it's an odd folder #1")
	must(t, os.MkdirAll(odd, 0o700))
	must(t, os.Symlink(l.report.BasePrefix, filepath.Join(odd, "base")))
	exe := filepath.Join(odd, "base", "bin", filepath.Base(l.report.Executable))
	if out, err := exec.Command(exe, "-m", "venv", "--without-pip", filepath.Join(odd, "venv")).CombinedOutput(); err != nil {
		t.Skipf("venv: %v: %s", err, out)
	}
	write(t, filepath.Join(odd, "main.go"), smallProgram, 0o600)
	self, err := os.Executable()
	must(t, err)
	build := exec.Command("sh", "-c", `set -e; vars=$("$0" -o out); eval "$vars"; go build -o program main.go; cat out/python3.pc; ./program`, self)
	build.Env = append(os.Environ(), append(environ(), asCommand+"=1", "VIRTUAL_ENV="+filepath.Join(odd, "venv"))...)
	build.Dir = odd
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	requireSays(t, string(out), `odd\ folder\ \#1/base/lib`, "\n"+l.report.Version+" ")
}

// Nothing of the user's has a say in what a Python is asked.
func TestRealProbeIsIsolated(t *testing.T) {
	l := realPythons(t)[0]
	dir := t.TempDir()
	for _, name := range []string{"json.py", "sysconfig.py", "os.py", "platform.py", "sitecustomize.py"} {
		write(t, filepath.Join(dir, name), "raise SystemExit('taken from the user')\n", 0o600)
	}
	t.Chdir(dir)
	t.Setenv("PYTHONPATH", dir)
	t.Setenv("PYTHONHOME", "/nonexistent")
	again := here(env()).look(t.Context(), originOption, l.path)
	if again.err != nil || key(again) != key(l) {
		t.Errorf("it is now %+v, %v", again.report, again.err)
	}
}

// compat.h compiles without a warning, as C and as C++ if there is a compiler.
func TestRealHeaderCompiles(t *testing.T) {
	needBuild(t)
	compilers := map[string][]string{"c": {"cc", "-x", "c", "-std=c11"}, "c++": {"c++", "-x", "c++"}}
	for _, l := range realPythons(t) {
		dir := t.TempDir()
		must(t, writeFiles(dir, files(l, dir)))
		for _, language := range slices.Sorted(maps.Keys(compilers)) {
			args := compilers[language]
			if _, err := exec.LookPath(args[0]); err != nil {
				t.Logf("%s is not installed", args[0])
				continue
			}
			args = append(slices.Clone(args[1:]), "-Wall", "-Werror", "-fsyntax-only", "-I"+filepath.Join(dir, "include"))
			for _, include := range l.report.includeFolders() {
				args = append(args, "-I"+include)
			}
			cmd := exec.Command(compilers[language][0], append(args, "-")...)
			cmd.Stdin = strings.NewReader("#include <Python.h>\n")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v: %s", l.report.Version, language, err, out)
			}
		}
	}
}
