//go:build amd64 || arm64

package embedded

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// errMusl is the refusal on Alpine and the like.
var errMusl = errors.New("the embedded python is built for glibc, and this program runs on musl: " +
	"install the system's own python and set SPIKARD_PYTHON to it")

// checkLibc refuses a program that musl's loader runs: libpython would be
// loaded into it beside the glibc that it needs, and crash. The program's own
// file tells which loader that is; a static one loads no libraries at all, and
// is left for the engine to judge.
func checkLibc() error {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		return nil // no /proc: nothing is known, nothing refused
	}
	defer file.Close()
	if strings.Contains(loader(file), "ld-musl-") {
		return errMusl
	}
	return nil
}

func loader(file *elf.File) string {
	for _, prog := range file.Progs {
		if prog.Type != elf.PT_INTERP {
			continue
		}
		path, err := io.ReadAll(io.LimitReader(prog.Open(), 4096))
		if err != nil {
			return ""
		}
		return string(bytes.TrimRight(path, "\x00"))
	}
	return ""
}
