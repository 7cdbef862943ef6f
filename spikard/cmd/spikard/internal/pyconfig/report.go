package pyconfig

import "fmt"

// The minor versions of Python 3 that compat.h knows.
const (
	minMinor = 10
	maxMinor = 14
)

// report is what probe.py prints.
type report struct {
	probed string // the executable that printed it

	Implementation string `json:"implementation"`
	Version        string `json:"version"`
	// Build is sys.version: the version with its revision, date and compiler.
	Build           string   `json:"build"`
	Major           int      `json:"major"`
	Minor           int      `json:"minor"`
	FreeThreaded    bool     `json:"free_threaded"`
	Executable      string   `json:"executable"`
	BasePrefix      string   `json:"base_prefix"`
	LDVersion       string   `json:"ldversion"`
	Multiarch       string   `json:"multiarch"`
	LibDir          string   `json:"libdir"`
	LibPL           string   `json:"libpl"`
	InstSoname      string   `json:"instsoname"`
	Framework       string   `json:"framework"`
	FrameworkPrefix string   `json:"framework_prefix"`
	Include         []string `json:"include"`
}

// supported says what is wrong with the Python itself. The implementation comes
// first: the other numbers mean something else on another one.
func (r *report) supported() error {
	use := fmt.Sprintf("use CPython 3.%d to 3.%d", minMinor, maxMinor)
	refuse := func(reason, hint string) error {
		return &refusal{path: r.probed, reason: reason, hint: hint}
	}
	switch {
	case r.Implementation != "CPython":
		return refuse(fmt.Sprintf("is %s %s, not CPython", r.Implementation, r.Version), use)
	case r.Major < 3 || r.Major == 3 && r.Minor < minMinor:
		return refuse(fmt.Sprintf("is python %s, which is too old", r.Version), use)
	case r.Major > 3 || r.Minor > maxMinor:
		return refuse(fmt.Sprintf("is python %s, which is newer than this version of spikard knows", r.Version), use)
	case r.FreeThreaded:
		return refuse(fmt.Sprintf("is a free-threaded build of python %s", r.Version),
			fmt.Sprintf("use the build with the GIL, python3.%d without the t", r.Minor))
	}
	return nil
}

// minorVersion is "3.12".
func (r *report) minorVersion() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }
