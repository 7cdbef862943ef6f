package locate

import "fmt"

// The minor versions of Python 3 that the in-process engine runs.
const (
	minMinor = 10
	maxMinor = 14
)

// report is what probe.py prints.
type report struct {
	probed string // the executable that printed it

	Implementation string `json:"implementation"`
	Version        string `json:"version"`
	Major          int    `json:"major"`
	Minor          int    `json:"minor"`
	Micro          int    `json:"micro"`
	Is64           bool   `json:"is64"`
	FreeThreaded   bool   `json:"free_threaded"`
	Executable     string `json:"executable"`
	Prefix         string `json:"prefix"`
	BasePrefix     string `json:"base_prefix"`
	ABIFlags       string `json:"abiflags"`
	UTF8Mode       bool   `json:"utf8_mode"`
	EnableShared   bool   `json:"enable_shared"`
	LibDir         string `json:"libdir"`
	Multiarch      string `json:"multiarch"`
	LibPL          string `json:"libpl"`
	LDLibrary      string `json:"ldlibrary"`
	InstSoname     string `json:"instsoname"`
}

// fits says what is wrong with it, apart from its library. The implementation
// comes first: the other numbers mean something else on another one.
func (r *report) fits() error {
	supported := fmt.Sprintf("use CPython 3.%d to 3.%d", minMinor, maxMinor)
	refuse := func(reason, hint string) error {
		return &refusal{path: r.probed, reason: reason, hint: hint}
	}
	switch {
	case r.Implementation != "cpython":
		return refuse(fmt.Sprintf("is %s %s, not CPython", r.Implementation, r.Version), supported)
	case r.Major < 3 || r.Major == 3 && r.Minor < minMinor:
		return refuse(fmt.Sprintf("is python %s, which is too old", r.Version), supported)
	case r.Major > 3 || r.Minor > maxMinor:
		return refuse(fmt.Sprintf("is python %s, which is newer than this version of spikard knows", r.Version), supported)
	case !r.Is64:
		return refuse(fmt.Sprintf("is a 32-bit python %s", r.Version), "use a 64-bit build")
	case r.FreeThreaded:
		return refuse(fmt.Sprintf("is a free-threaded build of python %s", r.Version),
			fmt.Sprintf("use the build with the GIL, python3.%d without the t", r.Minor))
	}
	return nil
}

func (r *report) python(library string) *Python {
	return &Python{
		Version: r.Version, Major: r.Major, Minor: r.Minor, Micro: r.Micro,
		Executable: r.Executable, Prefix: r.Prefix, BasePrefix: r.BasePrefix,
		Library: library, UTF8Mode: r.UTF8Mode,
	}
}
