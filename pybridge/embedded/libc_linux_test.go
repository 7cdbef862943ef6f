//go:build amd64 || arm64

package embedded

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

// program is the least of an ELF file that names a loader.
func program(t *testing.T, loader string) *elf.File {
	t.Helper()
	var b bytes.Buffer
	ident := [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	head := elf.Header64{
		Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	size := uint64(len(loader) + 1)
	prog := elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 64 + 56, Filesz: size, Memsz: size}
	for _, part := range []any{head, prog, append([]byte(loader), 0)} {
		must(t, binary.Write(&b, binary.LittleEndian, part))
	}
	file, err := elf.NewFile(bytes.NewReader(b.Bytes()))
	must(t, err)
	return file
}

func TestLoader(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/lib/ld-musl-x86_64.so.1", "/lib64/ld-linux-x86-64.so.2"} {
		if got := loader(program(t, path)); got != path {
			t.Errorf("loader is %q, want %q", got, path)
		}
	}
}
