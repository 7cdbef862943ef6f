package form

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/spikard/spikard-go/spikard/api"
)

func badForm(format string, args ...any) *api.Problem {
	return api.NewProblem(http.StatusBadRequest, "bad-request", fmt.Sprintf(format, args...))
}

// beyond is the answer to a form past a limit. The text names the field of
// Config that sets it.
func beyond(format string, limit int64) *api.Problem {
	return api.NewProblem(http.StatusRequestEntityTooLarge, "payload-too-large", fmt.Sprintf(format, limit))
}

// The texts of beyond.
const (
	tooManyFields = "The form has more than %d fields (MaxFormFields)"
	tooManyFiles  = "The form has more than %d files (MaxFormFiles)"
	tooLong       = "The form has a field of more than %d bytes (MaxFormFieldSize)"
)

// maxShown is how much of a name a message repeats.
const maxShown = 64

// shown is a client's name for a message.
func shown(name string) string {
	if len(name) > maxShown {
		return strconv.QuoteToASCII(name[:maxShown]) + "..."
	}
	return strconv.Quote(name)
}

// storageError says that a file could not be kept: the server's fault, so that
// the client gets a 500 and the log the cause.
type storageError struct{ err error }

// Error names the cause.
func (e *storageError) Error() string { return "storing an uploaded file: " + e.err.Error() }

// Unwrap gives the cause and the answer.
func (e *storageError) Unwrap() []error {
	return []error{e.err, api.NewProblem(http.StatusInternalServerError, "internal-error", "The file could not be stored")}
}
