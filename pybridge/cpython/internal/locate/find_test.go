package locate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// places makes a Python of another minor version at every place where Find
// looks, and gives the request that sees them all.
func places(t *testing.T) (root string, r Request) {
	t.Helper()
	root = t.TempDir()
	option := installation(t, filepath.Join(root, "option"), 10, nil)
	variable := installation(t, filepath.Join(root, "variable"), 11, nil)
	for dir, minor := range map[string]int{"active": 12, "app/.venv": 13, "app/venv": 14} {
		installation(t, filepath.Join(root, dir), minor, nil)
		write(t, filepath.Join(root, dir, "pyvenv.cfg"), "home = /usr/bin\n", 0o600)
	}
	shipped := filepath.Join(root, "shipped")
	installation(t, shipped, 14, nil)
	installation(t, filepath.Join(root, "path"), 10, nil)
	return root, Request{
		Explicit: option,
		AppDir:   filepath.Join(root, "app"),
		Embedded: func(context.Context) (string, error) { return shipped, nil },
		Getenv: env("SPIKARD_PYTHON", variable, "VIRTUAL_ENV", filepath.Join(root, "active"),
			"PATH", filepath.Join(root, "path", "bin")+":/usr/bin:/bin"),
	}
}

func TestFindOrder(t *testing.T) {
	t.Parallel()
	root, r := places(t)
	all := r.Getenv
	without := func(gone ...string) func(string) string {
		return func(key string) string {
			if slices.Contains(gone, key) {
				return ""
			}
			return all(key)
		}
	}
	steps := []struct {
		name   string
		change func(*Request)
		origin string
		prefix string
		home   bool
	}{
		{"option", func(*Request) {}, OriginOption, "option", false},
		{"variable", func(r *Request) { r.Explicit = "" }, OriginVariable, "variable", false},
		{"active environment", func(r *Request) { r.Getenv = without("SPIKARD_PYTHON") }, OriginVirtualEnv, "active", false},
		{"app's .venv", func(r *Request) { r.Getenv = without("SPIKARD_PYTHON", "VIRTUAL_ENV") }, OriginAppVenv, "app/.venv", false},
		{"app's venv", func(*Request) { must(t, os.RemoveAll(filepath.Join(root, "app/.venv"))) }, OriginAppVenv, "app/venv", false},
		{"embedded", func(r *Request) { r.AppDir = root }, OriginEmbedded, "shipped", true},
		{"PATH", func(r *Request) { r.Embedded = nil }, OriginPath, "path", false},
	}
	for _, s := range steps { // each takes one more place away
		s.change(&r)
		found, err := Find(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if want := filepath.Join(root, s.prefix); found.Origin != s.origin || found.Prefix != want {
			t.Errorf("%s: found %s by %s, want %s by %s", s.name, found.Prefix, found.Origin, want, s.origin)
		}
		if (found.Home != "") != s.home {
			t.Errorf("%s: home is %q", s.name, found.Home)
		}
	}
}

func TestFindTakesAFolderAsVenvByItsConfig(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	installation(t, filepath.Join(root, "app", ".venv"), 12, nil)
	found, err := Find(t.Context(), Request{AppDir: filepath.Join(root, "app"), Getenv: env()})
	requireError(t, found, err, "no .venv or venv with a pyvenv.cfg in "+filepath.Join(root, "app"))
}

func TestFindBindsToWhatWasChosen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(root string, r *Request)
		says   []string
	}{
		"option": {func(_ string, r *Request) { r.Explicit = "/nonexistent/python" }, []string{"chosen by option", "/nonexistent/python: does not exist"}},
		"variable": {func(_ string, r *Request) {
			r.Explicit = ""
			r.Getenv = env("SPIKARD_PYTHON", "/nonexistent/python")
		}, []string{"chosen by SPIKARD_PYTHON", "does not exist"}},
		"active environment": {func(_ string, r *Request) {
			r.Explicit = ""
			r.Getenv = env("VIRTUAL_ENV", "/nonexistent/env")
		}, []string{"chosen by VIRTUAL_ENV", "does not exist", "unset VIRTUAL_ENV"}},
		"app's environment": {func(root string, r *Request) {
			r.Explicit, r.Getenv = "", env()
			must(t, os.RemoveAll(filepath.Join(root, "app/.venv/bin")))
		}, []string{"chosen by app's .venv", "without a bin/python3", "python3 -m venv"}},
		"embedded": {func(_ string, r *Request) {
			r.Explicit, r.Getenv, r.AppDir = "", env(), ""
			r.Embedded = func(context.Context) (string, error) { return "", errors.New("HOME is not set") }
		}, []string{"chosen by embedded", "HOME is not set", "SPIKARD_PYTHON"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, r := places(t)
			tt.change(root, &r)
			found, err := Find(t.Context(), r)
			requireError(t, found, err, tt.says...)
			var missing *NotFoundError
			if !errors.As(err, &missing) || !missing.Binding || len(missing.Attempts) != 1 {
				t.Errorf("want one binding attempt, got %#v", err)
			}
		})
	}
}

func TestFindListsEveryPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	installation(t, dir, 9, nil)
	script(t, filepath.Join(dir, "bin", "python"), "exit 3")
	found, err := Find(t.Context(), Request{Getenv: env("PATH", filepath.Join(dir, "bin")+":/bin:/usr/bin")})
	requireError(t, found, err,
		"\n  option: not given", "\n  SPIKARD_PYTHON: not set", "\n  VIRTUAL_ENV: not set", "\n  app's .venv: the app has no folder",
		"\n  embedded: not part of this program", "bin/python3: is python 3.9.4, which is too old",
		"bin/python: could not start: exit status 3", "set SPIKARD_PYTHON to")
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.Binding || len(missing.Attempts) != 7 {
		t.Errorf("want seven attempts, got %#v", err)
	}
}

func TestFindSkipsPathEntriesOfTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	installation(t, dir, 12, nil)
	t.Chdir(filepath.Join(dir, "bin"))
	found, err := Find(t.Context(), Request{Getenv: env("PATH", strings.Join([]string{".", "", "../bin"}, ":"))})
	requireError(t, found, err, "PATH: no python3", "PATH: no python")
}

func TestFindEndsWithItsContext(t *testing.T) {
	t.Parallel()
	exe := filepath.Join(t.TempDir(), "python3")
	script(t, exe, "sleep 60 & wait")
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	found, err := Find(ctx, Request{Explicit: exe})
	if !errors.Is(err, cause) {
		t.Errorf("found %+v, %v; want the context's cause", found, err)
	}
}
