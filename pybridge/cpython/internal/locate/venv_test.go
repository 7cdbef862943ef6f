package locate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindVenvs(t *testing.T) {
	t.Parallel()
	for _, exe := range realPythons(t) {
		t.Run(exe, func(t *testing.T) {
			t.Parallel()
			base, err := Find(t.Context(), Request{Explicit: exe})
			must(t, err)
			app := t.TempDir()
			dir := filepath.Join(app, ".venv")
			run(t, exe, "-m", "venv", "--without-pip", dir)
			path := os.Getenv("PATH")
			for origin, r := range map[string]Request{
				OriginAppVenv:    {AppDir: app, Getenv: env("PATH", path)},
				OriginVirtualEnv: {Getenv: env("PATH", path, "VIRTUAL_ENV", dir)},
				OriginVariable:   {Getenv: env("PATH", path, "SPIKARD_PYTHON", dir)},
				OriginOption:     {Explicit: filepath.Join(dir, "bin", "python"), Getenv: env("PATH", path)},
			} {
				found, err := Find(t.Context(), r)
				if err != nil {
					t.Errorf("%s: %v", origin, err)
					continue
				}
				if found.Origin != origin || found.Prefix != dir || filepath.Dir(found.Executable) != filepath.Join(dir, "bin") {
					t.Errorf("%s: found %+v", origin, found)
				}
				if found.BasePrefix != base.BasePrefix || found.Library != base.Library {
					t.Errorf("%s: base is %s with %s, want that of %+v", origin, found.BasePrefix, found.Library, base)
				}
			}
		})
	}
}

func TestVenvsThatDoNotFit(t *testing.T) {
	t.Parallel()
	exe := realPythons(t)[0]
	tests := map[string]struct {
		damage func(t *testing.T, dir string)
		says   []string
	}{
		"base removed": {func(t *testing.T, dir string) {
			for _, name := range []string{"python3", "python"} {
				must(t, os.Remove(filepath.Join(dir, "bin", name)))
			}
			must(t, os.Symlink("/opt/gone/bin/python3", filepath.Join(dir, "bin", "python3")))
			edit(t, dir, "home = ", "home = /opt/gone/bin\nwas = ")
		}, []string{"is a broken virtual environment", "in /opt/gone/bin", "link to /opt/gone/bin/python3", "python3 -m venv"}},
		"base upgraded": {func(t *testing.T, dir string) {
			edit(t, dir, "version = ", "version = 3.7.1\nwas = ")
		}, []string{"is a virtual environment for python 3.7, but the python in ", "is now 3.", "make it again"}},
		"uv's key": {func(t *testing.T, dir string) {
			edit(t, dir, "version = ", "version_info = 3.7.1\nwas = ")
		}, []string{"is a virtual environment for python 3.7"}},
		"no python": {func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, "bin"))) }, []string{"without a bin/python3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "venv")
			run(t, exe, "-m", "venv", "--without-pip", dir)
			tt.damage(t, dir)
			found, err := Find(t.Context(), Request{Getenv: env("PATH", os.Getenv("PATH"), "VIRTUAL_ENV", dir)})
			requireError(t, found, err, append(tt.says, dir)...)
		})
	}
}

func TestVenvThatItsPythonDoesNotUse(t *testing.T) {
	t.Parallel()
	for home, hint := range map[string]string{"": "make it again", "/opt/py": "unset PYTHONHOME, which is /opt/py"} {
		dir := t.TempDir()
		installation(t, dir, 12, func(r *report) { r.Prefix = "/opt/py" })
		write(t, filepath.Join(dir, venvConfig), "home = /opt/py/bin\nversion = 3.12.4\n", 0o600)
		found, err := Find(t.Context(), Request{Explicit: dir, Getenv: env("PATH", "/bin:/usr/bin", "PYTHONHOME", home)})
		requireError(t, found, err, dir, "its own python does not use: sys.prefix is /opt/py", hint)
	}
}

// A link or a shim outside the environment, as pyenv's, is judged by where it
// leads.
func TestVenvBehindAShim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	installation(t, dir, 12, nil)
	write(t, filepath.Join(dir, venvConfig), "home = /opt/py/bin\nversion = 3.11.4\n", 0o600)
	shim := filepath.Join(t.TempDir(), "python3")
	script(t, shim, "exec "+filepath.Join(dir, "bin", "python3")+` "$@"`)
	found, err := Find(t.Context(), Request{Explicit: shim, Getenv: env("PATH", "/bin:/usr/bin")})
	requireError(t, found, err, dir, "for python 3.11, but", "is now 3.12.4")
}

func edit(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, venvConfig)
	text, err := os.ReadFile(path)
	must(t, err)
	changed := strings.Replace(string(text), from, to, 1)
	if changed == string(text) {
		t.Fatalf("%s has no %q:\n%s", path, from, text)
	}
	must(t, os.WriteFile(path, []byte(changed), 0o600))
}

func TestParseVenv(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want venv
	}{
		"venv":       {"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\nexecutable = /usr/bin/python3.11\n", venv{"/usr/bin", 3, 11}},
		"virtualenv": {"home = /opt/py/bin\nimplementation = CPython\nversion_info = 3.12.1.final.0\nvirtualenv = 20.1\n", venv{"/opt/py/bin", 3, 12}},
		"uv":         {"home = /home/ann/.local/share/uv/python/x/bin\nuv = 0.5.1\nversion_info = 3.13\n", venv{"/home/ann/.local/share/uv/python/x/bin", 3, 13}},
		"spaces":     {"HOME=/a b/bin\r\nVersion  =  3.10.0\r\n", venv{"/a b/bin", 3, 10}},
		"equals":     {"home = /a=b/bin", venv{home: "/a=b/bin"}},
		"bad":        {"version = three\nhome\nversion_info = 3", venv{}},
		"empty":      {"", venv{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parseVenv(tt.text); got != tt.want {
				t.Errorf("parseVenv gave %+v, want %+v", got, tt.want)
			}
		})
	}
}

func FuzzParseVenv(f *testing.F) {
	f.Add("home = /usr/bin\nversion = 3.11.2\n")
	f.Add("version_info=3.12.0.final.0\r\n=\n==")
	f.Fuzz(func(t *testing.T, text string) {
		v := parseVenv(text)
		if v.home != strings.TrimSpace(v.home) {
			t.Errorf("home %q has spaces around it", v.home)
		}
		if v.major < 0 || v.minor < 0 || v.major == 0 && v.minor != 0 {
			t.Errorf("version is %d.%d", v.major, v.minor)
		}
	})
}
