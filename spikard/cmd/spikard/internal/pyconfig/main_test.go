package pyconfig

import (
	"bytes"
	"context"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asCommand makes this binary the command, for tests that need its process.
const asCommand = "SPIKARD_TEST_PYCONFIG"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// command is "spikard pyconfig" in a process of its own, with more variables.
func command(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), append(environ, asCommand+"=1")...)
	return cmd
}

// inProcess runs the command here.
func inProcess(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// plain clears what the environment of the test may say.
func plain(t *testing.T) {
	t.Helper()
	for _, name := range []string{"SPIKARD_PYTHON", "VIRTUAL_ENV", "PKG_CONFIG_PATH", "CGO_CPPFLAGS", "GOOS", "GOARCH"} {
		t.Setenv(name, "")
	}
	t.Setenv("PKG_CONFIG", "sh") // it has to be there, and is not run
	t.Setenv("GOENV", "off")
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// env is a getenv with these variables and no others.
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

// here is a finder for this machine's system.
func here(getenv func(string) string) *finder {
	return &finder{getenv: getenv, goos: runtime.GOOS, goarch: runtime.GOARCH, timeout: time.Minute}
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
func answer(t *testing.T, r *report) string {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, err)
	return "cat <<'END'\n\n" + probeMark + string(text) + "\nEND\n"
}

// installation makes a folder with a bin/python3 that answers as a CPython of
// this minor version, its header and its library; change alters the answer.
func installation(t *testing.T, dir string, minor int, change func(*report)) (exe string) {
	t.Helper()
	return installationFor(t, runtime.GOOS, dir, minor, change)
}

func installationFor(t *testing.T, goos, dir string, minor int, change func(*report)) (exe string) {
	t.Helper()
	r := sample(dir, minor)
	if change != nil {
		change(r)
	}
	exe = filepath.Join(dir, "bin", "python3")
	script(t, exe, answer(t, r))
	write(t, filepath.Join(dir, "include", "python"+r.LDVersion, "Python.h"), "", 0o600)
	write(t, filepath.Join(dir, "lib", r.linkName(goos)), sharedFor(goos, runtime.GOARCH), 0o600)
	return exe
}

func sample(dir string, minor int) *report {
	version := fmt.Sprintf("3.%d", minor)
	include := filepath.Join(dir, "include", "python"+version)
	return &report{
		Implementation: "CPython", Version: version + ".4", Build: version + ".4 (main) [GCC]", Major: 3, Minor: minor,
		Executable: filepath.Join(dir, "bin", "python3"), BasePrefix: dir, LDVersion: version,
		LibDir: filepath.Join(dir, "lib"), InstSoname: "libpython" + version + ".so.1.0",
		Include: []string{include, include},
	}
}

func sharedFor(goos, goarch string) string {
	if goos == "darwin" {
		return machoHeader(macho.TypeDylib, machoCPU(goarch))
	}
	return elfHeader(elf.ELFCLASS64, elf.ET_DYN, elfMachine(goarch))
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

// machoHeader is the least that is a Mach-O file.
func machoHeader(kind macho.Type, cpu macho.Cpu) string {
	b := make([]byte, 32)
	binary.LittleEndian.PutUint32(b, macho.Magic64)
	binary.LittleEndian.PutUint32(b[4:], uint32(cpu))
	binary.LittleEndian.PutUint32(b[12:], uint32(kind))
	return string(b)
}

// universal is a file with a library for each CPU.
func universal(cpus ...macho.Cpu) string {
	const first = 4096
	head := make([]byte, first)
	binary.BigEndian.PutUint32(head, macho.MagicFat)
	binary.BigEndian.PutUint32(head[4:], uint32(len(cpus)))
	var parts string
	for i, cpu := range cpus {
		at := head[8+20*i:]
		part := machoHeader(macho.TypeDylib, cpu)
		binary.BigEndian.PutUint32(at, uint32(cpu))
		binary.BigEndian.PutUint32(at[8:], uint32(first+len(parts)))
		binary.BigEndian.PutUint32(at[12:], uint32(len(part)))
		parts += part
	}
	return string(head) + parts
}

func requireSays(t *testing.T, text string, says ...string) {
	t.Helper()
	for _, want := range says {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func requireError(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", says)
	}
	requireSays(t, err.Error(), says...)
}
