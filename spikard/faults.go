package spikard

import (
	"fmt"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// StartError is why a start was refused: every fault that was found, so that
// all of them can be mended at once.
type StartError struct{ Faults []error }

// Error lists the faults, one to a paragraph.
func (e *StartError) Error() string {
	if len(e.Faults) == 1 {
		return "start refused: " + e.Faults[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "start refused: %d faults", len(e.Faults))
	for _, fault := range e.Faults {
		b.WriteString("\n- " + strings.ReplaceAll(fault.Error(), "\n", "\n  "))
	}
	return b.String()
}

// Unwrap gives the faults.
func (e *StartError) Unwrap() []error { return e.Faults }

// RouteError says that one route can't be served, and where it was registered.
type RouteError struct {
	Method string
	Path   string
	Source api.Source
	Err    error
}

// Error names the route, the place and the cause.
func (e *RouteError) Error() string {
	return fmt.Sprintf("%s: %s %s: %v", e.Source, e.Method, e.Path, e.Err)
}

// Unwrap gives the cause.
func (e *RouteError) Unwrap() error { return e.Err }

// RegistrationError says that a registration other than a route is wrong: a
// hook, a provider, a value for Python, or one that Python could not describe.
type RegistrationError struct {
	Source api.Source
	Err    error
}

// Error names the place and the cause.
func (e *RegistrationError) Error() string { return fmt.Sprintf("%s: %v", e.Source, e.Err) }

// Unwrap gives the cause.
func (e *RegistrationError) Unwrap() error { return e.Err }

func faultAt(source api.Source, format string, args ...any) error {
	return &RegistrationError{Source: source, Err: fmt.Errorf(format, args...)}
}

// leaves takes joined errors apart.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	if _, ok := err.(di.Fault); ok { //nolint:errorlint // one inside a join is a leaf of its own
		return []error{err}
	}
	// Those two have parts, but they are one fault.
	switch err.(type) { //nolint:errorlint // as above
	case *pybridge.LoadError, *StartError:
		return []error{err}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, one := range joined.Unwrap() {
		out = append(out, leaves(one)...)
	}
	return out
}
