package locate

import (
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestLibraryLayouts(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" {
		t.Skip("the stand-ins for libraries are ELF files")
	}
	tests := map[string]struct {
		change func(r *report)
		at     string // where the library is, below the installation
	}{
		"pyenv":             {func(*report) {}, "lib/libpython3.12.so.1.0"},
		"debian multiarch":  {func(r *report) { r.Multiarch = "x86_64-linux-gnu" }, "lib/x86_64-linux-gnu/libpython3.12.so.1.0"},
		"fedora":            {func(r *report) { r.LibDir = filepath.Join(r.Prefix, "lib64") }, "lib64/libpython3.12.so.1.0"},
		"lib64 unnamed":     {func(*report) {}, "lib64/libpython3.12.so.1.0"},
		"config folder":     {func(r *report) { r.LibPL = filepath.Join(r.Prefix, "lib/python3.12/config") }, "lib/python3.12/config/libpython3.12.so"},
		"conda names .a":    {func(r *report) { r.LDLibrary, r.InstSoname = "libpython3.12.a", "libpython3.12.a" }, "lib/libpython3.12.so.1.0"},
		"moved since built": {func(r *report) { r.LibDir = "/install/lib" }, "lib/libpython3.12.so.1.0"},
		"nothing named":     {func(r *report) { r.LibDir, r.LDLibrary, r.InstSoname = "", "", "" }, "lib/libpython3.12.so"},
		"debug build":       {func(r *report) { r.ABIFlags, r.LDLibrary, r.InstSoname = "d", "", "" }, "lib/libpython3.12d.so.1.0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := sample(dir, 12)
			tt.change(&r)
			want := filepath.Join(dir, tt.at)
			write(t, want, elfHeader(elf.ELFCLASS64, elf.ET_DYN, elfMachine(runtime.GOARCH)), 0o600)
			if got, err := r.library(); err != nil || got != want {
				t.Errorf("library gave %q, %v; want %s", got, err, want)
			}
		})
	}
}

// The folder that was fixed at build time may hold another Python's library.
func TestLibraryOfAMovedPythonIsItsOwn(t *testing.T) {
	t.Parallel()
	r := sample("/opt/moved", 12)
	r.LibDir, r.Multiarch = "/usr/local/lib", "x86_64-linux-gnu"
	dirs := r.libraryDirs()
	if first, built := slices.Index(dirs, "/opt/moved/lib"), slices.Index(dirs, "/usr/local/lib"); first != 0 || built < first {
		t.Errorf("folders are %v", dirs)
	}
}

func TestLibraryOfAFramework(t *testing.T) {
	t.Parallel()
	r := sample("/Library/Frameworks/Python.framework/Versions/3.12", 12)
	if want := filepath.Join(r.BasePrefix, "Python"); !slices.Contains(r.libraryPaths(), want) {
		t.Errorf("%s is not among %v", want, r.libraryPaths())
	}
	major, minor, err := libraryVersion(filepath.Join(r.BasePrefix, "Python"))
	if err != nil || major != 3 || minor != 12 {
		t.Errorf("its version is %d.%d, %v", major, minor, err)
	}
}

func TestFindByLibraryRefuses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" {
		t.Skip("the stand-ins for libraries are ELF files")
	}
	good := elfHeader(elf.ELFCLASS64, elf.ET_DYN, elfMachine(runtime.GOARCH))
	tests := map[string]struct {
		name, data string
		beside     int // the minor version of the python3.12 beside it; 0: none
		says       []string
	}{
		"no python beside": {"libpython3.12.so.1.0", good, 0, []string{"is a library without its python: there is no ", "bin/python3.12", "give the python executable"}},
		"other python":     {"libpython3.12.so.1.0", good, 13, []string{"is the library of python 3.12, but ", "is python 3.13.4"}},
		"free-threaded":    {"libpython3.13t.so.1.0", good, 0, []string{"is the library of a free-threaded build"}},
		"no version":       {"libpython3.so", good, 0, []string{"has no version in its name", "libpython3.12.so"}},
		"static":           {"libpython3.12.a", "!<arch>\n", 0, []string{"is not an ELF shared library"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			library := filepath.Join(dir, "lib", tt.name)
			write(t, library, tt.data, 0o600)
			if tt.beside != 0 {
				script(t, filepath.Join(dir, "bin", "python3.12"), answer(t, sample(dir, tt.beside)))
			}
			found, err := Find(t.Context(), Request{Explicit: library, Getenv: env("PATH", "/bin:/usr/bin")})
			requireError(t, found, err, append(tt.says, library)...)
		})
	}
	found, err := Find(t.Context(), Request{Explicit: "/nonexistent/libpython3.12.so", Getenv: env()})
	requireError(t, found, err, "/nonexistent/libpython3.12.so: does not exist")
}

func TestParseLibraryName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		major, minor int
		flags        string
		ok           bool
	}{
		{"libpython3.12.so", 3, 12, "", true},
		{"libpython3.12.so.1.0", 3, 12, "", true},
		{"libpython3.13t.so.1.0", 3, 13, "t", true},
		{"libpython3.7m.so", 3, 7, "m", true},
		{"libpython3.14.dylib", 3, 14, "", true},
		{"libpython3.so", 0, 0, "", false},
		{"libpython3.12.a", 0, 0, "", false},
		{"libpython3.12.so.old", 0, 0, "", false},
		{"xlibpython3.12.so", 0, 0, "", false},
		{"Python", 0, 0, "", false},
		{"libpython99999999999999999999.1.so", 0, 0, "", false},
	}
	for _, tt := range tests {
		major, minor, flags, ok := parseLibraryName(tt.name)
		if ok != tt.ok || ok && (major != tt.major || minor != tt.minor || flags != tt.flags) {
			t.Errorf("parseLibraryName(%q) gave %d, %d, %q, %v", tt.name, major, minor, flags, ok)
		}
	}
}

func TestCheckMachO(t *testing.T) {
	t.Parallel()
	header := func(magic uint32, cpu macho.Cpu, kind macho.Type) string {
		b := make([]byte, 32)
		for i, v := range []uint32{magic, uint32(cpu), 0, uint32(kind)} {
			binary.LittleEndian.PutUint32(b[4*i:], v)
		}
		return string(b)
	}
	tests := map[string]struct{ data, says string }{
		"fits":               {header(macho.Magic64, macho.CpuArm64, macho.TypeDylib), ""},
		"other architecture": {header(macho.Magic64, macho.CpuAmd64, macho.TypeDylib), "another architecture"},
		"executable":         {header(macho.Magic64, macho.CpuArm64, macho.TypeExec), "not a shared library"},
		"32-bit":             {header(macho.Magic32, macho.CpuArm, macho.TypeDylib), "32-bit"},
		"ELF":                {elfHeader(elf.ELFCLASS64, elf.ET_DYN, elf.EM_X86_64), "is not a Mach-O"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "libpython3.12.dylib")
			write(t, path, tt.data, 0o600)
			err := checkShared(path, "darwin", "arm64")
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("checkShared gave %v, want %q", err, tt.says)
			}
		})
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte("\n" + probeMark + `{"implementation":"cpython","major":3,"minor":12,"is64":true}` + "\n"))
	f.Add([]byte("hello\n" + probeMark + "{}\nbye"))
	f.Fuzz(func(t *testing.T, out []byte) {
		r, err := parseReport("/usr/bin/python3", out, "")
		if (r == nil) == (err == nil) {
			t.Fatalf("gave %+v, %v", r, err)
		}
		if err == nil {
			_ = r.fits()
			_ = r.libraryPaths()
		}
	})
}
