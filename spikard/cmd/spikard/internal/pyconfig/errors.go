package pyconfig

import (
	"errors"
	"strings"
)

// refusal is why something can't be used, and what to do about it; the hint may
// be empty.
type refusal struct {
	path, reason, hint string
	err                error
}

func (r *refusal) Error() string {
	text := r.reason
	if r.path != "" {
		text = r.path + ": " + text
	}
	if r.hint != "" {
		text += "; " + r.hint
	}
	return text
}

func (r *refusal) Unwrap() error { return r.err }

// refusalOf makes one of any error, for those who show its parts.
func refusalOf(path string, err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return &refusal{path: path, reason: err.Error(), err: err}
}

// unfitError says that of the Pythons on PATH none is fit, and why.
type unfitError struct{ looks []*look }

func (e *unfitError) Error() string {
	var b strings.Builder
	b.WriteString("there is no Python here to build with; looked at")
	for _, l := range e.looks {
		b.WriteString("\n  " + l.err.Error())
	}
	if len(e.looks) == 0 {
		b.WriteString(" PATH, which has none of " + strings.Join(pathNames(), ", "))
	}
	b.WriteString("\ninstall one with its headers and its shared library (" + installHint("3.12") + "), or name one with -python")
	return b.String()
}

func installHint(version string) string {
	return "on Debian and Ubuntu: apt-get install python3-dev; with pyenv: " +
		"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install " + version
}
