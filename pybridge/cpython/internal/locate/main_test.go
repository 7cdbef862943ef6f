package locate

import (
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// env is a Getenv with these variables and no others.
func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// write makes a file and its folders. No child process may be forked while the
// file is open for writing, or running it gives "text file busy".
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	must(t, os.WriteFile(path, []byte(text), mode))
}

// script makes an executable shell script.
func script(t *testing.T, path, body string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for pythons are shell scripts")
	}
	write(t, path, "#!/bin/sh\n"+body, 0o700)
}

// answer is the shell command that prints a probe's answer.
func answer(t *testing.T, r report) string {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, err)
	return "cat <<'END'\n\n" + probeMark + string(text) + "\nEND\n"
}

// installation makes a folder with a bin/python3 that answers as a CPython of
// this minor version, and with its library; change alters the answer.
func installation(t *testing.T, dir string, minor int, change func(*report)) (exe string) {
	t.Helper()
	exe = filepath.Join(dir, "bin", "python3")
	r := sample(dir, minor)
	if change != nil {
		change(&r)
	}
	script(t, exe, answer(t, r))
	write(t, filepath.Join(dir, "lib", r.InstSoname), elfHeader(elf.ELFCLASS64, elf.ET_DYN, elfMachine(runtime.GOARCH)), 0o600)
	return exe
}

func sample(dir string, minor int) report {
	version := []string{"3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}[minor]
	return report{
		Implementation: "cpython", Version: version + ".4", Major: 3, Minor: minor, Micro: 4, Is64: true,
		Executable: filepath.Join(dir, "bin", "python3"), Prefix: dir, BasePrefix: dir, EnableShared: true,
		LibDir: filepath.Join(dir, "lib"), LDLibrary: "libpython" + version + ".so", InstSoname: "libpython" + version + ".so.1.0",
	}
}

// elfHeader is the least that is an ELF file.
func elfHeader(class elf.Class, kind elf.Type, machine elf.Machine) string {
	size := map[elf.Class]int{elf.ELFCLASS32: 52, elf.ELFCLASS64: 64}[class]
	b := make([]byte, size)
	copy(b, elf.ELFMAG)
	b[elf.EI_CLASS], b[elf.EI_DATA], b[elf.EI_VERSION] = byte(class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	binary.LittleEndian.PutUint16(b[16:], uint16(kind))
	binary.LittleEndian.PutUint16(b[18:], uint16(machine))
	binary.LittleEndian.PutUint32(b[20:], uint32(elf.EV_CURRENT))
	return string(b)
}

// realPythons gives this machine's own interpreters that fit, by pyenv's
// folder and PATH, and skips the test if there are none.
func realPythons(t *testing.T) []string {
	t.Helper()
	patterns := []string{"/usr/bin/python3"}
	if home, err := os.UserHomeDir(); err == nil {
		patterns = append(patterns, filepath.Join(home, ".pyenv/versions/3.1[0-4].*/bin/python3"))
	}
	var found []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		must(t, err)
		found = append(found, paths...)
	}
	if path := lookPath("python3", os.Getenv("PATH")); path != "" {
		found = append(found, path)
	}
	var fit []string
	for _, path := range found {
		if _, err := Find(t.Context(), Request{Explicit: path, Getenv: env("PATH", os.Getenv("PATH"))}); err != nil {
			t.Logf("left out: %v", err)
			continue
		}
		fit = append(fit, path)
	}
	if len(fit) == 0 {
		t.Skip("no CPython 3.10 to 3.14 with a shared library in ~/.pyenv, /usr/bin or PATH")
	}
	return fit
}

// run gives what a command prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func requireError(t *testing.T, found *Python, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("found %+v, want an error", found)
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
}
