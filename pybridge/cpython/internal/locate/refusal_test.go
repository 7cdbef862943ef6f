package locate

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestRefusedByWhatItSays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		minor  int
		change func(*report)
		says   []string
	}{
		"pypy":          {10, func(r *report) { r.Implementation = "pypy" }, []string{"is pypy 3.10.4, not CPython", "use CPython 3.10 to 3.14"}},
		"graalpy":       {11, func(r *report) { r.Implementation = "graalpy" }, []string{"is graalpy"}},
		"too old":       {9, nil, []string{"is python 3.9.4, which is too old", "use CPython 3.10 to 3.14"}},
		"python 2":      {7, func(r *report) { r.Major, r.Version = 2, "2.7.18" }, []string{"is python 2.7.18, which is too old"}},
		"too new":       {15, nil, []string{"is python 3.15.4, which is newer", "use CPython 3.10 to 3.14"}},
		"python 4":      {10, func(r *report) { r.Major, r.Version = 4, "4.10.0" }, []string{"is python 4.10.0, which is newer"}},
		"32-bit":        {12, func(r *report) { r.Is64 = false }, []string{"is a 32-bit python 3.12.4", "64-bit"}},
		"free-threaded": {13, func(r *report) { r.FreeThreaded = true }, []string{"is a free-threaded build of python 3.13.4", "python3.13 without the t"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exe := installation(t, t.TempDir(), tt.minor, tt.change)
			found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env()})
			requireError(t, found, err, append(tt.says, exe)...)
		})
	}
}

func TestRefusedByItsLibrary(t *testing.T) {
	t.Parallel()
	other := elf.EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other = elf.EM_X86_64
	}
	ours := elfMachine(runtime.GOARCH)
	tests := map[string]struct {
		library string // "" for none
		says    []string
	}{
		"none":               {"", []string{"no libpython3.12.so.1.0 or libpython3.12.so", "package libpython3.12", "--enable-shared", "uv python install 3.12"}},
		"other architecture": {elfHeader(elf.ELFCLASS64, elf.ET_DYN, other), []string{"is for another architecture: " + other.String(), "/" + runtime.GOARCH}},
		"32-bit":             {elfHeader(elf.ELFCLASS32, elf.ET_DYN, elf.EM_386), []string{"is a 32-bit library"}},
		"an executable":      {elfHeader(elf.ELFCLASS64, elf.ET_EXEC, ours), []string{"is not a shared library but ET_EXEC"}},
		"text":               {"GROUP ( libpython.a )", []string{"is not an ELF shared library"}},
	}
	if runtime.GOOS == "darwin" {
		t.Skip("the stand-ins for libraries are ELF files")
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			exe := installation(t, dir, 12, nil)
			library := filepath.Join(dir, "lib", "libpython3.12.so.1.0")
			must(t, os.Remove(library))
			if tt.library != "" {
				write(t, library, tt.library, 0o600)
			}
			found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env()})
			requireError(t, found, err, append(tt.says, exe)...)
		})
	}
}

func TestStaticBuildSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := installation(t, dir, 13, func(r *report) {
		r.EnableShared, r.LDLibrary, r.InstSoname = false, "libpython3.13.a", "libpython3.13.a"
	})
	found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env()})
	requireError(t, found, err, "was built without a shared library", filepath.Join(dir, "lib"))
}

func TestRefusedByHowItRuns(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(t *testing.T, exe string)
		says []string
	}{
		"missing":        {func(*testing.T, string) {}, []string{"does not exist"}},
		"dangling link":  {func(t *testing.T, exe string) { must(t, os.Symlink("/nonexistent/python", exe)) }, []string{"is a link to /nonexistent/python, which does not exist"}},
		"not executable": {func(t *testing.T, exe string) { write(t, exe, "#!/bin/sh\n", 0o600) }, []string{"is not executable", "chmod +x"}},
		"exits":          {func(t *testing.T, exe string) { script(t, exe, "echo ImportError: bad >&2; echo later >&2; exit 4") }, []string{"could not start: exit status 4 (ImportError: bad)"}},
		"crashes":        {func(t *testing.T, exe string) { script(t, exe, "kill -SEGV $$") }, []string{"could not start: signal: segmentation fault"}},
		"is no python":   {func(t *testing.T, exe string) { script(t, exe, "echo hello") }, []string{"did not answer as a python does"}},
		"answers badly":  {func(t *testing.T, exe string) { script(t, exe, "echo; echo '"+probeMark+"{'") }, []string{"gave an answer that can't be read"}},
		"no interpreter": {func(t *testing.T, exe string) { write(t, exe, "#!/nonexistent/sh\n", 0o700) }, []string{"interpreter that does not exist here", "C library"}},
		"no program":     {func(t *testing.T, exe string) { write(t, exe, "\x7fELF nothing", 0o700) }, []string{"is not an executable for this system"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exe := filepath.Join(t.TempDir(), "python3")
			tt.make(t, exe)
			found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env("PATH", "/bin:/usr/bin")})
			requireError(t, found, err, append(tt.says, exe)...)
		})
	}
}

func TestPythonHomeIsNamed(t *testing.T) {
	t.Parallel()
	exe := realPythons(t)[0]
	found, err := Find(t.Context(), Request{Explicit: exe, Getenv: env("PATH", os.Getenv("PATH"), "PYTHONHOME", "/nonexistent")})
	requireError(t, found, err, "No module named 'encodings'", "PYTHONHOME is set to /nonexistent", "unset it")
}
