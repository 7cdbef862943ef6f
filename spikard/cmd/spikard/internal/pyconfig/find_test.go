package pyconfig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPickOrder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	option := installation(t, filepath.Join(root, "option"), 10, nil)
	variable := installation(t, filepath.Join(root, "variable"), 11, nil)
	installation(t, filepath.Join(root, "active"), 12, nil)
	installation(t, filepath.Join(root, "path"), 13, nil)
	path := filepath.Join(root, "path", "bin")
	active := filepath.Join(root, "active")
	tests := map[string]struct {
		option string
		getenv func(string) string
		origin string
		folder string
	}{
		"option":             {option, env("SPIKARD_PYTHON", variable, "VIRTUAL_ENV", active, "PATH", path), originOption, "option"},
		"variable":           {"", env("SPIKARD_PYTHON", variable, "VIRTUAL_ENV", active, "PATH", path), originVariable, "variable"},
		"active environment": {"", env("VIRTUAL_ENV", active, "PATH", path), originVirtualEnv, "active"},
		"PATH":               {"", env("PATH", path), originPath, "path"},
		"a name":             {"python3", env("PATH", path), originOption, "path"},
		"a folder":           {filepath.Join(root, "option"), env("PATH", path), originOption, "option"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := here(tt.getenv).pick(t.Context(), tt.option)
			must(t, err)
			if l.origin != tt.origin || l.report.BasePrefix != filepath.Join(root, tt.folder) {
				t.Errorf("took %s by %s", l.report.BasePrefix, l.origin)
			}
		})
	}
}

// onThePath makes folders, each with executables of these names: a minor
// version, or 0 for a shim that fails.
func onThePath(t *testing.T, folders ...map[string]int) (path string) {
	t.Helper()
	var dirs []string
	for _, names := range folders {
		bin := filepath.Join(t.TempDir(), "bin")
		for name, minor := range names {
			if minor == 0 {
				script(t, filepath.Join(bin, name), "echo 'pyenv: "+name+": command not found' >&2; echo; echo more >&2; exit 127")
				continue
			}
			exe := installation(t, filepath.Join(t.TempDir(), name), minor, nil)
			must(t, os.MkdirAll(bin, 0o700))
			must(t, os.Symlink(exe, filepath.Join(bin, name)))
		}
		dirs = append(dirs, bin)
	}
	return strings.Join(dirs, ":")
}

func TestPickTakesTheNewestOnPath(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		folders []map[string]int
		folder  int
		name    string
	}{
		"by name":            {[]map[string]int{{"python3.10": 10, "python3.13": 13, "python3": 11}}, 0, "python3.13"},
		"python3 is newest":  {[]map[string]int{{"python3.10": 10, "python3": 14}}, 0, "python3"},
		"in a later folder":  {[]map[string]int{{"python3.10": 10}, {"python3.12": 12}}, 1, "python3.12"},
		"one version twice":  {[]map[string]int{{"python3": 12}, {"python3.12": 12}}, 0, "python3"},
		"behind a shim":      {[]map[string]int{{"python3.14": 0, "python3.12": 0, "python3": 0}, {"python3.12": 12}}, 1, "python3.12"},
		"an unfit is newest": {[]map[string]int{{"python3": 15}, {"python3.11": 11}}, 1, "python3.11"},
		"not for its name":   {[]map[string]int{{"python3.9": 9, "python": 12}, {"python3.10": 10}}, 1, "python3.10"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := onThePath(t, tt.folders...)
			l, err := here(env("PATH", path)).pick(t.Context(), "")
			must(t, err)
			if want := filepath.Join(strings.Split(path, ":")[tt.folder], tt.name); l.path != want {
				t.Errorf("took %s, want %s", l.path, want)
			}
		})
	}
}

