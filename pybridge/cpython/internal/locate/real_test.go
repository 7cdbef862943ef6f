package locate

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindRealPythons(t *testing.T) {
	t.Parallel()
	for _, exe := range realPythons(t) {
		t.Run(exe, func(t *testing.T) {
			t.Parallel()
			found, err := Find(t.Context(), Request{Explicit: exe})
			must(t, err)
			says := func(expression string) string {
				return run(t, exe, "-c", "import sys; print("+expression+")")
			}
			if want := says("sys.executable"); found.Executable != want {
				t.Errorf("Executable is %s, want %s", found.Executable, want)
			}
			if want := says("sys.prefix"); found.Prefix != want {
				t.Errorf("Prefix is %s, want %s", found.Prefix, want)
			}
			if want := says("'%d.%d.%d' % sys.version_info[:3]"); found.Version != want {
				t.Errorf("Version is %s, want %s", found.Version, want)
			}
			if _, err := os.Stat(found.Library); err != nil {
				t.Error(err)
			}
			byFolder, err := Find(t.Context(), Request{Explicit: found.Prefix})
			if err != nil || byFolder.Library != found.Library {
				t.Errorf("by its folder %s: %+v, %v", found.Prefix, byFolder, err)
			}
			byLibrary, err := Find(t.Context(), Request{Explicit: found.Library})
			if err != nil || byLibrary.Version != found.Version || byLibrary.Library != found.Library {
				t.Errorf("by its library %s: %+v, %v", found.Library, byLibrary, err)
			}
		})
	}
}

func TestUTF8ModeIsThatOfARealStart(t *testing.T) {
	t.Parallel()
	exe := realPythons(t)[0]
	for value, want := range map[string]bool{"0": false, "1": true} {
		found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env("PATH", os.Getenv("PATH"), "PYTHONUTF8", value)})
		must(t, err)
		if found.UTF8Mode != want {
			t.Errorf("PYTHONUTF8=%s gives UTF8Mode %v", value, found.UTF8Mode)
		}
	}
}

// A file in the working directory must not run in the probe.
func TestProbeImportsNothingFromTheWorkingDirectory(t *testing.T) {
	exe := realPythons(t)[0]
	dir := t.TempDir()
	for _, name := range []string{"json.py", "sysconfig.py", "os.py", "encodings.py", "platform.py"} {
		write(t, filepath.Join(dir, name), "raise SystemExit('taken from the working directory')\n", 0o600)
	}
	t.Chdir(dir)
	if _, err := Find(t.Context(), Request{Explicit: exe}); err != nil {
		t.Error(err)
	}
}

func TestProbeBearsASitecustomizeThatPrints(t *testing.T) {
	t.Parallel()
	exe := realPythons(t)[0]
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sitecustomize.py"), "import atexit\nprint('hello', end='')\natexit.register(print, 'bye')\n", 0o600)
	found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env("PATH", os.Getenv("PATH"), "PYTHONPATH", dir)})
	if err != nil {
		t.Fatalf("%+v, %v", found, err)
	}
}

func TestProbeGivesPathsThatAreNotASCII(t *testing.T) {
	t.Parallel()
	exe := realPythons(t)[0]
	dir := filepath.Join(t.TempDir(), "grün ∞")
	run(t, exe, "-m", "venv", "--without-pip", dir)
	found, err := Find(t.Context(), Request{Explicit: dir})
	must(t, err)
	if found.Prefix != dir {
		t.Errorf("Prefix is %q, want %q", found.Prefix, dir)
	}
}
