package pybridge

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spikard/spikard-go/spikard/api"
)

// ErrClosed is returned by calls to an app or an engine that was closed.
var ErrClosed = errors.New("python app is closed")

// ErrNotStarted is returned by an engine that was not started.
var ErrNotStarted = errors.New("python engine is not started")

// LoadError says why an app could not be loaded.
type LoadError struct {
	Target string
	Source api.Source
	// Exception is what Python raised, when it was reached.
	Exception *Exception
	// Hint says what to do about it; it may be empty.
	Hint string
	Err  error
}

// Error names the app, the place and the cause.
func (e *LoadError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "load python app %q", e.Target)
	if e.Source.File != "" {
		fmt.Fprintf(&b, " (%s)", e.Source)
	}
	switch {
	case e.Exception != nil:
		b.WriteString(": " + e.Exception.Error())
	case e.Err != nil:
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *LoadError) Unwrap() []error {
	var out []error
	if e.Exception != nil {
		out = append(out, e.Exception)
	}
	if e.Err != nil {
		out = append(out, e.Err)
	}
	return out
}

// OverloadError is returned when the engine takes no more work for now.
type OverloadError struct{ RetryAfter time.Duration }

// Error says so.
func (e *OverloadError) Error() string { return "python is busy: too many calls are waiting" }

// UnsupportedError says that an engine can't run in this build of the program.
type UnsupportedError struct{ Platform, Reason string }

// Error names the platform, the reason and what to do.
func (e *UnsupportedError) Error() string {
	return "no python engine on " + e.Platform + ": " + e.Reason +
		"; build with CGO_ENABLED=1 and a C compiler on linux or macOS, amd64 or arm64"
}