func TestPickListsAllThatAreNotFit(t *testing.T) {
	t.Parallel()
	path := onThePath(t, map[string]int{"python3.13": 0, "python3": 9}, map[string]int{"python3.12": 15})
	l, err := here(env("PATH", path)).pick(t.Context(), "")
	requireError(
		t, err,
		"there is no Python here to build with; looked at\n",
		"python3.13: could not start: exit status 127 (pyenv: python3.13: command not found); select a version that has it",
		"is python 3.9.4, which is too old", "is python 3.15.4, which is newer",
		"apt-get install python3-dev", "PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install", "with -python")
	var unfit *unfitError
	if !errors.As(err, &unfit) || len(unfit.looks) != 3 {
		t.Errorf("want three that were looked at, got %v, %v", l, err)
	}
	_, err = here(env("PATH", t.TempDir())).pick(t.Context(), "")
	requireError(t, err, "PATH, which has none of python3.14, python3.13, python3.12, python3.11, python3.10, python3\n")
}

func TestPickIsBoundToWhatWasChosen(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	installation(t, filepath.Join(root, "good"), 12, nil)
	path := filepath.Join(root, "good", "bin")
	script(t, filepath.Join(root, "shims", "python3.12"), "echo 'pyenv: python3.12: command not found' >&2; exit 127")
	must(t, os.MkdirAll(filepath.Join(root, "broken", "bin"), 0o700))
	must(t, os.Symlink("/opt/gone/python3", filepath.Join(root, "broken", "bin", "python3")))
	write(t, filepath.Join(root, "text"), "", 0o600)
	tests := map[string]struct {
		option string
		getenv func(string) string
		says   []string
	}{
		"missing":            {"/nonexistent/python3", env("PATH", path), []string{"the Python that -python names", "/nonexistent/python3: does not exist"}},
		"not on PATH":        {"python3.13", env("PATH", path), []string{"python3.13: is not on PATH, and not a folder here"}},
		"failing shim":       {"python3.12", env("PATH", filepath.Join(root, "shims")+":"+path), []string{"could not start: exit status 127 (pyenv", "pyenv local"}},
		"not executable":     {filepath.Join(root, "text"), env(), []string{"is not executable", "chmod +x"}},
		"variable":           {"", env("SPIKARD_PYTHON", "/nonexistent/python3", "PATH", path), []string{"SPIKARD_PYTHON names", "does not exist"}},
		"library":            {"", env("SPIKARD_PYTHON", "/opt/libpython3.12.so", "PATH", path), []string{"is a library", "with -python"}},
		"active environment": {"", env("VIRTUAL_ENV", filepath.Join(root, "broken"), "PATH", path), []string{"VIRTUAL_ENV names", "is a link to /opt/gone/python3, which does not exist", "make the environment again"}},
		"empty environment":  {"", env("VIRTUAL_ENV", root, "PATH", path), []string{root + ": has no bin/python3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := here(tt.getenv).pick(t.Context(), tt.option)
			requireError(t, err, tt.says...)
		})
	}
}

func TestPickSkipsPathEntriesOfTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	installation(t, dir, 12, nil)
	t.Chdir(filepath.Join(dir, "bin"))
	_, err := here(env("PATH", ".::../bin")).pick(t.Context(), "")
	requireError(t, err, "PATH, which has none")
}

func TestPickEndsWithItsContext(t *testing.T) {
	t.Parallel()
	exe := filepath.Join(t.TempDir(), "python3")
	script(t, exe, "sleep 60 & wait")
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, option := range []string{exe, ""} {
		if _, err := here(env("PATH", filepath.Dir(exe))).pick(ctx, option); !errors.Is(err, cause) {
			t.Errorf("%q gave %v, want the context's cause", option, err)
		}
	}
}

func TestTwoNamesOfOnePythonAreLookedAtOnce(t *testing.T) {
	t.Parallel()
	exe := installation(t, t.TempDir(), 12, nil)
	bin := t.TempDir()
	must(t, os.Symlink(exe, filepath.Join(bin, "python3.12")))
	script(t, filepath.Join(bin, "python3"), "exec "+exe+` "$@"`)
	if looks := here(env("PATH", bin)).survey(t.Context()); len(looks) != 1 || looks[0].err != nil {
		t.Errorf("looked at %d, want 1", len(looks))
	}
}
