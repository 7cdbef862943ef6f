package pyconfig

import (
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"slices"
)

// checkShared says whether a file is a shared library that a program for this
// system and architecture can be linked with. A linker passes over one that is
// not, and then says that there is none.
func checkShared(path, goos, goarch string) error {
	if goos == "darwin" {
		return checkMachO(path, goarch)
	}
	return checkELF(path, goarch)
}

func checkELF(path, goarch string) error {
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("is not an ELF shared library (%w)", err)
	}
	defer file.Close()
	switch want := elfMachine(goarch); {
	case file.Type != elf.ET_DYN:
		return fmt.Errorf("is not a shared library but %s", file.Type)
	case file.Machine != want:
		return fmt.Errorf("is for another architecture: %s, not %s", file.Machine, want)
	case file.Class != elf.ELFCLASS64:
		return errors.New("is a 32-bit library")
	}
	return nil
}

func elfMachine(goarch string) elf.Machine {
	switch goarch {
	case "amd64":
		return elf.EM_X86_64
	case "arm64":
		return elf.EM_AARCH64
	case "riscv64":
		return elf.EM_RISCV
	case "ppc64le", "ppc64":
		return elf.EM_PPC64
	case "s390x":
		return elf.EM_S390
	case "loong64":
		return elf.EM_LOONGARCH
	default:
		return elf.EM_NONE
	}
}

// checkMachO reads a plain or a universal file; of a universal one the part
// for this architecture counts.
func checkMachO(path, goarch string) error {
	fat, err := macho.OpenFat(path)
	if err == nil {
		defer fat.Close()
		part := slices.IndexFunc(fat.Arches, func(a macho.FatArch) bool { return a.Cpu == machoCPU(goarch) })
		if part < 0 {
			return fmt.Errorf("is a universal library without a part for %s", machoCPU(goarch))
		}
		return checkMachOPart(fat.Arches[part].File, goarch)
	}
	file, err := macho.Open(path)
	if err != nil {
		return fmt.Errorf("is not a Mach-O shared library (%w)", err)
	}
	defer file.Close()
	return checkMachOPart(file, goarch)
}

func checkMachOPart(file *macho.File, goarch string) error {
	switch want := machoCPU(goarch); {
	case file.Type != macho.TypeDylib:
		return fmt.Errorf("is not a shared library but %s", file.Type)
	case file.Cpu != want:
		return fmt.Errorf("is for another architecture: %s, not %s", file.Cpu, want)
	}
	return nil
}

func machoCPU(goarch string) macho.Cpu {
	if goarch == "arm64" {
		return macho.CpuArm64
	}
	return macho.CpuAmd64
}
