package pyconfig

import (
	"debug/elf"
	"debug/macho"
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
		"pypy":          {10, func(r *report) { r.Implementation = "PyPy" }, []string{"is PyPy 3.10.4, not CPython", "use CPython 3.10 to 3.14"}},
		"too old":       {9, nil, []string{"is python 3.9.4, which is too old", "use CPython 3.10 to 3.14"}},
		"python 2":      {7, func(r *report) { r.Major, r.Version = 2, "2.7.18" }, []string{"is python 2.7.18, which is too old"}},
		"too new":       {15, nil, []string{"is python 3.15.4, which is newer", "use CPython 3.10 to 3.14"}},
		"free-threaded": {13, func(r *report) { r.FreeThreaded = true }, []string{"is a free-threaded build of python 3.13.4", "python3.13 without the t"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exe := installation(t, t.TempDir(), tt.minor, tt.change)
			requireError(t, here(env()).look(t.Context(), originOption, exe).err, append(tt.says, exe)...)
		})
	}
}

func TestRefusedWithoutHeaders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := installation(t, dir, 12, nil)
	must(t, os.Remove(filepath.Join(dir, "include", "python3.12", "Python.h")))
	requireError(t, here(env()).look(t.Context(), originOption, exe).err, exe,
		"is python 3.12.4 without its headers: there is no Python.h in "+filepath.Join(dir, "include", "python3.12")+";",
		"libpython3.12-dev", "python3-devel")
}

func TestRefusedByItsLibrary(t *testing.T) {
	t.Parallel()
	ours := elfMachine(runtime.GOARCH)
	static := "libpython3.12.a"
	tests := map[string]struct {
		name, text string // "" for none
		says       []string
	}{
		"none":               {"", "", []string{"without its library: there is no libpython3.12.so in ", "libpython3.12-dev", "--enable-shared pyenv install 3.12"}},
		"static":             {static, "!<arch>\n", []string{"with a static library only, ", static, "--enable-shared pyenv install 3.12"}},
		"no link":            {"libpython3.12.so.1.0", elfHeader(elf.ELFCLASS64, elf.ET_DYN, ours), []string{"without libpython3.12.so, the name that a linker looks for: there is only ", "libpython3.12-dev", "ln -s "}},
		"other architecture": {"libpython3.12.so", elfHeader(elf.ELFCLASS64, elf.ET_DYN, elf.EM_SPARCV9), []string{"is for another architecture: EM_SPARCV9, not " + ours.String(), "builds for linux/" + runtime.GOARCH}},
		"32-bit":             {"libpython3.12.so", elfHeader(elf.ELFCLASS32, elf.ET_DYN, elf.EM_386), []string{"is for another architecture: EM_386"}},
		"x32":                {"libpython3.12.so", elfHeader(elf.ELFCLASS32, elf.ET_DYN, ours), []string{"is a 32-bit library"}},
		"an executable":      {"libpython3.12.so", elfHeader(elf.ELFCLASS64, elf.ET_EXEC, ours), []string{"is not a shared library but ET_EXEC"}},
		"text":               {"libpython3.12.so", "GROUP ( libpython.a )", []string{"is not an ELF shared library"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			exe := installationFor(t, "linux", dir, 12, nil)
			must(t, os.Remove(filepath.Join(dir, "lib", "libpython3.12.so")))
			if tt.name != "" {
				write(t, filepath.Join(dir, "lib", tt.name), tt.text, 0o600)
			}
			f := here(env())
			f.goos = "linux"
			requireError(t, f.look(t.Context(), originOption, exe).err, append(tt.says, exe)...)
		})
	}
}

// A Python that runs under Rosetta can't be linked into a program for arm64.
func TestRefusedByTheTarget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		goos, goarch, library string
		says                  string // "" for a fit
	}{
		"linux":           {"linux", "arm64", sharedFor("linux", "amd64"), "EM_X86_64, not EM_AARCH64; the go command builds for linux/arm64"},
		"rosetta":         {"darwin", "arm64", sharedFor("darwin", "amd64"), "CpuAmd64, not CpuArm64; the go command builds for darwin/arm64"},
		"native":          {"darwin", "arm64", sharedFor("darwin", "arm64"), ""},
		"universal":       {"darwin", "arm64", universal(macho.CpuAmd64, macho.CpuArm64), ""},
		"other universal": {"darwin", "arm64", universal(macho.CpuAmd64, macho.CpuPpc64), "is a universal library without a part for CpuArm64"},
		"not a library":   {"darwin", "amd64", machoHeader(macho.TypeExec, macho.CpuAmd64), "is not a shared library but Exec"},
		"text":            {"darwin", "amd64", "--- !tapi-tbd", "is not a Mach-O shared library"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			exe := installationFor(t, tt.goos, dir, 12, nil)
			library := filepath.Join(dir, "lib", sample(dir, 12).linkName(tt.goos))
			write(t, library, tt.library, 0o600)
			f := here(env())
			f.goos, f.goarch = tt.goos, tt.goarch
			l := f.look(t.Context(), originOption, exe)
			if tt.says != "" {
				requireError(t, l.err, library, tt.says)
			} else if l.err != nil || l.library != library {
				t.Errorf("library is %q, %v", l.library, l.err)
			}
		})
	}
}

func TestRefusedByHowItRuns(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(t *testing.T, exe string)
		says []string
	}{
		"exits":          {func(t *testing.T, exe string) { script(t, exe, "echo ImportError: bad >&2; echo later >&2; exit 4") }, []string{"could not start: exit status 4 (ImportError: bad)"}},
		"crashes":        {func(t *testing.T, exe string) { script(t, exe, "kill -SEGV $$") }, []string{"could not start: signal: segmentation fault"}},
		"is no python":   {func(t *testing.T, exe string) { script(t, exe, "echo hello") }, []string{"did not answer as a python does"}},
		"answers badly":  {func(t *testing.T, exe string) { script(t, exe, "echo; echo '"+probeMark+"{'") }, []string{"gave an answer that can't be read"}},
		"no interpreter": {func(t *testing.T, exe string) { write(t, exe, "#!/nonexistent/sh\n", 0o700) }, []string{"interpreter that does not exist here", "C library"}},
		"no program":     {func(t *testing.T, exe string) { write(t, exe, "\x7fELF nothing", 0o700) }, []string{"is not an executable for this system"}},
	}
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for pythons are shell scripts")
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exe := filepath.Join(t.TempDir(), "python3")
			tt.make(t, exe)
			requireError(t, here(env()).look(t.Context(), originOption, exe).err, append(tt.says, exe)...)
		})
	}
}
