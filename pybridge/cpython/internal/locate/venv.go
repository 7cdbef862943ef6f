package locate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// venvConfig is the file that makes a folder a virtual environment (PEP 405).
const venvConfig = "pyvenv.cfg"

// venv is what a pyvenv.cfg says.
type venv struct {
	home string // the folder of the base's executable
	// major and minor are those that the environment was made for; 0, 0 when
	// it does not say.
	major, minor int
}

// parseVenv reads the lines that matter. The version's key is "version" for
// the standard library's venv and "version_info" for virtualenv and uv. Keys
// are compared in lower case, as site.py does.
func parseVenv(text string) venv {
	var v venv
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "home":
			v.home = value
		case "version", "version_info":
			if major, minor, ok := parseMinor(value); ok {
				v.major, v.minor = major, minor
			}
		}
	}
	return v
}

// parseMinor reads "3.12.1", "3.12" and "3.12.1.final.0".
func parseMinor(version string) (major, minor int, ok bool) {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	return major, minor, errMajor == nil && errMinor == nil && major > 0 && minor >= 0
}

func readVenv(dir string) (*venv, error) {
	text, err := os.ReadFile(filepath.Join(dir, venvConfig))
	if err != nil {
		return nil, err
	}
	v := parseVenv(string(text))
	return &v, nil
}

// venvOf gives the virtual environment that an executable belongs to, by the
// two places where CPython looks: its folder's parent and its folder.
func venvOf(exe string) (*venv, string) {
	bin := filepath.Dir(exe)
	for _, dir := range []string{filepath.Dir(bin), bin} {
		if v, err := readVenv(dir); err == nil {
			return v, dir
		}
	}
	return nil, ""
}

func (v *venv) version() string {
	if v.major == 0 {
		return "python"
	}
	return fmt.Sprintf("python %d.%d", v.major, v.minor)
}

// remake says how to make the environment again.
func (v *venv) remake(dir string) string {
	return "make it again: remove " + dir + ", then python3 -m venv " + dir + ", then install its packages"
}

// broken tells of an environment whose executable can't be run, mostly a link
// to a base that was removed or upgraded.
func (v *venv) broken(dir string, err error) error {
	var r *refusal
	why := err.Error()
	if errors.As(err, &r) {
		why = r.path + " " + r.reason
	}
	home := v.home
	if home == "" {
		home = "a folder that its " + venvConfig + " does not name"
	}
	return &refusal{
		path:   dir,
		reason: fmt.Sprintf("is a broken virtual environment, made from %s in %s: %s", v.version(), home, why),
		hint:   "install that python again, or " + v.remake(dir),
		err:    err,
	}
}

// fits says whether the probed Python is the one that the environment was made
// for: its packages are in lib/python3.x, where another minor version would
// not see them.
func (v *venv) fits(dir string, r *report, pythonHome string) error {
	if v.major != 0 && (v.major != r.Major || v.minor != r.Minor) {
		return &refusal{
			path: dir,
			reason: fmt.Sprintf("is a virtual environment for %s, but the python in %s is now %s",
				v.version(), v.home, r.Version),
			hint: v.remake(dir),
		}
	}
	if sameFile(dir, r.Prefix) {
		return nil
	}
	hint := v.remake(dir)
	if pythonHome != "" {
		hint = "unset PYTHONHOME, which is " + pythonHome
	}
	return &refusal{
		path:   dir,
		reason: "is a virtual environment that its own python does not use: sys.prefix is " + r.Prefix,
		hint:   hint,
	}
}
